"""A question about what cannot be undone: the name is typed before yes can be said."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Input

from tui.screens.modal import Modal
from tui.text import safe, safe_content, safe_lines_content
from tui.widgets.button import Button
from tui.widgets.safe_input import SafeInput
from tui.widgets.static import Static

if TYPE_CHECKING:
    from textual.app import ComposeResult


class Deliberate(Button, inherit_bindings=False):
    """A button that neither enter nor space presses: they are what fingers do by themselves."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "press", "Yes", id="deliberate.press"),
    ]


class TypedConfirm(Modal[bool]):
    """True once the name was typed and `y` was pressed on yes; cancel has the focus.

    Args:
        words: what will be gone, in full.
        name: what has to be typed: the name of the thing itself.
        slug: its file's name, which does as well: not every keyboard types every name.
        yes: the word on the button, as in "Remove".
        no: the word on the other one.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(False)", "Keep things as they are", id="typed.keep"),
        Binding("tab", "next", "Next", show=False, id="typed.next"),
    ]
    DEFAULT_CSS = """
    TypedConfirm .words { height: auto; max-height: 50vh; }
    TypedConfirm .how { margin-top: 1; }
    TypedConfirm Input { background: $panel; }
    TypedConfirm .wrong { height: auto; color: ansi_yellow; text-style: bold; display: none; }
    """

    def __init__(
        self, words: str, name: str, *, yes: str, no: str = "Cancel", slug: str | None = None
    ) -> None:
        super().__init__()
        self._words = words
        self._wanted = list(dict.fromkeys([safe(name), *([slug] if slug else [])]))
        # Both will do; where only the case is another, one is told.
        told = {each.casefold(): each for each in reversed(self._wanted)}
        self._told = " or ".join(reversed(told.values()))
        self._yes = yes
        self._no = no

    def compose(self) -> ComposeResult:
        """The words, where to type, and no before yes as in every question."""
        how = f"Type {self._told} to go on, then tab and y:"
        with Vertical():
            with VerticalScroll(classes="words", can_focus=False):
                yield Static(safe_lines_content(self._words), markup=False)
            yield Static(safe_content(how), classes="how", markup=False)
            yield SafeInput(compact=True, select_on_focus=False)
            yield Static("", classes="wrong", markup=False)
            with Horizontal(classes="buttons"):
                yield Button(f"{self._no} (esc)", "no")
                yield Deliberate(f"{self._yes} (y)", "yes", disabled=True)

    def on_mount(self) -> None:
        """The safe answer has the focus."""
        self.query_one(Input).cursor_blink = False
        self.query_one("#no").focus()

    def on_key(self, event: events.Key) -> None:
        """Whoever starts to type means the name."""
        box = self.query_one(Input)
        if box.has_focus or self.query_one("#yes").has_focus:
            return
        if event.is_printable and event.character and event.character != " ":
            event.stop()
            box.focus()
            box.insert_text_at_cursor(event.character)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        typed, wanted = event.value.strip(), [each.strip() for each in self._wanted]
        self.query_one("#yes", Button).disabled = typed not in wanted
        wrong = self.query_one(".wrong", Static)
        wrong.display = not any(each.startswith(typed) for each in wanted)
        wrong.update(safe_content(f"^ That is not {self._told}."))

    def action_next(self) -> None:
        """From the name to the button that it allows; else on."""
        yes = self.query_one("#yes", Button)
        if self.query_one(Input).has_focus and not yes.disabled:
            yes.focus()
        else:
            self.focus_next()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Answer."""
        self.dismiss(event.button.id == "yes")
