"""One segment: its columns, its rows page by page, and how it grew."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import DataTable

from store.errors import SegportError
from tui.screens.base import Revealing
from tui.screens.typed_ahead import TypedAhead
from tui.text import safe, safe_text
from tui.widgets.columns import Column
from tui.widgets.keys import Keys
from tui.widgets.static import Static
from tui.widgets.table import Row, Table
from tui.widgets.title import TitleBar
from tui.words.figures import joined, lost_words, many, number, percent
from tui.words.growth import line

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.dom import DOMNode

    from store.segments.facts import ColumnFacts, Sample
    from workers.actions.segments import View

_WIDEST = 28
_PAGE = 50
_CHART = 24


class SegmentScreen(Revealing, TypedAhead):
    """Columns above, rows below; tab goes from one to the other."""

    MODE = "segments"
    REVEALS = "segment.reveal"
    PURPOSE = (
        "What is in a segment. Above: each column, how much of it is filled, how many different "
        "values; enter shows its most frequent ones. Below: its rows, {segment.next} and {segment.before} turn the page. "
        "Personal values are masked until {segment.reveal} shows them; who looked is "
        "written down. Once more masks them. While they are shown, {app.why} asks about the person "
        "of the row under the cursor."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "app.focus_next", "Columns/rows", id="segment.other"),
        Binding("n", "turn(1)", "Next rows", id="segment.next"),
        Binding("b", "turn(-1)", "Rows before", id="segment.before"),
        Binding("v", "reveal", "Reveal", id="segment.reveal",
                tooltip="Personal values as they are, or masked again; it is written down who asked."),
        Binding("m", "members", "Growth", id="segment.members",
                tooltip="How many rows it had, run by run."),
    ]  # fmt: skip
    DEFAULT_CSS = """
    SegmentScreen .heading { height: auto; max-height: 4; padding: 0 1; color: $text-muted; }
    SegmentScreen #columns { height: 1fr; }
    SegmentScreen .between { height: 1; padding: 0 1; color: $text-muted; }
    SegmentScreen #sample { height: 1fr; }
    """
    COLUMNS: ClassVar = [
        Column("Column", 14, stretch=2),
        Column("Type", 12, gives_way=1),
        Column("Filled", 8, right=True),
        Column("Different", 10, right=True),
        Column("Least", 10, stretch=1, gives_way=2),
        Column("Greatest", 10, stretch=1, gives_way=2),
        Column("Most frequent", 20, stretch=3, gives_way=3),
    ]

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name_of_segment = name
        self._view: View | None = None
        # The newest view with its personal values masked: it needs no reading to mask them again.
        self._masked: View | None = None
        self._offset = 0
        self._rows: list[tuple[str | None, ...]] = []

    @property
    def person(self) -> str:
        """The first cell of the row under the cursor that looks like an address."""
        sample = self.query_one("#sample", DataTable)
        place = sample.cursor_row
        if not (self.revealed and sample.has_focus and 0 <= place < len(self._rows)):
            return ""
        return next((cell for cell in self._rows[place] if cell and "@" in cell), "")

    def compose(self) -> ComposeResult:
        """Heading, columns, rows."""
        yield TitleBar(self.MODE, self.segport.workspace.root.name)
        yield Static(
            Content(f"{safe(self._name_of_segment)}: reading..."), classes="heading", markup=False
        )
        yield Table(self.COLUMNS, name="columns")
        yield Static("", classes="between", markup=False)
        yield DataTable(id="sample", cursor_type="cell", cell_padding=1)
        yield Keys()

    def on_mount(self) -> None:
        """Read it in a thread."""
        self.show_values(revealed=False)

    def show_values(self, *, revealed: bool) -> None:
        """Read it, and the page of rows that is shown; what is in clear is masked at once."""
        if not revealed and self._masked is not None:
            self._view = self._masked
            self.now_shown(revealed=False)
            self._show(self._view, [])
            self._read_rows()
            return
        offset = self._offset
        self._say_rows("reading...")

        def work() -> tuple[View, list[tuple[str | None, ...]]]:
            from workers.actions import segments

            desk, name = self.segport.desk(), self._name_of_segment
            view = segments.view(desk, name, sample=0 if offset else _PAGE, revealed=revealed)
            if not offset:
                return view, view.facts.sample_rows
            page = segments.page(desk, name, limit=_PAGE, offset=offset, revealed=revealed)
            return view, page.rows

        def show(found: tuple[View, list[tuple[str | None, ...]]]) -> None:
            self._view, rows = found
            if self._view.masked:
                self._masked = self._view
            self.now_shown(revealed=revealed)
            if self.revealed != revealed:
                # Left meanwhile: masked again before anything was shown.
                return
            is_of_now = offset == self._offset
            self._show(self._view, rows if is_of_now else [])
            if not is_of_now:
                self._read_rows()

        self.ask(work, show, failed=self._not_revealed if revealed else self._unreadable)

    def _not_revealed(self, error: SegportError) -> None:
        self._say_rows()
        self.problem(error)

    def _unreadable(self, error: SegportError) -> None:
        """A segment that cannot be read says why in its own place, for as long as it is open."""
        self._head(f"{error.message} {error.hint}")
        self.does_not_come()

    def wants(self, node: DOMNode | None, action: str) -> bool:
        """A key for a column or for rows waits for them."""
        if node is not self:
            return isinstance(node, Table)
        return action.startswith("turn") or not self.check_action(action, ())

    def _show(self, view: View, rows: list[tuple[str | None, ...]]) -> None:
        found = view.facts
        words = many(found.rows + found.malformed, "row")
        if found.malformed:
            words += f" ({number(found.malformed)} unreadable)"
        words += f", {many(len(found.columns), 'column')}"
        lost = lost_words(found.lost, found.malformed)
        self._head(
            f"{words}; sent by {joined(view.exports, 'no export')}",
            line(view.members, _CHART),
            f"Unreadable: {lost}" if lost else "",
        )
        about = "~" if found.distinct_is_estimate else ""
        self.query_one("#columns", Table).show(
            [_row(n, column, about, found.rows) for n, column in enumerate(found.columns)]
        )
        self._fill(rows)
        self.refresh_bindings()
        self.has_come()

    def _fill(self, rows: list[tuple[str | None, ...]]) -> None:
        assert self._view is not None
        self._rows = rows
        sample = self.query_one("#sample", DataTable)
        if not sample.columns:
            for n, column in enumerate(self._view.facts.columns):
                sample.add_column(safe_text(column.name, width=_WIDEST), key=str(n))
        sample.clear()
        sample.add_rows(
            [safe_text("" if cell is None else cell, width=_WIDEST) for cell in row] for row in rows
        )
        self._say_rows()

    def _say_rows(self, doing: str = "") -> None:
        """Which rows these are, and whether they are masked, or what is done about that."""
        if self._view is None:
            return
        total = self._view.facts.rows
        words = "reading..." if total else "No rows"
        if self._rows:
            last = self._offset + len(self._rows)
            words = f"Rows {number(self._offset + 1)} to {number(last)} of {number(total)}"
            if self._view.facts.malformed:
                words += " that can be read"
            if doing or self._view.personal:
                words += f"; {safe(doing or self.mask_words)}"
        self.query_one(".between", Static).update(words)

    def _head(self, words: str, *more: str) -> None:
        told = Content.assemble((safe(self._name_of_segment), "bold"), ": ", safe(words))
        for each in filter(None, more):
            told = Content.assemble(told, "\n", safe(each))
        self.query_one(".heading", Static).update(told)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what there is more of is offered."""
        if action == "reveal":
            return bool(self._view and self._view.personal)
        if action == "turn":
            forward = parameters == (1,)
            more = self._view is not None and self._offset + _PAGE < self._view.facts.rows
            return more if forward else self._offset > 0
        return super().check_action(action, parameters)

    def action_turn(self, pages: int) -> None:
        """Other rows."""
        # At once, so that a key pressed twice turns two pages.
        self._offset = max(0, self._offset + pages * _PAGE)
        self._read_rows()

    def _read_rows(self) -> None:
        offset, revealed = self._offset, self.revealed

        def work() -> Sample:
            from workers.actions import segments

            return segments.page(
                self.segport.desk(), self._name_of_segment,
                limit=_PAGE, offset=offset, revealed=revealed,
            )  # fmt: skip

        def show(found: Sample) -> None:
            # Others are on their way where another page was turned to, or values were shown or masked.
            if (offset, revealed) == (self._offset, self.revealed):
                self._fill(found.rows)
                self.refresh_bindings()

        self.ask(work, show, group="rows")

    def action_members(self) -> None:
        """Show how it grew."""
        from tui.screens.members import MembersScreen

        self.app.push_screen(MembersScreen(self._name_of_segment))

    def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        """Enter on a column shows it whole."""
        from tui.screens.column import ColumnScreen

        chosen = self.query_one("#columns", Table).chosen
        if event.data_table.id != "columns" or chosen is None or self._view is None:
            return
        event.stop()
        column = self._view.facts.columns[int(chosen)]
        masked = column.name in self._view.personal and not self.revealed
        self.app.push_screen(ColumnScreen(column, self._view.facts.rows, masked=masked))


def _row(n: int, column: ColumnFacts, about: str, rows: int) -> Row:
    common = ", ".join(f"{one.value} {number(one.rows)}" for one in column.common[:3])
    return Row(
        str(n),
        (
            column.name,
            column.type,
            percent(1 - column.null_share if rows else None),
            about + number(column.distinct),
            column.min or "",
            column.max or "",
            common,
        ),
        {2: 1 - column.null_share, 3: column.distinct},
    )
