"""Who the destination refused in a run, and its words for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from tui.screens.listing import Listing
from tui.widgets.table import Column, Row
from tui.words import number

if TYPE_CHECKING:
    from workers.actions.rejects import RejectedRow


class RejectsScreen(Listing):
    """The first thousand; the command line gives them all."""

    MODE = "runs"
    ONE = "rejected contact"
    PURPOSE = (
        "Contacts that the destination refused in this run, with its words for it. "
        "`segport run rejects` writes all of them to a file."
    )
    EMPTY = "No contact of this run was refused, or it is no longer kept who was."
    COLUMNS: ClassVar = [
        Column("Segment", 12, stretch=1),
        Column("Row", 8, right=True),
        Column("Email", 18, stretch=2),
        Column("Status", 6, right=True),
        Column("Reason", 16, stretch=2),
    ]

    def __init__(self, run_id: int) -> None:
        super().__init__()
        self._run_id = run_id

    def rows(self) -> list[Row]:
        """The rejects of the run."""
        from workers.actions import rejects

        found = rejects.rejected(self.segport.desk(), self._run_id, limit=1000)
        return [_row(n, reject) for n, reject in enumerate(found)]


def _row(n: int, reject: RejectedRow) -> Row:
    return Row(
        str(n),
        (
            reject.segment,
            number(reject.row),
            reject.email,
            str(reject.status or "-"),
            reject.words or reject.reason,
        ),
    )
