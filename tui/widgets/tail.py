"""The log of a run as it grows; written a few times a second, however fast the run writes."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len, set_cell_size
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Log

from tui.text import safe
from tui.words.figures import clock

if TYPE_CHECKING:
    from store.journal.log import Line

MOST_LINES = 10_000
_NARROWEST = 40
# As wide as the time and its space.
_INDENT = 9
# Seconds after which it has been painted that the log goes on.
_SAID_AFTER = 0.05
# Words, and not only a colour; the usual level goes without.
_LEVELS = {"warning": "WARN", "error": "ERROR"}


class Tail(Log):
    """Lines arrive at the end; paused, they wait in a buffer and nothing is painted."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "scroll_down", "Down", show=False, id="log.down"),
        Binding("k", "scroll_up", "Up", show=False, id="log.up",
                tooltip="Scrolling up holds the log still."),
        Binding("g", "scroll_home", "First", show=False, id="log.first"),
        Binding("G", "scroll_end", "Last", show=False, id="log.last",
                tooltip="To the newest line, and follow again."),
    ]  # fmt: skip
    DEFAULT_CSS = """
    Tail { height: 1fr; border-top: solid $primary; overflow-x: hidden; }
    """

    class Followed(Message):
        """It was paused, or goes on."""

    class Refit(Message):
        """It has another width than that its lines were broken for."""

    def __init__(self) -> None:
        super().__init__(highlight=False, max_lines=MOST_LINES, auto_scroll=True)
        self.following = True
        self._fitted = 0
        self.waiting: list[str] = []

    def feed(self, lines: Sequence[Line]) -> None:
        """Show the lines, or keep them while paused."""
        # Some for the scrollbar; the app's width, should the first lines come before the layout.
        width = max(_NARROWEST, (self.size.width or self.app.size.width) - 3)
        self._fitted = self.size.width
        words = [part for line in lines for part in _words(line, width)]
        if self.following and not self.waiting:
            # One paint for the lines and the scrollbar. Always to the end: the log may have got
            # smaller meanwhile, and whoever scrolls up pauses it.
            with self.app.batch_update():
                self.write_lines(words, scroll_end=True)
                self._paint_if_full()
        else:
            self.waiting = [*self.waiting, *words][-MOST_LINES:]

    def _paint_if_full(self) -> None:
        """As many lines went at the top as came: nothing is scrolled, so Textual paints none of them."""
        if self.line_count == MOST_LINES:
            self.refresh()

    def follow(self, *, on: bool) -> None:
        """Pause, or catch up and go on: it is said first, since the lines take their time on a slow line."""
        self.following = on
        self.post_message(self.Followed())
        if on:
            self.set_timer(_SAID_AFTER, self._catch_up)

    def _catch_up(self) -> None:
        if self.following:
            self.write_lines(self.waiting, scroll_end=True)
            self.waiting = []
            self._paint_if_full()
            self.scroll_end(animate=False)

    def on_resize(self, event: events.Resize) -> None:
        """Stay at the end in another size; what is broken for another width is broken anew."""
        if self._fitted not in (0, event.size.width):
            self._fitted = event.size.width
            self.post_message(self.Refit())
        if self.following:
            self.call_after_refresh(self.scroll_end, animate=False)

    def _hold(self) -> None:
        """Whoever scrolls up reads; only a log that is longer than its window scrolls."""
        if self.following and self.max_scroll_y > 0:
            self.follow(on=False)

    def action_scroll_up(self) -> None:
        """Pause, and scroll."""
        self._hold()
        super().action_scroll_up()

    def action_page_up(self) -> None:
        """Pause, and scroll."""
        self._hold()
        super().action_page_up()

    def action_scroll_home(self) -> None:
        """Pause, and scroll."""
        self._hold()
        super().action_scroll_home()

    def action_scroll_end(self) -> None:
        """Catch up."""
        self.follow(on=True)

    def on_mouse_scroll_up(self) -> None:
        """Pause; the scrolling itself is Textual's."""
        self._hold()


def _words(line: Line, width: int) -> list[str]:
    level = "" if line.level == "info" else f"{_LEVELS.get(line.level, line.level)} "
    text = f"{clock(line.at)} {level}{safe(line.text)}"
    if cell_len(text) <= width:
        return [text]
    if len(text) == cell_len(text):
        return wrap(text, width, subsequent_indent=" " * _INDENT)
    # Some characters take two cells, and stand without spaces where a line may break.
    lines = [text]
    while cell_len(lines[-1]) > width:
        head, tail = _broken(lines.pop(), width)
        lines += [head, " " * _INDENT + tail]
    return lines


def _broken(text: str, width: int) -> tuple[str, str]:
    """As much as fits in so many cells, up to a space if there is one far enough on; and the rest."""
    head = set_cell_size(text, width)
    head = text[: len(head) if text.startswith(head) else len(head) - 1]
    space = head.rfind(" ")
    if space > max(len(head) // 2, _INDENT):
        head = head[:space]
    return head, text[len(head) :].lstrip()
