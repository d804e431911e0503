"""What was accepted and rejected, a column a day, in block characters; two scales, each told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from textual.content import Content

from tui.chart import columns
from tui.colours import GOOD
from tui.text import safe
from tui.widgets.static import Static
from tui.words.figures import short_number

if TYPE_CHECKING:
    from store.journal.past import Day

_LABEL: Final = 15
_TALL: Final = 32
MOST_DAYS: Final = 180
_FEWEST_DAYS: Final = 14
_BROADEST: Final = 5


class Chart(Static):
    """Accepted contacts above, rejected ones below on a scale of their own, so that few show too."""

    DEFAULT_CSS = """
    Chart { height: 5; padding: 0 1; }
    """

    def __init__(self) -> None:
        super().__init__("", markup=False)
        self._drawn = Content()
        self._days: Sequence[Day] = ()
        self._today: date | None = None
        self._hidden = False

    def on_resize(self) -> None:
        """Draw for the new size."""
        if self._today is not None:
            self.draw(self._days, self._today)

    def draw(self, days: Sequence[Day], today: date) -> None:
        """Draw as many days up to `today` as there is room for; nothing while nothing was sent."""
        self._days, self._today = days, today
        size = self.app.size
        room = min(MOST_DAYS, max(7, size.width - 2 - _LABEL))
        height = 3 if size.height < _TALL else 6
        content = _content(days, today, room, height)
        # With what was rejected, and the days.
        if self.styles.height is None or self.styles.height.value != height + 2:
            self.styles.height = height + 2
        self._show(bool(content))
        if content != self._drawn:
            self._drawn = content
            self.update(content, layout=False)

    def toggle(self) -> None:
        """Hide it, or show it again."""
        self._hidden = not self._hidden
        self._show(bool(self._drawn))

    def _show(self, something: bool) -> None:
        wanted = something and not self._hidden
        if self.display != wanted:
            self.display = wanted


def _content(days: Sequence[Day], today: date, room: int, height: int) -> Content:
    by_day = {day.day: day for day in days}
    # A young workspace gets broad columns, an old one as many as there is room for.
    since = date.fromisoformat(min(by_day)) if by_day else today
    span = min(room, max(_FEWEST_DAYS, (today - since).days + 1))
    broad = min(_BROADEST, room // span)
    first = today - timedelta(days=span - 1)
    shown = [by_day.get((first + timedelta(days=n)).isoformat()) for n in range(span)]
    accepted = [day.accepted if day else 0 for day in shown]
    rejected = [day.rejected if day else 0 for day in shown]
    if not any(accepted) and not any(rejected):
        return Content()
    most, most_rejected = max(accepted), max(rejected)
    lines: list[Content] = []
    for row, line in enumerate(columns(accepted, max(1, most), height)):
        label = f"accepted {short_number(most)}" if row == 0 else ""
        lines.append(Content.assemble(f"{label:<{_LABEL}}", (safe(_broadened(line, broad)), GOOD)))
    (line,) = columns(rejected, max(1, most_rejected), 1)
    label = f"rejected {short_number(most_rejected)}"
    lines.append(Content.assemble(f"{label:<{_LABEL}}", (safe(_broadened(line, broad)), "$error")))
    axis = f"{first:%d %b}{'a column a day':^{max(0, span * broad - 12)}}{today:%d %b}"
    lines.append(Content.styled(" " * _LABEL + axis, "dim"))
    return Content("\n").join(lines)


def _broadened(line: str, broad: int) -> str:
    """Each day as many cells, with a gap where there is room for one."""
    gap = " " if broad > 1 else ""
    return "".join(cell * (broad - len(gap)) + gap for cell in line).rstrip()
