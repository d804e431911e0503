"""A box to mark. Textual's own shows its cross in both states and tells them by colour alone."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message

from tui.text import safe
from tui.widgets.static import Static


class Agree(Static, can_focus=True):
    """`[ ] I agree`, or `[x] I agree`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space,enter", "mark", "Mark", key_display="space", id="agree.toggle"),
    ]
    DEFAULT_CSS = """
    Agree { width: auto; height: 1; padding: 0 1; }
    Agree:focus { text-style: bold reverse; }
    """

    class Changed(Message):
        """It was marked, or the mark taken back."""

    def __init__(self, words: str, name: str) -> None:
        super().__init__(self._line(words, marked=False), id=name, markup=False)
        self._words = words
        self.marked = False

    def mark(self, marked: bool) -> None:
        """Show it marked or not, as it is known."""
        self.marked = marked
        self.update(self._line(self._words, marked=marked))

    def action_mark(self) -> None:
        """Mark it, or take the mark back."""
        self.mark(not self.marked)
        self.post_message(self.Changed())

    def on_click(self) -> None:
        """The same by mouse."""
        self.action_mark()

    @staticmethod
    def _line(words: str, *, marked: bool) -> Content:
        return Content(f"[{'x' if marked else ' '}] {safe(words)}")
