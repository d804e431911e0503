"""While you were away: the runs that ended meanwhile, shown once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import DataTable

from tui.screens.modal import Modal
from tui.text import safe_content
from tui.widgets.columns import Column
from tui.widgets.state import state_text
from tui.widgets.static import Static
from tui.widgets.table import Row, Table
from tui.words.figures import joined, many, moment, number

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from store.journal.runs import Brief


class AwayScreen(Modal[int | None]):
    """What came to an end or to a halt while you were away.

    Answers with the run to open, or None.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss(None)", "Close", id="away.close"),
    ]
    DEFAULT_CSS = """
    AwayScreen > Vertical { width: 78; }
    AwayScreen Table { height: auto; max-height: 14; margin: 1 0; }
    """
    COLUMNS: ClassVar = [
        Column("Run", 5, right=True),
        Column("Export", 12, stretch=1),
        Column("State", 22),
        Column("Since", 12),
        Column("Rejected", 8, right=True),
    ]

    def __init__(self, runs: Sequence[Brief]) -> None:
        super().__init__()
        self._runs = runs

    def compose(self) -> ComposeResult:
        """What happened in a line, the runs, the keys."""
        with Vertical():
            yield Static(safe_content(_summary(self._runs)), markup=False)
            yield Table(self.COLUMNS)
            yield Static(Content("enter opens a run, esc closes this."), markup=False)

    def on_mount(self) -> None:
        """Those that want somebody come first."""
        table = self.query_one(Table)
        table.show([_row(run) for run in self._runs])
        table.focus()

    def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        """Open it."""
        event.stop()
        chosen = self.query_one(Table).chosen
        self.dismiss(int(chosen) if chosen else None)


def _summary(runs: Sequence[Brief]) -> str:
    counts: dict[str, int] = {}
    for run in runs:
        counts[run.state] = counts.get(run.state, 0) + 1
    told = joined(f"{number(count)} {state}" for state, count in counts.items())
    return f"While you were away, {many(len(runs), 'run')} came to an end or to a halt: {told}."


def _row(run: Brief) -> Row:
    return Row(
        str(run.id),
        (
            str(run.id),
            run.export_name,
            state_text(run.state),
            moment(run.ended_at),
            number(run.rejected),
        ),
        {3: run.ended_at},
    )
