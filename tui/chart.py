"""Accepted and rejected contacts as block characters; what was rejected is told by shape."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from store.journal.past import Day

ACCEPTED: Final = "█"
REJECTED: Final = "░"
_EIGHTHS: Final = " ▁▂▃▄▅▆▇█"


def lines(days: Sequence[Day], width: int) -> list[str]:
    """A bar a day, lying: accepted, then rejected; whatever is not nothing shows."""
    most = max((day.accepted + day.rejected for day in days), default=0)
    found = []
    for day in days:
        accepted, rejected = (_cells(n, most, width) for n in (day.accepted, day.rejected))
        accepted = min(accepted, width - min(rejected, width))
        found.append(ACCEPTED * accepted + REJECTED * rejected)
    return found


def columns(values: Sequence[int], most: int, height: int) -> list[str]:
    """A column a value, standing, `height` rows from the top; eighths of a cell count.

    Args:
        values: not negative.
        most: what fills the whole height.
        height: rows.
    """
    steps = [0 if not v else max(1, round(8 * height * v / most)) for v in values]
    return [
        "".join(_EIGHTHS[max(0, min(8, step - 8 * row))] for step in steps)
        for row in range(height - 1, -1, -1)
    ]


def _cells(value: int, most: int, width: int) -> int:
    return 0 if not value else max(1, round(width * value / most))
