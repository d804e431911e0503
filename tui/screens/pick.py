"""Pick one of a list of names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar, Final

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from tui.registry import with_keys
from tui.screens.modal import Modal
from tui.text import safe_content
from tui.widgets.safe_input import SafeInput
from tui.widgets.static import Static

if TYPE_CHECKING:
    from textual.app import ComposeResult

_FEW: Final = 9


class Pick(Modal[int | None]):
    """One of several, to be chosen.

    Answers with the place of the choice, or None.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Cancel", id="pick.cancel"),
        Binding("slash", "find", "Find", show=False, id="pick.find",
                tooltip="Show only choices that hold a text; esc shows all again."),
        Binding("j,down", "move(1)", "Down", show=False, id="pick.down"),
        Binding("k,up", "move(-1)", "Up", show=False, id="pick.up"),
        Binding("g,home", "end(True)", "First", show=False, id="pick.first"),
        Binding("G,end", "end(False)", "Last", show=False, id="pick.last"),
    ]  # fmt: skip
    DEFAULT_CSS = """
    Pick OptionList, Pick OptionList:focus {
        height: auto; max-height: 16; border: none; padding: 0;
    }
    Pick Input { background: $panel; display: none; }
    """

    def __init__(self, title: str, choices: Sequence[str], at: int = 0) -> None:
        super().__init__()
        self._title = title
        self._choices = choices
        self._at = at

    def compose(self) -> ComposeResult:
        """Title and choices; a few are found by looking."""
        find = "{pick.find} finds, " if len(self._choices) > _FEW else ""
        keys = with_keys(f"(enter picks, {find}esc leaves it)", self)
        with Vertical():
            yield Static(safe_content(f"{self._title} {keys}"), markup=False)
            yield SafeInput(placeholder="part of it; esc shows all", compact=True)
            yield OptionList(*self._options())

    def on_mount(self) -> None:
        """Begin at what is chosen now."""
        self.query_one(Input).cursor_blink = False
        options = self.query_one(OptionList)
        options.highlighted = self._at
        options.focus()

    def _options(self, needle: str = "") -> Iterator[Option]:
        """Those that hold the text, each with its place among all."""
        for place, choice in enumerate(self._choices):
            if needle.casefold() in choice.casefold():
                yield Option(safe_content(choice), id=str(place))

    def action_find(self) -> None:
        """Type a part of it."""
        box = self.query_one(Input)
        box.display = True
        box.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Show those that hold it, and begin at the first."""
        options = self.query_one(OptionList)
        options.clear_options()
        options.add_options(self._options(event.value.strip()))
        options.highlighted = 0 if options.option_count else None

    def on_input_submitted(self) -> None:
        """Answer with the one that is highlighted."""
        self.query_one(OptionList).action_select()

    def action_cancel(self) -> None:
        """Show all again, then leave."""
        box = self.query_one(Input)
        if box.display:
            box.value = ""
            box.display = False
            self.query_one(OptionList).focus()
        else:
            self.dismiss(None)

    def action_move(self, step: int) -> None:
        """One choice down or up; at once, so that keys typed ahead act in their order."""
        options = self.query_one(OptionList)
        if step > 0:
            options.action_cursor_down()
        else:
            options.action_cursor_up()

    def action_end(self, first: bool) -> None:
        """The first choice, or the last."""
        options = self.query_one(OptionList)
        if first:
            options.action_first()
        else:
            options.action_last()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Answer."""
        self.dismiss(int(event.option.id or 0))
