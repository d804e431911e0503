"""A question whose safe answer has the focus."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Static

from tui.screens.modal import Modal
from tui.text import safe_content, safe_lines_content

if TYPE_CHECKING:
    from textual.app import ComposeResult


class Confirm(Modal[bool]):
    """Yes takes `y` or the button; enter alone keeps things as they are."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(False)", "Keep things as they are", id="confirm.keep"),
        Binding("y", "dismiss(True)", "Yes", id="confirm.yes"),
        Binding("n", "dismiss(False)", "No", id="confirm.no"),
        Binding("left,right", "app.focus_next", "Other answer", show=False, id="confirm.other"),
    ]

    def __init__(self, words: str, *, yes: str, no: str = "Cancel") -> None:
        super().__init__()
        self._words = words
        self._yes = yes
        self._no = no

    def compose(self) -> ComposeResult:
        """The words, then no before yes."""
        with Vertical():
            yield Static(safe_lines_content(self._words), markup=False)
            with Horizontal(classes="buttons"):
                yield Button(safe_content(f"{self._no} (esc)"), id="no", compact=True)
                yield Button(safe_content(f"{self._yes} (y)"), id="yes", compact=True)

    def on_mount(self) -> None:
        """The safe answer has the focus."""
        self.query_one("#no").focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Answer."""
        self.dismiss(event.button.id == "yes")
