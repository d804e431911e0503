"""A question whose safe answer has the focus."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll

from tui.screens.modal import Modal
from tui.text import safe_lines_content
from tui.widgets.button import Button
from tui.widgets.static import Static

if TYPE_CHECKING:
    from textual.app import ComposeResult


class Yes(Button, can_focus=False):
    """A button that neither enter nor space presses: they are what fingers do by themselves."""


class Confirm(Modal[bool]):
    """Yes takes `y` or a click; enter and space keep things as they are."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(False)", "Keep things as they are", id="confirm.keep"),
        Binding("y", "dismiss(True)", "Yes", id="confirm.yes"),
        Binding("n", "dismiss(False)", "No", id="confirm.no"),
        Binding("j,down", "scroll(1)", "Down", show=False, id="confirm.down"),
        Binding("k,up", "scroll(-1)", "Up", show=False, id="confirm.up"),
    ]
    DEFAULT_CSS = """
    Confirm .words { height: auto; max-height: 60vh; }
    """

    def __init__(self, words: str, *, yes: str, no: str = "Cancel") -> None:
        super().__init__()
        self._words = words
        self._yes = yes
        self._no = no

    def compose(self) -> ComposeResult:
        """The words, then no before yes."""
        with Vertical():
            with VerticalScroll(classes="words", can_focus=False):
                yield Static(safe_lines_content(self._words), markup=False)
            with Horizontal(classes="buttons"):
                yield Button(f"{self._no} (esc)", "no")
                yield Yes(f"{self._yes} (y)", "yes")

    def on_mount(self) -> None:
        """The safe answer has the focus."""
        self.query_one("#no").focus()

    def action_scroll(self, lines: int) -> None:
        """Read on, where the words are many."""
        self.query_one(".words").scroll_relative(y=lines, animate=False)

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Answer."""
        self.dismiss(event.button.id == "yes")
