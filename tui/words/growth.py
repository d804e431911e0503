"""How the number of a segment's rows moved over the runs, in characters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from tui.words.figures import many, moment, number

if TYPE_CHECKING:
    from store.journal.members import Members

_STEPS: Final = "▁▂▃▄▅▆▇█"


def line(found: Sequence[Members], width: int) -> str:
    """The newest runs as a row of columns between the least and the greatest, and both in numbers."""
    if not found:
        return "No run has planned it yet"
    shown = [one.rows for one in found][-width:]
    least, most = min(shown), max(shown)
    runs = many(len(shown), "run")
    if least == most:
        return f"{spark(shown)} {many(most, 'row')} in {runs}"
    return f"{spark(shown)} {number(least)} to {number(most)} rows over {runs}"


def spark(values: Sequence[int]) -> str:
    """A column a value; the lowest is the least of them, not nothing."""
    least, most = min(values, default=0), max(values, default=0)
    if least == most:
        return _STEPS[3] * len(values)
    top = len(_STEPS) - 1
    return "".join(_STEPS[round(top * (value - least) / (most - least))] for value in values)


def rows(found: Sequence[Members]) -> list[tuple[str, str, str, int, int, str]]:
    """A line a run, the newest first: run, when, export, rows, contacts, and the change."""
    told = []
    for place, one in enumerate(found):
        before = found[place - 1].rows if place else None
        change = "" if before is None else f"{one.rows - before:+,}"
        told.append((str(one.run), moment(one.at), one.export, one.rows, one.contacts, change))
    return told[::-1]
