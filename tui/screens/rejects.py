"""Who the destination refused in a run for one reason, and its words for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from textual.binding import Binding, BindingType

from tui.screens.base import Revealing
from tui.screens.listing import Listing
from tui.widgets.columns import Column
from tui.widgets.table import MOST_ROWS, Row
from tui.words.figures import many, number

if TYPE_CHECKING:
    from workers.actions.rejects import RejectedRow, RejectGroup

_MOST: Final = MOST_ROWS


class RejectsScreen(Listing, Revealing):
    """The first thousand; the command line gives them all."""

    MODE = "runs"
    REVEALS = "rejects.reveal"
    ONE = "rejected contact"
    PURPOSE = (
        "Contacts that the destination refused in this run, with its words for it. Addresses are "
        "masked until {rejects.reveal} shows them, which is written down; once more masks them. `segport run rejects` writes all of "
        "them to a file."
    )
    EMPTY = "No contact of this run was refused, or it is no longer kept who was."
    ON_A_LINE = frozenset({"reveal"})
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
        super().__init__()
        self._run_id = run_id
        self._group = group

    @property
    def place(self) -> str:
        """Of which run."""
        return f"Run {self._run_id} > Rejects"

    def rows(self) -> list[Row]:
        """The rejects of the run that were told this."""
        from workers.actions import rejects

        found = rejects.rejected(
            self.segport.desk(),
            self._run_id,
            limit=_MOST,
            told=self._group,
            revealed=self.revealed,
        )
        return [_row(n, reject) for n, reject in enumerate(found)]

    def _head(self) -> None:
        super()._head()
        shown = many(self._group.contacts, self.ONE)
        if self._group.contacts > _MOST:
            shown = f"the first {number(_MOST)} of {shown}"
        self.heading(f"run {self._run_id}: {shown}, {self._group.wrong}; {self.mask_words}")

    def show_values(self, *, revealed: bool) -> None:
        """Read them again; to see them in clear is asked for each time."""
        from workers.actions import looking

        def ask() -> None:
            if revealed:
                looking.reveal(self.segport.desk(), f"run {self._run_id}, rejects")

        def show(_: None) -> None:
            self.now_shown(revealed=revealed)
            self.reload()

        self.ask(ask, show, group="reveal")


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
