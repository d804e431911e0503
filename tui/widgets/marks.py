"""The segments of an export: which are sent, how many they hold, and the list that each one fills."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import msgspec
from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from store.exports import SegmentChoice
from tui.colours import WARNING
from tui.text import safe
from tui.widgets.cells import Cell
from tui.widgets.columns import Column
from tui.widgets.table import Row, Table
from tui.words.figures import number

COUNTING = "..."
# Seconds between two paintings while rows are counted: of hundreds of segments each would hold up keys.
_PAINT_EVERY = 0.2


class Marks(Table):
    """One row a segment; space marks it, enter gives its list another title."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "mark", "Mark", key_display="space", id="marks.mark",
                tooltip="A marked segment is sent."),
        Binding("enter", "select_cursor", "Title", key_display="enter", id="marks.title",
                tooltip="The list that the segment fills; it is made if there is none."),
        Binding("slash", "find", "Find", id="marks.find",
                tooltip="Go to a segment by a part of its name."),
        Binding("L", "account_lists", "Account's lists", id="marks.lists",
                tooltip="Choose among the lists that the account has already."),
    ]  # fmt: skip
    # As high as its lines; many of them leave the matching more than half.
    DEFAULT_CSS = "Marks { height: auto; min-height: 3; max-height: 45%; }"
    FIELDS: ClassVar = [
        Column("Send", 4),
        Column("Segment", 14, stretch=2),
        Column("Rows", 10, right=True),
        Column("Contacts", 10, right=True),
        Column("Fills the list", 14, stretch=2),
    ]

    class Changed(Message):
        """Other segments are marked than before, or a list has another title."""

    class ListsWanted(Message):
        """The lists of the account are asked for, for the segment under the cursor."""

    class FindWanted(Message):
        """A segment is looked for by its name."""

    class Told(Message):
        """How many rows a segment has, or why it cannot be read; from the thread that counts."""

        def __init__(self, segment: str, rows: int | str) -> None:
            super().__init__()
            self.segment = segment
            self.rows = rows

    def __init__(self) -> None:
        super().__init__(self.FIELDS, name="segments")
        self._names: list[str] = []
        self._choices: dict[str, SegmentChoice] = {}
        self._marked: set[str] = set()
        self._rows: dict[str, int | str] = {}
        self._contacts: dict[str, int] = {}
        self._will_paint = False

    def fill(self, names: Sequence[str], chosen: Sequence[SegmentChoice]) -> None:
        """The segments that there are, and those the export has already."""
        self._choices = {choice.segment: choice for choice in chosen}
        # A segment whose file is gone stays to be seen, and to be taken out.
        gone = [name for name in self._choices if name not in names]
        self._rows = dict.fromkeys(gone, "there is no such segment any more")
        self._names = [*self._choices, *(name for name in names if name not in self._choices)]
        self._marked = set(self._choices)
        self._paint()

    def on_marks_told(self, event: Told) -> None:
        """Show it, with what else is told until then."""
        event.stop()
        self._rows[event.segment] = event.rows
        if not self._will_paint:
            self._will_paint = True
            self.set_timer(_PAINT_EVERY, self._paint)

    def tell_contacts(self, contacts: Mapping[str, int]) -> None:
        """How many contacts each marked segment gives; none are known while they are counted."""
        self._contacts = dict(contacts)
        self._paint()

    @property
    def names(self) -> list[str]:
        """All segments, marked or not."""
        return list(self._names)

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
            self.post_message(self.Changed())

    def fills(self, name: str, title: str, list_id: str | None) -> None:
        """A segment fills a list that there is; its id is kept where the title is not enough."""
        wanted = title if title != name else None
        choice = msgspec.structs.replace(self._choice(name), list=wanted, list_id=list_id)
        self._marked.add(name)
        if choice != self._choices.get(name):
            self._choices[name] = choice
            self._paint()
            self.post_message(self.Changed())

    def action_find(self) -> None:
        """Ask for its name."""
        self.post_message(self.FindWanted())

    def action_account_lists(self) -> None:
        """Ask for them."""
        if self.chosen is not None:
            self.post_message(self.ListsWanted())

    def on_click(self, event: events.Click) -> None:
        """A click on a mark turns it; elsewhere it chooses the line, and a second one opens it."""
        place = event.style.meta
        if place.get("column") == 0 and place.get("row", -1) >= 0:
            event.prevent_default()
            self.move_cursor(row=place["row"], animate=False)
            self.action_mark()

    def action_mark(self) -> None:
        """Mark the segment under the cursor, or take the mark back."""
        if self.chosen is not None:
            self._marked ^= {self.chosen}
            self._paint()
            self.post_message(self.Changed())

    def _choice(self, name: str) -> SegmentChoice:
        return self._choices.get(name) or SegmentChoice(name)

    def _paint(self) -> None:
        self._will_paint = False
        self.show([self._line(name) for name in self._names])

    def _line(self, name: str) -> Row:
        marked, rows = name in self._marked, self._rows.get(name)
        counted: Cell = COUNTING if rows is None else ""
        choice = self._choice(name)
        fills: Cell = "-"
        if marked:
            fills = f"{choice.title} ({choice.list_id})" if choice.list_id else choice.title
        if isinstance(rows, int):
            counted = number(rows)
        elif rows is not None:
            fills = Text(safe(rows), style=WARNING)
        contacts = number(self._contacts.get(name)) if marked else ""
        return Row(name, ("[x]" if marked else "[ ]", name, counted, contacts, fills))
