"""Which list each segment fills, and where it stands in the ledger.

A list is remembered by its id. Renamed there: it goes on, and the plan says so. Deleted there: the run
needs approval, and its memberships are sent again. Two of one title: refused until one is chosen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from store.errors import Stopped, UsageError
from store.ledger import MOST_LISTS, KnownList

if TYPE_CHECKING:
    from store.exports import SegmentChoice
    from workers.destinations.base import RemoteList


@dataclass(frozen=True, slots=True)
class Target:
    """A list to fill; see `report.ListPlan` for the states."""

    position: int
    wanted: str
    title: str
    list_id: str | None
    state: str

    @property
    def bit(self) -> int:
        """Its membership in the ledger."""
        return 1 << self.position


@dataclass(frozen=True, slots=True)
class Targets:
    """All lists of an export.

    Attributes:
        lists: the lists to fill, each once.
        positions: for each segment, the position of its list.
        titles: for each segment, the title of its list.
        abandoned: lists that the ledger knows and the export no longer fills.
    """

    lists: list[Target]
    positions: list[int]
    titles: list[str]
    abandoned: list[KnownList]

    @property
    def forgotten(self) -> int:
        """Bits whose memberships went with a deleted list."""
        return sum(target.bit for target in self.lists if target.state == "deleted")


def assign(
    choices: Sequence[SegmentChoice],
    known: Sequence[KnownList],
    remote: Sequence[RemoteList] | None,
) -> Targets:
    """Give every segment its list.

    Args:
        choices: the export's segments.
        known: the lists of the ledger.
        remote: the lists at the destination; None when it was not asked.
    """
    found: dict[tuple[str, str | None], Target] = {}
    taken = {entry.position for entry in known}
    for choice in choices:
        key = (choice.title, choice.list_id)
        if key in found:
            continue
        entry = _remembered(choice, known)
        position = entry.position if entry else _free(taken)
        target = Target(position, choice.title, choice.title, choice.list_id, "not checked")
        target = _identified(target, entry, choice, remote)
        # Chosen by its id here and found by its title there, it is one list all the same.
        found[key] = _already(found.values(), target) or target
        taken.add(found[key].position)
    filled = [found[choice.title, choice.list_id] for choice in choices]
    used = {target.position for target in filled}
    return Targets(
        list(dict.fromkeys(filled)),
        [target.position for target in filled],
        [target.title for target in filled],
        [entry for entry in known if entry.position not in used],
    )


def _already(found: Iterable[Target], target: Target) -> Target | None:
    """The same list, if a segment before fills it. One made in place of a deleted one is not the same."""
    if target.list_id is None or target.state == "deleted":
        return None
    return next((other for other in found if other.list_id == target.list_id), None)


def _remembered(choice: SegmentChoice, known: Sequence[KnownList]) -> KnownList | None:
    for entry in known:
        if choice.list_id is not None:
            if entry.id == choice.list_id:
                return entry
        elif entry.wanted == choice.title:
            return entry
    return None


def _identified(
    target: Target,
    entry: KnownList | None,
    choice: SegmentChoice,
    remote: Sequence[RemoteList] | None,
) -> Target:
    if remote is None:
        list_id = choice.list_id or (entry.id if entry else None)
        title = entry.title if entry else choice.list_id or choice.title
        return replace(target, list_id=list_id, title=title)
    titles: Mapping[str, str] = {found.id: found.title for found in remote}
    if choice.list_id is not None:
        if choice.list_id not in titles:
            raise Stopped(
                f"The list {choice.list_id} that {choice.segment} fills is not in the account.",
                "Choose another, with L on the segment in the export's form or with --list-id.",
            )
        title = titles[choice.list_id]
        # By what the segment is called, the list would be found again when the id is no longer chosen.
        return replace(target, list_id=choice.list_id, wanted=title, title=title, state="exists")
    if entry is not None and entry.id in titles:
        title = titles[entry.id]
        state = "exists" if title == entry.title else "renamed"
        return replace(target, list_id=entry.id, title=title, state=state)
    alike = [found for found in remote if found.title == choice.title]
    if len(alike) > 1:
        ids = ", ".join(found.id for found in alike)
        raise Stopped(
            f"Autopilot has {len(alike)} lists titled {choice.title}.",
            f"Choose one by its id, with L on the segment in the export's form or with --list-id: {ids}.",
        )
    list_id = alike[0].id if alike else None
    if entry is not None:
        return replace(target, list_id=list_id, state="deleted")
    return replace(target, list_id=list_id, state="exists" if alike else "to create")


def _free(taken: set[int]) -> int:
    for position in range(MOST_LISTS):
        if position not in taken:
            return position
    raise UsageError(
        f"An export can fill {MOST_LISTS} lists, counting those it has filled before.",
        "Spread the segments over several exports.",
    )
