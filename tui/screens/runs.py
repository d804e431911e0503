"""Runs: the history, newest first."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType

from tui.screens.listing import Listing
from tui.widgets.state import state_text
from tui.widgets.table import Column, Row
from tui.words import between, duration, moment, number

if TYPE_CHECKING:
    from store.journal.past import Brief

PAGE = 200


class RunsScreen(Listing):
    """Every run, whoever started it."""

    MODE = "runs"
    ONE = "run"
    PURPOSE = (
        "Every run, newest first, whichever process wrote it. Open one to see its counts and its "
        "log; one that is going on is followed as it grows. m shows older ones."
    )
    EMPTY = (
        "No runs yet.\n\nA run sends one export. Press 1 for the exports, then r on the one to run."
    )
    COLUMNS: ClassVar = [
        Column("Run", 4, right=True),
        Column("Export", 12, stretch=2),
        Column("State", 22),
        Column("Asked for", 12),
        Column("Took", 12, wide_only=True),
        Column("Accepted", 8, right=True),
        Column("Rejected", 8, right=True),
        Column("By", 12, stretch=1, wide_only=True),
    ]
    BINDINGS: ClassVar[list[BindingType]] = [Binding("m", "more", "Older", id="runs.more")]

    def __init__(self) -> None:
        super().__init__()
        self._limit = PAGE

    def rows(self) -> list[Row]:
        """The newest runs."""
        from workers.actions import runs

        return [_row(run) for run in runs.history(self.segport.desk(), limit=self._limit)]

    def journal_changed(self) -> None:
        """A run has moved on."""
        self.reload()

    def action_more(self) -> None:
        """Show older ones too."""
        if self.table.total >= self._limit:
            self._limit += PAGE
            self.reload()

    def open(self, key: str) -> None:
        """Follow it."""
        from tui.screens.run import RunScreen

        self.app.push_screen(RunScreen(int(key)))


def _row(run: Brief) -> Row:
    return Row(
        str(run.id),
        (
            str(run.id),
            run.export_name,
            state_text(run.state),
            moment(run.asked_at),
            duration(between(run.began_at, run.ended_at)) if run.ended_at else "-",
            number(run.accepted),
            number(run.rejected),
            run.operator,
        ),
        {
            0: run.id,
            3: run.asked_at,
            4: between(run.began_at, run.ended_at) if run.ended_at else None,
        },
    )
