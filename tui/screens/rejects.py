"""Who the destination refused in a run for one reason, and its words for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType

from tui.screens.people_of_run import MOST, PeopleOfRun
from tui.widgets.columns import Column
from tui.widgets.table import Row
from tui.words.figures import number

if TYPE_CHECKING:
    from workers.actions.rejects import RejectedRow, RejectGroup


class RejectsScreen(PeopleOfRun):
    """Those of one reason."""

    REVEALS = "rejects.reveal"
    SEEN = "rejects"
    ONE = "rejected contact"
    PURPOSE = (
        "Contacts that the destination refused in this run, with its words for it. Addresses are "
        "masked until {rejects.reveal} shows them, which is written down; once more "
        "masks them; while they are shown, {app.why} asks about the one under the cursor. `segport "
        "run rejects` writes all of them to a file."
    )
    EMPTY = "No contact of this run was refused, or it is no longer kept who was."
    COLUMNS: ClassVar = [
        Column("Segment", 10, stretch=1, most=20),
        Column("Row", 9, right=True),
        Column("Email", 16, stretch=2),
        Column("Status", 6, right=True, gives_way=1),
        Column("Reason", 16, stretch=2, most=40),
    ]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("v", "reveal", "Reveal", id="rejects.reveal",
                tooltip="Addresses as they are, or masked again; it is written down who asked."),
    ]  # fmt: skip

    def __init__(self, run_id: int, group: RejectGroup) -> None:
        super().__init__(run_id)
        self._group = group
        # Those of the lines, while they are shown in clear.
        self._clear: list[str] = []

    @property
    def person(self) -> str:
        """Whom the destination refused."""
        place = -1 if self.table.chosen is None else int(self.table.chosen)
        return self._clear[place] if self.revealed and 0 <= place < len(self._clear) else ""

    def total(self) -> int:
        """Of this reason."""
        return self._group.contacts

    def remark(self) -> str:
        """The reason."""
        return f", {self._group.wrong}"

    def rows(self) -> list[Row]:
        """The rejects of the run that were told this."""
        from workers.actions import rejects

        revealed = self.revealed
        found = rejects.rejected(
            self.segport.desk(), self._run_id, limit=MOST, told=self._group, revealed=revealed
        )
        self._clear = [reject.email for reject in found] if revealed else []
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
        {1: reject.row},
    )
