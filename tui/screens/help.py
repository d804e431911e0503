"""What a screen is for, and its keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tui.screens.modal import Modal

if TYPE_CHECKING:
    from textual.app import ComposeResult


class HelpScreen(Modal[bool]):
    """Any of the usual keys closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,q,enter", "dismiss(False)", "Close"),
    ]

    def __init__(self, purpose: str, keys: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self._purpose = purpose
        self._keys = keys

    def compose(self) -> ComposeResult:
        """Purpose, keys, how to close."""
        parts: list[Content | str | tuple[str, str]] = [self._purpose, "\n"]
        for key, words in self._keys:
            parts += ["\n", (f"{key:>9}", "bold"), f"  {words}"]
        parts += ["\n\n", ("esc closes this.", "dim")]
        with VerticalScroll():
            yield Static(Content.assemble(*parts), markup=False)
