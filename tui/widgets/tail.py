"""The log of a run as it grows; written a few times a second, however fast the run writes."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap
from typing import TYPE_CHECKING

from textual.widgets import Log

from tui.text import safe
from tui.words import clock

if TYPE_CHECKING:
    from store.journal.log import Line

MOST_LINES = 10_000
_NARROWEST = 40
# As wide as the time and its space.
_INDENT = 9
# Words, and not only a colour; the usual level goes without.
_LEVELS = {"warning": "WARN", "error": "ERROR"}


class Tail(Log):
    """Lines arrive at the end; paused, they wait in a buffer and nothing is painted."""

    DEFAULT_CSS = """
    Tail { height: 1fr; border-top: solid $primary; overflow-x: hidden; }
    """

    def __init__(self) -> None:
        super().__init__(highlight=False, max_lines=MOST_LINES, auto_scroll=True)
        self.following = True
        self.waiting: list[str] = []

    def feed(self, lines: Sequence[Line]) -> None:
        """Show the lines, or keep them while paused."""
        # The app's width, since the first lines come before the layout; some for the scrollbar.
        width = max(_NARROWEST, self.app.size.width - 3)
        words = [part for line in lines for part in _words(line, width)]
        if self.following:
            # One paint for the lines and the scrollbar.
            with self.app.batch_update():
                self.write_lines(words)
        else:
            self.waiting = [*self.waiting, *words][-MOST_LINES:]

    def follow(self, *, on: bool) -> None:
        """Pause, or catch up and go on."""
        self.following = on
        if on:
            self.write_lines(self.waiting, scroll_end=True)
            self.waiting = []
            self.scroll_end(animate=False)


def _words(line: Line, width: int) -> list[str]:
    level = "" if line.level == "info" else f"{_LEVELS.get(line.level, line.level)} "
    text = f"{clock(line.at)} {level}{safe(line.text)}"
    if len(text) <= width:
        return [text]
    return wrap(text, width, subsequent_indent=" " * _INDENT)
