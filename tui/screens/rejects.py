"""Who the destination refused in a run for one reason, and its words for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from textual.binding import Binding, BindingType

from tui.screens.listing import Listing
from tui.widgets.table import MOST_ROWS, Column, Row
from tui.words.figures import many, number

if TYPE_CHECKING:
    from workers.actions.rejects import RejectedRow, RejectGroup

_MOST: Final = MOST_ROWS


class RejectsScreen(Listing):
    """The first thousand; the command line gives them all."""

    MODE = "runs"
    ONE = "rejected contact"
    PURPOSE = (
        "Contacts that the destination refused in this run, with its words for it. Addresses are "
        "masked until v shows them, which is written down. `segport run rejects` writes all of "
        "them to a file."
    )
    EMPTY = "No contact of this run was refused, or it is no longer kept who was."
    COLUMNS: ClassVar = [
        Column("Segment", 12, stretch=1),
        Column("Row", 8, right=True),
        Column("Email", 18, stretch=2),
        Column("Status", 6, right=True),
        Column("Reason", 16, stretch=2),
    ]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("v", "reveal", "Reveal", id="rejects.reveal",
                tooltip="Show addresses as they are; it is written down who asked."),
    ]  # fmt: skip

    def __init__(self, run_id: int, group: RejectGroup) -> None:
        super().__init__()
        self._run_id = run_id
        self._group = group
        self._revealed = False

    def rows(self) -> list[Row]:
        """The rejects of the run that were told this."""
        from workers.actions import rejects

        found = rejects.rejected(
            self.segport.desk(),
            self._run_id,
            limit=_MOST,
            told=self._group,
            revealed=self._revealed,
        )
        return [_row(n, reject) for n, reject in enumerate(found)]

    def _head(self) -> None:
        super()._head()
        shown = many(self._group.contacts, self.ONE)
        if self._group.contacts > _MOST:
            shown = f"the first {number(_MOST)} of {shown}"
        self.heading(f"run {self._run_id}: {shown}, {self._group.wrong}")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Addresses are revealed once."""
        if action == "reveal":
            return not self._revealed
        return super().check_action(action, parameters)

    def action_reveal(self) -> None:
        """Show addresses as they are."""
        from workers.actions import looking

        def show(_: None) -> None:
            self._revealed = True
            self.refresh_bindings()
            self.reload()

        subject = f"run {self._run_id}, rejects"
        self.ask(lambda: looking.reveal(self.segport.desk(), subject), show, group="reveal")


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
