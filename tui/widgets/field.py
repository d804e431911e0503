"""A line of a form: what it is, where to type it, and below what is wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Label

from tui.text import safe_content
from tui.widgets.fault import Fault

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.widget import Widget


class Fields(VerticalScroll, can_focus=False):
    """The fields of a form: scrolls to the one that has the focus, and is no stop of the tab key."""


class Field(Vertical):
    """Label to the left, one line high. The label of the field that has the focus is marked."""

    DEFAULT_CSS = """
    Field { height: auto; }
    Field > Horizontal { height: auto; }
    Field Label { width: 18; padding: 0 1 0 0; }
    /* The first rule has Textual look at the field again when the focus moves. */
    Field:focus-within { opacity: 1; }
    Field:focus-within Label { text-style: bold underline; }
    Field Input, Field Select { width: 1fr; }
    Field Input { background: $surface; }
    Field Select:focus SelectCurrent Static#label { text-style: reverse; color: $foreground; }
    Field Fault { padding-left: 18; }
    """

    def __init__(self, label: str, control: Widget, *, classes: str = "") -> None:
        super().__init__(classes=classes)
        self._label = label
        self._control = control

    def compose(self) -> ComposeResult:
        """Label, control, fault."""
        with Horizontal():
            yield Label(safe_content(self._label), markup=False)
            yield self._control
        if self._control.id is not None:
            yield Fault(self._control.id, self._label)
