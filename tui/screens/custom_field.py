"""A custom field of the destination: its name and type."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, get_args

from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Input, Select, Static

from store.exports import FieldType
from tui.screens.modal import Modal
from tui.text import safe_content
from tui.widgets.field import Field
from tui.widgets.safe_input import SafeInput

if TYPE_CHECKING:
    from textual.app import ComposeResult


class CustomFieldScreen(Modal[tuple[str, FieldType] | None]):
    """Answers with name and type."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Cancel", id="custom.cancel")
    ]

    def compose(self) -> ComposeResult:
        """Name, type, buttons."""
        with Vertical():
            yield Static("A custom field", markup=False)
            yield Field("Name", SafeInput(id="custom", compact=True))
            types: Select[str] = Select(
                [(safe_content(name), name) for name in get_args(FieldType)],
                value="string",
                allow_blank=False,
                compact=True,
            )
            yield Field("Type", types)
            with Horizontal(classes="buttons"):
                yield Button(safe_content("Cancel (esc)"), id="no", compact=True)
                yield Button(safe_content("Add"), id="add", compact=True)

    def on_mount(self) -> None:
        """Begin with the name."""
        self.query_one("#custom").focus()

    def on_input_submitted(self) -> None:
        """Enter in the name adds it."""
        self._answer()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Add or cancel."""
        if event.button.id == "add":
            self._answer()
        else:
            self.dismiss(None)

    def _answer(self) -> None:
        name = self.query_one("#custom", Input).value.strip()
        kinds: dict[str, FieldType] = {kind: kind for kind in get_args(FieldType)}
        if name:
            self.dismiss((name, kinds[str(self.query_one(Select).value)]))
