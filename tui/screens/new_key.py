"""A new key for a connection, typed blind."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Static

from store.errors import SegportError
from store.keys.key import Key
from tui.screens.modal import Modal
from tui.text import safe_content
from tui.widgets.field import Field
from tui.widgets.key_input import KeyInput

if TYPE_CHECKING:
    from textual.app import ComposeResult


class NewKeyScreen(Modal[Key | None]):
    """Answers with the key, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Cancel", id="new_key.cancel"),
    ]
    DEFAULT_CSS = "NewKeyScreen .fault { color: $text-warning; text-style: bold; height: auto; }"

    def __init__(self, connection: str) -> None:
        super().__init__()
        self._connection = connection

    def compose(self) -> ComposeResult:
        """Words, the field, buttons."""
        words = (
            f"A new API key for {self._connection}. The service is called with it first; only "
            "what it answers to is kept. Runs under way end with the old one."
        )
        with Vertical():
            yield Static(safe_content(words), markup=False)
            yield Field("API key", KeyInput("key"))
            yield Static("", classes="fault", markup=False)
            with Horizontal(classes="buttons"):
                yield Button(safe_content("Cancel (esc)"), id="no", compact=True)
                yield Button(safe_content("Try and keep it"), id="take", compact=True)

    def on_mount(self) -> None:
        """Begin to type."""
        self.query_one(KeyInput).focus()

    def on_input_submitted(self) -> None:
        """Enter tries it."""
        self._answer()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Try it, or cancel."""
        if event.button.id == "take":
            self._answer()
        else:
            self.dismiss(None)

    def _answer(self) -> None:
        try:
            key = Key(self.query_one(KeyInput).value.strip())
        except SegportError as error:
            self.query_one(".fault", Static).update(safe_content(str(error)))
            return
        self.dismiss(key)
