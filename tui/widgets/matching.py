"""Data matching: which column feeds which field, and what it would send, as a table to choose in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.message import Message

from store.exports import STANDARD_FIELDS, CustomField, FieldType
from tui.colours import WARNING
from tui.widgets.cells import Cell
from tui.widgets.columns import Column
from tui.widgets.table import Row, Table
from tui.words.figures import many, number

if TYPE_CHECKING:
    from workers.look import FieldLook

NOT_SENT = "(not sent)"
_TYPES: tuple[tuple[str, str], ...] = (
    ("VARCHAR", "text"),
    ("TIMESTAMP", "date+time"),
    ("DATE", "date"),
    ("BOOLEAN", "yes/no"),
    ("DECIMAL", "number"),
    ("DOUBLE", "number"),
    ("FLOAT", "number"),
)


class Matching(Table):
    """One row a field. Email is required; the others are sent where a column is chosen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "select_cursor", "Column", key_display="enter", id="matching.column",
                tooltip="The profile column that feeds the field."),
        Binding("c", "custom", "Custom", id="matching.custom",
                tooltip="A field of the destination that you named yourself."),
        Binding("a", "propose", "By name", id="matching.propose",
                tooltip="Match what is not sent yet by the names of the columns."),
        Binding("delete,d", "drop", "Not sent", id="matching.drop",
                tooltip="Do not send the field."),
    ]  # fmt: skip
    DEFAULT_CSS = "Matching { height: 1fr; min-height: 5; }"
    FIELDS: ClassVar = [
        Column("Field", 15, stretch=1),
        Column("Column", 14, stretch=1),
        Column("Type", 9),
        Column("Filled", 8, right=True),
        Column("First values", 16, stretch=3),
    ]

    class CustomWanted(Message):
        """The operator wants to add a custom field."""

    class Changed(Message):
        """Another column feeds a field, or none."""

    def __init__(self) -> None:
        super().__init__(self.FIELDS, name="fields")
        self.fields: dict[str, str] = {}
        self.custom: dict[str, CustomField] = {}
        self._types: dict[str, str] = {}
        self._proposed: dict[str, str] = {}
        self._looks: Mapping[str, FieldLook] = {}
        self._misfits: Mapping[str, int] = {}
        self._first: list[str] = []

    def fill(self, fields: dict[str, str], custom: dict[str, CustomField]) -> None:
        """What the export has already; it stands first."""
        self.fields, self.custom = dict(fields), dict(custom)
        self._arrange_first()
        self._paint()

    def know(self, types: Mapping[str, str], proposed: Mapping[str, str]) -> None:
        """The columns that there are with their types, and what they would be by their names."""
        self._types, self._proposed = dict(types), dict(proposed)
        self._paint()

    def tell(self, looks: Mapping[str, FieldLook], misfits: Mapping[str, int]) -> None:
        """What each field would send; nothing is known while it is counted."""
        self._looks, self._misfits = looks, misfits
        self._paint()

    def propose(self) -> bool:
        """Feed the fields that nothing feeds yet by name; says whether that is a change."""
        before = dict(self.fields)
        self.fields = {**self._proposed, **self.fields}
        self._arrange_first()
        self._paint()
        return self.fields != before

    @property
    def columns_known(self) -> Sequence[str]:
        """The columns to choose from."""
        return list(self._types)

    def faults(self) -> list[str]:
        """What stands in the way of saving, each in a sentence."""
        return list(self._faults().values())

    @property
    def unfed(self) -> list[str]:
        """The custom fields that were added and have no column yet."""
        return [name for name, field in self.custom.items() if not field.column]

    def go_to_fault(self) -> None:
        """Put the cursor on the first field that is wrong."""
        wrong = {*self._faults(), *self.unfed}
        places = [n for n, row in enumerate(self._rows_of()) if row.key[1:] in wrong]
        if places:
            self.move_cursor(row=places[0], animate=False)

    def _faults(self) -> dict[str, str]:
        if "Email" not in self.fields:
            return {"Email": "No column feeds Email, which is required: choose one with enter."}
        fed = [*self.fields.items(), *((n, f.column) for n, f in self.custom.items())]
        return {
            field: f"{field} is fed by {column}, which not every marked segment has."
            for field, column in fed
            if column and self._types and column not in self._types
        }

    def at(self, key: str) -> tuple[str, str | None]:
        """The field of a row, and its column."""
        name = key[1:]
        if key[0] == "c":
            return name, self.custom[name].column
        return name, self.fields.get(name)

    def put(self, key: str, column: str | None) -> None:
        """Choose a column for a row, or none; a custom field without one is gone."""
        name = key[1:]
        if key[0] == "s":
            self.fields.pop(name, None)
            if column:
                self.fields[name] = column
        elif column:
            self.custom[name] = CustomField(column, self.custom[name].type)
        else:
            self.custom.pop(name, None)
        self._paint()
        self.post_message(self.Changed())

    def add_custom(self, name: str, kind: FieldType) -> None:
        """Add a custom field, at first without a column."""
        self.custom[name] = CustomField("", kind)
        self._paint()
        places = [n for n, row in enumerate(self._rows_of()) if row.key == f"c{name}"]
        self.move_cursor(row=places[0], animate=False)

    def action_custom(self) -> None:
        """Ask the form for a new custom field."""
        self.post_message(self.CustomWanted())

    def action_propose(self) -> None:
        """Match by name what is not matched yet."""
        if self.propose():
            self.post_message(self.Changed())

    def action_drop(self) -> None:
        """Do not send the field under the cursor."""
        if self.chosen is not None:
            self.put(self.chosen, None)

    def _arrange_first(self) -> None:
        """What is sent stands first. Not at every change: rows would jump away under the cursor."""
        self._first = [name for name in STANDARD_FIELDS if name in self.fields or name == "Email"]

    def _paint(self) -> None:
        self.show(self._rows_of())

    def _rows_of(self) -> list[Row]:
        later = [name for name in STANDARD_FIELDS if name not in self._first]
        unknown = [name for name in self.fields if name not in STANDARD_FIELDS]
        standard = {name: self._line("s", name, name, self.fields.get(name))
                    for name in (*self._first, *unknown, *later)}  # fmt: skip
        custom = [
            self._line("c", name, f"{name} ({field.type})", field.column)
            for name, field in self.custom.items()
        ]
        first = [standard[name] for name in (*self._first, *unknown)]
        return [*first, *custom, *(standard[name] for name in later)]

    def _line(self, kind: str, name: str, label: str, column: str | None) -> Row:
        look = self._looks.get(name) if column else None
        filled = number(look.filled) if look else ""
        return Row(
            kind + name,
            (label, self._column(name, column), self._type(column), filled, self._values(name)),
        )

    def _column(self, field: str, column: str | None) -> Cell:
        if not column:
            return Text("required", style=WARNING) if field == "Email" else NOT_SENT
        return column

    def _type(self, column: str | None) -> str:
        found = self._types.get(column or "", "")
        for start, word in _TYPES:
            if found.startswith(start):
                return word
        return "whole no." if "INT" in found else found.lower()

    def _values(self, name: str) -> Cell:
        custom = self.custom.get(name)
        column = custom.column if custom else self.fields.get(name)
        if not column:
            return ""
        if self._types and column not in self._types:
            return Text("not in every marked segment", style=WARNING)
        if self._misfits.get(name):
            return Text(_unfit(self._misfits[name]), style=WARNING)
        look = self._looks.get(name)
        return ", ".join(look.samples) if look else ""


def _unfit(rows: int) -> str:
    """Rows, by name: what is filled counts contacts, and several rows can be one."""
    return f"{many(rows, 'row does', 'rows do')} not fit"
