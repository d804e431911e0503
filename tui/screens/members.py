"""How a segment grew, run by run."""

from __future__ import annotations

from typing import ClassVar

from tui.screens.listing import Listing
from tui.widgets.columns import Column
from tui.widgets.table import Row
from tui.words.figures import number
from tui.words.growth import rows as grown_rows


class MembersScreen(Listing):
    """The rows of a segment in every run that planned it, the newest first."""

    MODE = "segments"
    PLACE = "Growth"
    ONE = "run"
    PURPOSE = (
        "How many rows the segment had in each run that planned it, and how many contacts they "
        "came to. The counts are kept with the run, also when its plan no longer is."
    )
    EMPTY = (
        "No run has planned this segment yet.\n\nPut it into an export ({app.exports}), and run it."
    )
    COLUMNS: ClassVar = [
        Column("Run", 7, right=True),
        Column("When", 12),
        Column("Export", 14, stretch=2),
        Column("Rows", 12, right=True, usual=8),
        Column("Change", 10, right=True, gives_way=1, usual=8),
        Column("Contacts", 12, right=True, usual=8),
    ]

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name_of_segment = name

    def rows(self) -> list[Row]:
        """A line a run."""
        from workers.actions import segments

        found = grown_rows(segments.grown(self.segport.desk(), self._name_of_segment))
        return [
            Row(
                run,
                (run, when, export, number(rows), change, number(contacts)),
                {0: int(run), 1: int(run), 3: rows, 5: contacts},
            )
            for run, when, export, rows, contacts, change in found
        ]

    def open(self, key: str) -> None:
        """Show the run."""
        from tui.screens.run import RunScreen

        self.app.push_screen(RunScreen(int(key)))
