"""A question about what cannot be undone: the name is typed before yes can be said."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Input, Static

from tui.screens.modal import Modal
from tui.text import safe, safe_content, safe_lines_content
from tui.widgets.safe_input import SafeInput

if TYPE_CHECKING:
    from textual.app import ComposeResult


class Deliberate(Button, inherit_bindings=False):
    """A button that enter does not press: enter is what fingers do by themselves."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "press", "Press", show=False, id="deliberate.press"),
    ]


class TypedConfirm(Modal[bool]):
    """True once the name was typed and yes was pressed with space; cancel has the focus.

    Args:
        words: what will be gone, in full.
        name: what has to be typed: the name of the thing itself.
        yes: the word on the button, as in "Remove".
        no: the word on the other one.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(False)", "Keep things as they are", id="typed.keep"),
    ]
    DEFAULT_CSS = """
    TypedConfirm Input { margin-top: 1; border: none; height: 1; padding: 0; }
    TypedConfirm .how { color: $text-muted; margin-top: 1; }
    """

    def __init__(self, words: str, name: str, *, yes: str, no: str = "Cancel") -> None:
        super().__init__()
        self._words = words
        self._wanted = safe(name)
        self._yes = yes
        self._no = no

    def compose(self) -> ComposeResult:
        """The words, where to type, yes behind it and no last."""
        how = f"Type {self._wanted}, then tab to {self._yes} and press space."
        with Vertical():
            yield Static(safe_lines_content(self._words), markup=False)
            yield Static(safe_content(how), classes="how", markup=False)
            yield SafeInput(placeholder=self._wanted, compact=True, select_on_focus=False)
            with Horizontal(classes="buttons"):
                yield Deliberate(safe_content(self._yes), id="yes", compact=True, disabled=True)
                yield Button(safe_content(f"{self._no} (esc)"), id="no", compact=True)

    def on_mount(self) -> None:
        """The safe answer has the focus."""
        self.query_one("#no").focus()

    def on_key(self, event: events.Key) -> None:
        """Whoever starts to type means the name."""
        box = self.query_one(Input)
        if event.is_printable and event.character and event.character != " " and not box.has_focus:
            event.stop()
            box.focus()
            box.insert_text_at_cursor(event.character)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self.query_one("#yes", Button).disabled = event.value.strip() != self._wanted.strip()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Answer."""
        self.dismiss(event.button.id == "yes")
