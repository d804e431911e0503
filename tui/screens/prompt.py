"""Ask for one line of text."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, Static

from tui.screens.modal import Modal
from tui.text import safe_content
from tui.widgets.safe_input import SafeInput

if TYPE_CHECKING:
    from textual.app import ComposeResult


class Prompt(Modal[str | None]):
    """Answers with what was typed, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Cancel", id="prompt.cancel")
    ]

    def __init__(self, words: str, value: str) -> None:
        super().__init__()
        self._words = words
        self._value = value

    def compose(self) -> ComposeResult:
        """The words, and where to type."""
        with Vertical():
            yield Static(safe_content(self._words), markup=False)
            yield SafeInput(self._value, compact=True)
            yield Static("enter takes it, esc leaves it as it was", markup=False)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Answer."""
        self.dismiss(event.value.strip())
