"""Runs: the history, newest first, narrowed down by filters, summed up and charted."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, Final

from textual.binding import Binding, BindingType

from tui.run_filters import Filters, bad_words, sums_words
from tui.screens import run_narrowing
from tui.screens.paged import Paged
from tui.text import safe_content, safe_lines_content
from tui.widgets.chart import MOST_DAYS, Chart
from tui.widgets.columns import Column
from tui.widgets.state import state_text
from tui.widgets.static import Static
from tui.widgets.table import Row
from tui.words.figures import asked_for, duration, many, moment, number, run_time
from tui.words.moments import start_of_day

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from store.journal.past import Day, Totals
    from store.journal.runs import Brief

# A table measures every cell it is given, and what a large terminal shows is some fifty lines.
PAGE: Final = 50


class RunsScreen(Paged):
    """Every run, whoever started it."""

    MODE = "runs"
    PLACE = ""
    SHOWS = "runs"
    ONE = "run"
    PURPOSE = (
        "Every run, newest first, whichever process wrote it. Open one to see its counts and its "
        "log; one that is going on is followed as it grows. {runs.export}, {runs.state}, {runs.dates} and {runs.by} "
        "narrow the list down to an export, a state, dates or an operator; {app.back} clears that. The chart shows what was "
        "accepted and rejected day by day, for the runs that are narrowed to."
    )
    EMPTY = (
        "No runs yet.\n\nA run sends one export. Press {app.exports} for the exports, then run one."
    )
    NONE = "No run is like that.\n\nPress {app.back} to clear what the list is narrowed to."
    COLUMNS: ClassVar = [
        Column("Run", 7, right=True, usual=5),
        Column("Export", 10, stretch=2, most=21),
        Column("Connection", 9, stretch=1, gives_way=8),
        Column("State", 22, usual=14),
        Column("Asked for", 12, gives_way=1),
        Column("Took", 14, gives_way=4),
        Column("To send", 10, right=True, gives_way=5, usual=8),
        Column("Accepted", 10, right=True, gives_way=2, usual=8),
        Column("Rejected", 10, right=True, usual=8),
        Column("Pending", 10, right=True, gives_way=6, usual=8),
        Column("Requests", 10, right=True, gives_way=7, usual=8),
        Column("By", 12, stretch=1, gives_way=3),
        Column("Cause", 30, stretch=3, gives_way=9),
    ]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("e", "by_export", "Export", id="runs.export", tooltip="Only runs of one export."),
        Binding("s", "by_state", "State", id="runs.state", tooltip="Only runs in one state."),
        Binding("d", "by_dates", "Dates", id="runs.dates",
                tooltip="Only runs asked for since, or between, times."),
        Binding("b", "by_operator", "Who", id="runs.by", tooltip="Only one operator's runs."),
        Binding("m", "older", "Older", id="runs.more", tooltip="The page before in time."),
        Binding("n", "newer", "Newer", id="runs.newer", tooltip="Back towards today."),
        Binding("c", "chart", "Chart", id="runs.chart",
                tooltip="Show or hide what was accepted and rejected day by day."),
    ]  # fmt: skip
    NARROWS = frozenset({"by_export", "by_state", "by_dates", "by_operator"})
    WITH_LINES = Paged.WITH_LINES | NARROWS | {"chart"}
    # What is told above the list comes after it: it has its place from the start, and moves nothing.
    DEFAULT_CSS = """
    RunsScreen .totals { height: 1; padding: 0 1; text-wrap: nowrap; text-overflow: ellipsis; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.filters = Filters()
        self._totals: Totals | None = None
        self._summed = False

    def compose(self) -> ComposeResult:
        """A list, with sums and a chart above it."""
        for part in super().compose():
            yield part
            if "heading" in part.classes:
                yield Static("", classes="totals", markup=False)
                yield Chart()

    def reload(self) -> None:
        """Read the page, then the sums."""
        self._summed = False
        super().reload()

    def rows(self) -> list[Row]:
        """The runs of this page."""
        from workers.actions import runs

        found = runs.history(
            self.segport.desk(), self.filters.wanted(), before=self.before, limit=PAGE
        )
        self.further = found[-1].id if len(found) == PAGE else None
        return [_row(run) for run in found]

    def _sums(self) -> tuple[Totals, list[Day]]:
        from msgspec import structs

        from workers.actions import history

        desk, wanted = self.segport.desk(), self.filters.wanted()
        start = start_of_day(MOST_DAYS)
        recent = structs.replace(wanted, since=max(wanted.since or start, start))
        return history.totals(desk, wanted), history.days(desk, recent)

    def _show_sums(self, found: tuple[Totals, list[Day]]) -> None:
        self._totals, days = found
        line = self.query_one(".totals", Static)
        words = safe_content(sums_words(self._totals))
        if line.content != words:
            line.update(words, layout=False)
        self.query_one(Chart).draw(days, datetime.now().astimezone().date())
        self._head()

    def show_rows(self, rows: list[Row]) -> None:
        """Show the page; say what to do where there is none."""
        if not rows:
            self.query_one(".empty", Static).update(
                safe_lines_content(self.keyed(self.NONE if self.filters.words else self.EMPTY))
            )
        super().show_rows(rows)
        if not self._summed:
            self._summed = True
            # Over a long history they take longer than the page, which is what somebody waits for.
            self.call_after_refresh(
                self.ask, self._sums, self._show_sums, group="sums", failed=self.not_read
            )

    def offered(self) -> tuple[bool, ...]:
        """Also whether there is anything to clear."""
        return *super().offered(), bool(self.filters.words)

    def counted(self) -> str:
        """Which of them these are, where they are more than a page."""
        if self._totals is None or self._totals.runs <= PAGE or self.table.needle:
            return super().counted()
        first = self.pages_before * PAGE
        last = min(first + PAGE, self._totals.runs)
        return f"{number(first + 1)} to {number(last)} of {many(self._totals.runs, self.ONE)}"

    def _head(self) -> None:
        super()._head()
        words = str(self.query_one(".heading", Static).content)
        if self._totals is not None and (bad := bad_words(self._totals)):
            words = f"{words}, {bad}"
        if self.filters.words:
            words = f"{words}; {self.filters.words}; {self.keyed('{app.back}')} clears"
        self.heading(words)

    def journal_changed(self) -> None:
        """A run has moved on."""
        self.look_again()

    def open(self, key: str) -> None:
        """Follow it."""
        from tui.screens.run import RunScreen

        self.app.push_screen(RunScreen(int(key)))

    # Narrowing down.

    def narrow(self, **changes: object) -> None:
        """Narrow to something else, from the newest run on."""
        self.filters = replace(self.filters, **changes)  # type: ignore[arg-type]  # our own names
        self._totals = None
        self.to_newest()
        self.reload()

    def action_by_export(self) -> None:
        """Ask which export."""
        run_narrowing.by_export(self)

    def action_by_state(self) -> None:
        """Ask which state."""
        run_narrowing.by_state(self)

    def action_by_operator(self) -> None:
        """Ask whose runs."""
        run_narrowing.by_operator(self)

    def action_by_dates(self) -> None:
        """Ask since when, or from when to when."""
        run_narrowing.by_dates(self)

    def begin_anew(self) -> None:
        """Every run, from the newest on."""
        if self.is_mounted:
            self.filters = Filters()
            self.table.move_cursor(row=0, animate=False)
            self.narrow()

    def turned(self) -> None:
        """Read the page alone: the sums are those of every page."""
        self.table.move_cursor(row=0, animate=False)
        super().reload()

    def action_chart(self) -> None:
        """Show or hide the chart."""
        self.query_one(Chart).toggle()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Back also clears what is narrowed."""
        # Of what the list is narrowed to there may be none; then it can be narrowed to something else.
        if self.filters.words and action in {"back", *self.NARROWS}:
            return True
        return super().check_action(action, parameters)

    def action_back(self) -> None:
        """Clear the text filter, marks, then what the list is narrowed to."""
        cleared = self.query_one(".filter").display or self.table.marked
        if self.filters.words and not cleared:
            self.filters = Filters()
            self.narrow()
        else:
            super().action_back()


def _row(run: Brief) -> Row:
    kind = asked_for(run.options)
    took = run_time(run)
    return Row(
        str(run.id),
        (
            str(run.id),
            f"{run.export_name} ({kind})" if kind else run.export_name,
            run.connection_name,
            state_text(run.state),
            moment(run.asked_at),
            duration(took),
            number(run.to_send),
            number(run.accepted),
            number(run.rejected),
            number(run.pending),
            number(run.requests_sent),
            run.operator,
            run.cause or "-",
        ),
        {0: float(run.id), 4: run.asked_at, 5: took},
    )
