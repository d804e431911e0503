"""Which rows the plan of a run took out, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType

from tui.screens.people_of_run import MOST, PeopleOfRun
from tui.widgets.columns import Column
from tui.widgets.table import Row
from tui.words.figures import many, number

if TYPE_CHECKING:
    from store.journal.runs import Run


class ExcludedScreen(PeopleOfRun):
    """By segment and row, so that they can be mended where they come from."""

    REVEALS = "excluded.reveal"
    SEEN = "excluded rows"
    ONE = "excluded row"
    PURPOSE = (
        "Rows that the plan of this run took out: nothing of them was sent. They are mended in the "
        "segment; the next run reads it anew. What stands where an address belongs is masked until "
        "{excluded.reveal} shows it, which is written down; once more masks it. `segport run "
        "excluded` writes all of them to a file."
    )
    EMPTY = (
        "No row of this run was excluded that could be read, or it is no longer kept which. Of lines "
        "that could not be read, the segment's page says where the first of them stand."
    )
    COLUMNS: ClassVar = [
        Column("Segment", 10, stretch=1),
        Column("Row", 9, right=True),
        Column("Address", 16, stretch=2),
        Column("Reason", 16, stretch=1, most=40),
    ]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("v", "reveal", "Reveal", id="excluded.reveal",
                tooltip="What they hold, or masked again; it is written down who asked."),
    ]  # fmt: skip

    def __init__(self, run: Run) -> None:
        super().__init__(run.id)
        self._run = run

    def total(self) -> int:
        """As the plan counted those that it could read."""
        from workers.actions import rejects

        return self._run.excluded - rejects.unread(self._run)

    def remark(self) -> str:
        """What is not among them."""
        from workers.actions import rejects

        unread = rejects.unread(self._run)
        return f", and {many(unread, 'line')} that could not be read" if unread else ""

    def rows(self) -> list[Row]:
        """In the order of the segments."""
        from workers.actions import rejects

        found = rejects.excluded(
            self.segport.desk(), self._run_id, limit=MOST, revealed=self.revealed
        )
        return [
            Row(
                str(n),
                (left.segment, number(left.row), left.address or "-", left.reason),
                {1: left.row},
            )
            for n, left in enumerate(found)
        ]
