"""How many profiles an export holds against what the connection allows, as a bar."""

from __future__ import annotations

import time

from textual.content import Content
from textual.timer import Timer

from tui.colours import WARNING
from tui.text import safe
from tui.widgets.static import Static
from tui.words.figures import duration, many, number, share

_BAR = 20
# A count that takes no longer needs no clock.
_PATIENCE = 1.0


class Limit(Static):
    """One line. While it counts, it says so and since when; an idle one sends no byte."""

    DEFAULT_CSS = "Limit { height: 1; padding: 0 1; }"

    def __init__(self) -> None:
        super().__init__("", markup=False)
        self._began: float | None = None
        self._clock: Timer | None = None

    def counting(self) -> None:
        """A count begins."""
        self._began = time.monotonic()
        if self._clock is None:
            self._clock = self.set_interval(1.0, self._tick)
        self.update(Content("Counting..."))

    def counted(self, contacts: int, limit: int) -> None:
        """It is done."""
        self._stop()
        percent = "under 1" if 0 < contacts * 100 < limit else number(100 * contacts // limit)
        words = f"{many(contacts, 'distinct profile')} of {number(limit)} allowed"
        if contacts <= limit:
            bar = f" {share(contacts, limit, _BAR)} {percent} %"
            self.update(Content.assemble((words, "bold"), bar))
            return
        # What matters first: a narrow terminal cuts the rest.
        told = f"{number(contacts - limit)} too many: runs are refused. "
        words = f"{number(contacts)} of {number(limit)} distinct profiles"
        bar = f" {share(1, 1, _BAR // 4)}"
        self.update(Content.assemble((told, WARNING), (words, "bold"), bar))

    def tell(self, words: str) -> None:
        """There is nothing to count, and why."""
        self._stop()
        self.update(Content(safe(words)))

    def _stop(self) -> None:
        self._began = None
        if self._clock is not None:
            self._clock.stop()
            self._clock = None

    def _tick(self) -> None:
        if self._began is not None and time.monotonic() - self._began >= _PATIENCE:
            self.update(Content(f"Counting for {duration(time.monotonic() - self._began)}..."))
