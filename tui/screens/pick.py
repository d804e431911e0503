"""Pick one of a list of names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from tui.screens.modal import Modal
from tui.text import safe_content
from tui.widgets.static import Static

if TYPE_CHECKING:
    from textual.app import ComposeResult


class Pick(Modal[int | None]):
    """One of several, to be chosen.

    Answers with the place of the choice, or None.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Cancel", id="pick.cancel"),
        Binding("j", "move(1)", "Down", show=False, id="pick.down"),
        Binding("k", "move(-1)", "Up", show=False, id="pick.up"),
    ]
    DEFAULT_CSS = """
    Pick OptionList, Pick OptionList:focus {
        height: auto; max-height: 16; border: none; padding: 0;
    }
    """

    def __init__(self, title: str, choices: Sequence[str], at: int = 0) -> None:
        super().__init__()
        self._title = title
        self._choices = choices
        self._at = at

    def compose(self) -> ComposeResult:
        """Title and choices."""
        with Vertical():
            yield Static(safe_content(f"{self._title} (enter picks, esc leaves it)"), markup=False)
            yield OptionList(*(Option(safe_content(choice)) for choice in self._choices))

    def on_mount(self) -> None:
        """Begin at what is chosen now."""
        options = self.query_one(OptionList)
        options.highlighted = self._at
        options.focus()

    def action_move(self, step: int) -> None:
        """One choice down or up; at once, so that keys typed ahead act in their order."""
        options = self.query_one(OptionList)
        if step > 0:
            options.action_cursor_down()
        else:
            options.action_cursor_up()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Answer."""
        self.dismiss(event.option_index)
