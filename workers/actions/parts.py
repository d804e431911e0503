"""What a run sends in which part, in words: contacts first, then who joins which list.

Part 1 is the first list that each contact is to join, part 2 the second: with several lists it is not
one of them, so none is named.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from store.journal.delivery import Request
    from store.journal.runs import Run


def joined(run: Run) -> list[str]:
    """The titles of the lists that contacts join by a run."""
    lists = (run.plan or {}).get("lists", [])
    return [str(each["title"]) for each in lists if each.get("joins")]


def part_name(part: int, titles: Sequence[str]) -> str:
    """What is sent in a part of a run whose contacts join these lists."""
    if part == 0:
        return "contacts"
    return f"list {titles[0]}" if len(titles) == 1 else f"{_ordinal(part)} list of each"


def what(request: Request, titles: Sequence[str]) -> str:
    """What one request asked for."""
    if request.kind == "join":
        return f"join list {titles[0]}" if len(titles) == 1 else "join list"
    if request.part == 0 and request.kind == "single":
        return "contact"
    return part_name(request.part, titles)


def _ordinal(count: int) -> str:
    ending = {1: "st", 2: "nd", 3: "rd"}.get(count % 10, "th")
    return f"{count}{'th' if 10 < count % 100 < 14 else ending}"
