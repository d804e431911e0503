"""A table of lines to choose from: fits its screen, filters, and repaints only what changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from rich.cells import cell_len
from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import DataTable

from tui.text import safe
from tui.widgets.cells import Cell, heading, painted, written
from tui.widgets.columns import Column, fit
from tui.widgets.needle import Needle
from tui.widgets.order import Order, SortKey, copied

# Longer lists are cut and say so: a DataTable measures every row it is given.
MOST_ROWS = 1000
# For the scrollbar.
_BESIDE = 2
_TAKES_LINES = frozenset(
    {
        *("select_cursor", "cursor_down", "cursor_up", "scroll_top", "scroll_bottom"),
        *("order", "turn", "tick", "tick_all"),
    }
)


@dataclass(frozen=True)
class Row:
    """A line.

    Attributes:
        key: names what it stands for.
        cells: one a column.
        by: what to sort by in place of a cell's text, by the column's place: a time, a size.
    """

    key: str
    cells: Sequence[Cell]
    by: Mapping[int, SortKey] = field(default_factory=dict)


class Table(DataTable[Text]):
    """Rows of safe text, sorted by any column; several can be marked where the screen says so."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "select_cursor", "Open", key_display="enter", id="table.open"),
        Binding("j", "cursor_down", "Down", show=False, id="table.down"),
        Binding("k", "cursor_up", "Up", show=False, id="table.up"),
        Binding("g", "scroll_top", "First", show=False, id="table.first"),
        Binding("G", "scroll_bottom", "Last", show=False, id="table.last"),
        Binding("o", "order", "Sort", id="table.sort",
                tooltip="By the next column; after the last one, as it was."),
        Binding("O", "turn", "Reverse", show=False, id="table.reverse",
                tooltip="Sort the other way round."),
        Binding("space", "tick", "Mark", id="table.mark",
                tooltip="What is done next is done to all marked lines."),
        Binding("asterisk", "tick_all", "Mark all", show=False, id="table.mark_all",
                tooltip="All lines that are shown, or none."),
    ]  # fmt: skip
    DEFAULT_CSS = """
    Table { height: 1fr; scrollbar-size-horizontal: 0; }
    """

    class Arranged(Message):
        """Rows are in another order, or others are marked."""

    def __init__(
        self,
        columns: Sequence[Column],
        *,
        opens: bool = True,
        marks: bool = False,
        name: str | None = None,
    ) -> None:
        super().__init__(cursor_type="row", zebra_stripes=False, id=name)
        self._opens = opens
        self._marks = marks
        self._columns = list(columns)
        self._all: list[Row] = []
        self._shown: list[Row] = []
        self._fitted = 0
        self._places: list[tuple[int, Column, int]] = []
        # Columns only grow: a list whose runs move on must not be laid out at every step.
        self._contents = [0] * len(self._columns)
        self._ticked: set[str] = set()
        self.order = Order()
        self._expected: str | None = None
        self._sought = Needle()

    def expect(self, key: str) -> None:
        """One was made just now: the cursor goes there with the first rows that hold it."""
        self._expected = key

    def show(self, rows: Sequence[Row]) -> None:
        """Show these rows; the cursor stays on what it was on, or goes to what is expected."""
        rows = list(rows)
        if rows != self._all or not self._shown:
            self._renew(rows)
        if any(row.key == self._expected for row in rows):
            self.go_to(self._expected)
            self._expected = None

    def go_to(self, key: str | None) -> None:
        """Put the cursor on the row of this key, if it is shown."""
        places = [n for n, row in enumerate(self._shown) if row.key == key]
        if places:
            self.move_cursor(row=places[0], animate=False)

    def _renew(self, rows: list[Row]) -> None:
        was_empty = not self._shown
        self._all = rows
        self._measure(rows)
        if self._places and self._widths() != [(n, width) for n, _, width in self._places]:
            self._fit(self._fitted)
        else:
            self._refill()
        if was_empty != (not self._shown):
            self.refresh_bindings()

    def narrow(self, needle: str) -> None:
        """Show only the rows that hold this text anywhere, or what it means as a regular expression."""
        self._sought = Needle(needle)
        self._refill()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What takes a line is offered where there is one; marks where the screen knows them."""
        if not self._shown and action in _TAKES_LINES:
            return False
        if action == "select_cursor" and not self._opens:
            return False
        if action in ("tick", "tick_all") and not self._marks:
            return False
        return super().check_action(action, parameters)

    @property
    def needle(self) -> str:
        """What rows are filtered by; empty where all are shown."""
        return self._sought.folded

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

    @property
    def marked(self) -> list[str]:
        """The keys of the marked rows that are shown, in their order: nothing unseen is acted on."""
        return [row.key for row in self._shown if row.key in self._ticked]

    @property
    def targets(self) -> list[str]:
        """What an action is done to: the marked rows, or else the one under the cursor."""
        if self.marked:
            return self.marked
        return [self.chosen] if self.chosen is not None else []

    @property
    def copy_text(self) -> str:
        """The same rows as text."""
        wanted = set(self.targets)
        return copied(
            Row(row.key, [safe(str(cell)) for cell in row.cells])
            for row in self._shown
            if row.key in wanted
        )

    @property
    def content(self) -> tuple[list[str], list[list[str]]]:
        """All columns, there is room for them or not; the marked rows, or else all that are shown."""
        marked = set(self.marked)
        rows = [row for row in self._shown if not marked or row.key in marked]
        titles = [column.title for column in self._columns]
        return titles, [[written(cell) for cell in row.cells] for row in rows]

    @property
    def sorted_by(self) -> str:
        """The order in words, empty for that in which the rows came."""
        if self.order.place is None:
            return ""
        return f"{self._columns[self.order.place].title} {self.order.arrow}"

    def unmark(self) -> None:
        """No row is marked."""
        self._set_marks(set())

    def action_order(self) -> None:
        """Sort by the next column."""
        self._arrange(self.order.after([place for place, _, _ in self._places], self._columns))

    def action_turn(self) -> None:
        """Sort the other way round."""
        if self.order.place is not None:
            self._arrange(self.order.turned())

    def action_tick(self) -> None:
        """Mark the row under the cursor, or take the mark back, and go on to the next."""
        if self.chosen is not None:
            self._set_marks(self._ticked ^ {self.chosen})
            self.action_cursor_down()

    def action_tick_all(self) -> None:
        """Mark every row that is shown; if they all are, none."""
        shown = {row.key for row in self._shown}
        self._set_marks(self._ticked - shown if shown <= self._ticked else self._ticked | shown)

    def on_data_table_header_selected(self, event: DataTable.HeaderSelected) -> None:
        """A click on a heading sorts by it, a second one the other way."""
        event.stop()
        self._arrange(self.order.of(self._places[event.column_index][0], self._columns))

    def _arrange(self, order: Order) -> None:
        self.order = order
        self._fit(self._fitted)
        self.post_message(self.Arranged())

    def _set_marks(self, marked: set[str]) -> None:
        before = self._ticked
        self._ticked = marked
        for row in self._shown:
            if (row.key in before) != (row.key in marked):
                place, column, width = self._places[0]
                self.update_cell(row.key, str(place), self._cell(row, place, column, width))
        self.post_message(self.Arranged())

    def on_mount(self) -> None:
        """Write cells anew in other colours."""
        self.app.theme_changed_signal.subscribe(self, lambda _: self._fit(self._fitted))

    def on_resize(self, event: events.Resize) -> None:
        """Fit the columns to the new width; the line under the cursor stays in sight."""
        if event.size.width != self._fitted:
            self._fit(event.size.width)
        self.call_after_refresh(self._scroll_cursor_into_view)

    def _measure(self, rows: Sequence[Row]) -> None:
        for place in range(len(self._columns)):
            # A mark stands before what is in the first column.
            mark = 2 if self._marks and place == 0 else 0
            widest = max((cell_len(str(row.cells[place])) for row in rows[:MOST_ROWS]), default=0)
            self._contents[place] = max(self._contents[place], widest + mark)

    def _widths(self) -> list[tuple[int, int]]:
        """The places of the columns that there is room for, and their widths."""
        contents = [
            # The heading has an arrow where rows are sorted by it.
            max(content, cell_len(column.title) + 2 * (place == self.order.place))
            for place, (column, content) in enumerate(
                zip(self._columns, self._contents, strict=True)
            )
        ]
        return list(fit(self._columns, contents, self._fitted - _BESIDE).items())

    def _fit(self, width: int) -> None:
        self._fitted = width
        self._places = [(place, self._columns[place], cells) for place, cells in self._widths()]
        key = self.chosen
        self.clear(columns=True)
        for place, column, cells in self._places:
            arrow = self.order.arrow if place == self.order.place else ""
            self.add_column(heading(column, cells, arrow), width=cells, key=str(place))
        self._shown = []
        self._refill(key)

    def _refill(self, key: str | None = None) -> None:
        if not self._places:
            return
        rows = [row for row in self._all if self._sought.is_in([str(cell) for cell in row.cells])]
        rows = self.order.sort(rows, self._columns)[:MOST_ROWS]
        if [row.key for row in rows] == [row.key for row in self._shown]:
            self._patch(rows)
            return
        key = key or self.chosen
        self.clear()
        self._shown = rows
        for row in rows:
            self.add_row(*self._cells(row), key=row.key)
        if key is not None:
            self.go_to(key)

    def _patch(self, rows: list[Row]) -> None:
        """Write only the cells that differ: each one costs bytes on the line."""
        for old, new in zip(self._shown, rows, strict=True):
            if old == new:
                continue
            before, after = self._cells(old), self._cells(new)
            for (place, _, _), was, now in zip(self._places, before, after, strict=True):
                if was != now:
                    self.update_cell(new.key, str(place), now)
        self._shown = rows

    def _cells(self, row: Row) -> list[Text]:
        return [self._cell(row, place, column, width) for place, column, width in self._places]

    def _cell(self, row: Row, place: int, column: Column, width: int) -> Text:
        marked = place == self._places[0][0] and row.key in self._ticked
        return painted(row.cells[place], column, width, self.app.theme_variables, marked=marked)
