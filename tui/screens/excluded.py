"""Which rows the plan of a run took out, and why."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType

from tui.screens.people_of_run import MOST, PeopleOfRun
from tui.widgets.columns import Column
from tui.widgets.table import Row
from tui.words.figures import number


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
    EMPTY = "No row of this run was excluded, or it is no longer kept which."
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

    def __init__(self, run_id: int, excluded: int) -> None:
        super().__init__(run_id)
        self._excluded = excluded

    def total(self) -> int:
        """As the plan counted them."""
        return self._excluded

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
