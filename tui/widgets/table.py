"""A table of lines to choose from: fits its screen, filters, and repaints only what changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, TypeAlias

from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.widgets import DataTable

from tui.text import safe_text

Cell: TypeAlias = Text | str
# Longer lists are cut and say so: a DataTable measures every row it is given.
MOST_ROWS = 1000


@dataclass(frozen=True)
class Column:
    """A column.

    Attributes:
        title: its heading.
        width: in cells; the least, where it stretches.
        stretch: its share of what is left over.
        right: numbers stand to the right.
        wide_only: left out on a narrow screen.
    """

    title: str
    width: int
    stretch: int = 0
    right: bool = False
    wide_only: bool = False


@dataclass(frozen=True)
class Row:
    """A line; `key` names what it stands for."""

    key: str
    cells: Sequence[Cell]


class Table(DataTable[Text]):
    """Rows of safe text."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "select_cursor", "Open", key_display="enter", id="table.open"),
        Binding("j", "cursor_down", "Down", show=False, id="table.down"),
        Binding("k", "cursor_up", "Up", show=False, id="table.up"),
        Binding("g", "scroll_top", "First", show=False, id="table.first"),
        Binding("G", "scroll_bottom", "Last", show=False, id="table.last"),
    ]
    DEFAULT_CSS = """
    Table { height: 1fr; scrollbar-size-horizontal: 0; }
    """

    def __init__(
        self, columns: Sequence[Column], *, opens: bool = True, name: str | None = None
    ) -> None:
        super().__init__(cursor_type="row", zebra_stripes=False, id=name)
        self._opens = opens
        self._columns = columns
        self._all: list[Row] = []
        self._shown: list[Row] = []
        self._fitted = 0
        self._places: list[tuple[int, Column, int]] = []
        self.needle = ""

    def show(self, rows: Sequence[Row]) -> None:
        """Show these rows; the cursor stays on what it was on."""
        self._all = list(rows)
        self._refill()

    def narrow(self, needle: str) -> None:
        """Show only the rows that hold this text anywhere."""
        self.needle = needle.casefold()
        self._refill()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Enter is offered only where it opens something."""
        if action == "select_cursor" and not self._opens:
            return False
        return super().check_action(action, parameters)

    @property
    def total(self) -> int:
        """How many rows there are, shown or not."""
        return len(self._all)

    @property
    def chosen(self) -> str | None:
        """The key of the row under the cursor."""
        if not self._shown or not 0 <= self.cursor_row < len(self._shown):
            return None
        return self._shown[self.cursor_row].key

    def on_resize(self, event: events.Resize) -> None:
        """Fit the columns to the new width."""
        if event.size.width != self._fitted:
            self._fit(event.size.width)

    def _fit(self, width: int) -> None:
        self._fitted = width
        kept = [(n, c) for n, c in enumerate(self._columns) if width >= 100 or not c.wide_only]
        # Two cells of padding a column, and two for the scrollbar.
        spare = max(0, width - 2 - sum(column.width + 2 for _, column in kept))
        shares = sum(column.stretch for _, column in kept) or 1
        self._places = [(n, c, c.width + spare * c.stretch // shares) for n, c in kept]
        key = self.chosen
        self.clear(columns=True)
        for place, column, cells in self._places:
            title = safe_text(column.title, width=cells)
            if column.right:
                title.align("right", cells)
            self.add_column(title, width=cells, key=str(place))
        self._shown = []
        self._refill(key)

    def _refill(self, key: str | None = None) -> None:
        if not self._places:
            return
        rows = [row for row in self._all if self._matches(row)][:MOST_ROWS]
        if [row.key for row in rows] == [row.key for row in self._shown]:
            self._patch(rows)
            return
        key = key or self.chosen
        self.clear()
        self._shown = rows
        for row in rows:
            self.add_row(*self._cells(row), key=row.key)
        if key is not None:
            places = [n for n, row in enumerate(rows) if row.key == key]
            self.move_cursor(row=places[0] if places else 0, animate=False)

    def _patch(self, rows: list[Row]) -> None:
        """Write only the cells that differ: each one costs bytes on the line."""
        for old, new in zip(self._shown, rows, strict=True):
            before, after = self._cells(old), self._cells(new)
            for (place, _, _), was, now in zip(self._places, before, after, strict=True):
                if was != now:
                    self.update_cell(new.key, str(place), now)
        self._shown = rows

    def _matches(self, row: Row) -> bool:
        return not self.needle or any(self.needle in str(cell).casefold() for cell in row.cells)

    def _cells(self, row: Row) -> list[Text]:
        return [
            self._cell(row.cells[place], column, width) for place, column, width in self._places
        ]

    @staticmethod
    def _cell(cell: Cell, column: Column, width: int) -> Text:
        style = str(cell.style) if isinstance(cell, Text) else ""
        text = safe_text(cell.plain if isinstance(cell, Text) else cell, style, width)
        if column.right:
            text.align("right", width)
        return text
