"""A line of a form: what it is, and where to type it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Horizontal
from textual.widgets import Label

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.widget import Widget


class Field(Horizontal):
    """Label to the left, one line high."""

    DEFAULT_CSS = """
    Field { height: auto; }
    Field Label { width: 18; padding: 0 1 0 0; }
    Field Input, Field Select { width: 1fr; }
    """

    def __init__(self, label: str, control: Widget) -> None:
        super().__init__()
        self._label = label
        self._control = control

    def compose(self) -> ComposeResult:
        """Label, control."""
        yield Label(self._label, markup=False)
        yield self._control
