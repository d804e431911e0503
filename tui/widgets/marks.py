"""The segments of an export: which are sent, and the list that each one fills."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import msgspec
from textual.binding import Binding, BindingType
from textual.message import Message

from store.exports import SegmentChoice
from tui.widgets.table import Column, Row, Table


class Marks(Table):
    """One row a segment; space marks it, enter gives its list another title."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "mark", "Mark", key_display="space", id="marks.mark"),
        Binding("enter", "select_cursor", "List title", key_display="enter", id="marks.title"),
    ]
    DEFAULT_CSS = "Marks { height: auto; max-height: 7; margin-bottom: 1; }"
    FIELDS: ClassVar = [
        Column("Send", 4),
        Column("Segment", 20, stretch=1),
        Column("Fills the list", 20, stretch=1),
    ]

    class Changed(Message):
        """Other segments are marked than before."""

    def __init__(self) -> None:
        super().__init__(self.FIELDS, name="marks")
        self._names: list[str] = []
        self._choices: dict[str, SegmentChoice] = {}
        self._marked: set[str] = set()

    def fill(self, names: Sequence[str], chosen: Sequence[SegmentChoice]) -> None:
        """The segments that there are, and those the export has already."""
        self._choices = {choice.segment: choice for choice in chosen}
        # A segment whose file is gone stays to be seen, and to be taken out.
        self._names = [*names, *(name for name in self._choices if name not in names)]
        self._marked = set(self._choices)
        self._paint()

    @property
    def choices(self) -> list[SegmentChoice]:
        """The marked segments with their lists, in the order of the table."""
        return [self._choice(name) for name in self._names if name in self._marked]

    def title(self, name: str) -> str:
        """The title of the list that a segment fills."""
        return self._choice(name).title

    def entitle(self, name: str, title: str) -> None:
        """Give a segment's list another title; an id belongs to the title it was chosen for."""
        wanted = title if title and title != name else None
        choice = self._choice(name)
        if wanted != choice.list:
            self._choices[name] = msgspec.structs.replace(choice, list=wanted, list_id=None)
            self._paint()

    def action_mark(self) -> None:
        """Mark the segment under the cursor, or take the mark back."""
        if self.chosen is not None:
            self._marked ^= {self.chosen}
            self._paint()
            self.post_message(self.Changed())

    def _choice(self, name: str) -> SegmentChoice:
        return self._choices.get(name) or SegmentChoice(name)

    def _paint(self) -> None:
        self.show(
            [
                Row(name, ("[x]" if name in self._marked else "[ ]", name, self.title(name)))
                for name in self._names
            ]
        )
