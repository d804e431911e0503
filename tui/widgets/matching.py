"""Data matching: which column feeds which field, as a table to choose in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.message import Message

from store.exports import STANDARD_FIELDS, CustomField, FieldType
from tui.widgets.table import Cell, Column, Row, Table

NOT_SENT = "(not sent)"


class Matching(Table):
    """One row a field. Email is required; the others are sent where a column is chosen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "select_cursor", "Column", key_display="enter", id="matching.column"),
        Binding("c", "custom", "Custom field", id="matching.custom"),
        Binding("delete,d", "drop", "Not sent", id="matching.drop"),
    ]
    DEFAULT_CSS = "Matching { height: 12; }"
    FIELDS: ClassVar = [Column("Field", 20, stretch=1), Column("Type", 9), Column("Column", 24, 2)]

    class CustomWanted(Message):
        """The operator wants to add a custom field."""

    def __init__(self) -> None:
        super().__init__(self.FIELDS, name="matching")
        self.fields: dict[str, str] = {}
        self.custom: dict[str, CustomField] = {}
        self._known: frozenset[str] = frozenset()

    def know(self, columns: Sequence[str]) -> None:
        """The columns that there are; a chosen one that is missing says so."""
        self._known = frozenset(columns)
        self.paint()

    def propose(self, fields: dict[str, str]) -> None:
        """Fill in fields that nothing was chosen for."""
        self.fields = {**fields, **self.fields}
        self.paint()

    def paint(self) -> None:
        """Show what is chosen."""
        names = [*STANDARD_FIELDS, *(f for f in self.fields if f not in STANDARD_FIELDS)]
        rows = [Row(f"s{n}", (n, "standard", self._column(n, self.fields.get(n)))) for n in names]
        rows += [
            Row(f"c{name}", (name, field.type, self._column(name, field.column)))
            for name, field in self.custom.items()
        ]
        self.show(rows)

    def _column(self, field: str, column: str | None) -> Cell:
        if not column:
            return Text("required: choose one", style="bold") if field == "Email" else NOT_SENT
        if self._known and column not in self._known:
            return Text(f"{column} (no such column)", style="bold yellow")
        return column

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
        self.paint()

    def add_custom(self, name: str, kind: FieldType) -> None:
        """Add a custom field, at first without a column."""
        self.custom[name] = CustomField("", kind)
        self.paint()
        self.move_cursor(row=self.row_count - 1, animate=False)

    def action_custom(self) -> None:
        """Ask the form for a new custom field."""
        self.post_message(self.CustomWanted())

    def action_drop(self) -> None:
        """Do not send the field under the cursor."""
        if self.chosen is not None:
            self.put(self.chosen, None)
