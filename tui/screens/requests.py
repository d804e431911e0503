"""The requests of a run, newest first: number, attempt, fate, status, milliseconds, contacts."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from rich.text import Text
from textual.binding import Binding, BindingType

from store.journal.delivery import Fate
from tui.colours import CAUTION, LIVE, QUIET, WARNING
from tui.screens.paged import Paged
from tui.widgets.columns import Column
from tui.widgets.table import Row, Table
from tui.words import request as words
from tui.words.figures import clock, many, number

if TYPE_CHECKING:
    from workers.actions.requests import Told

PAGE: Final = 200
_STYLES: Final = {
    Fate.SENDING: LIVE,
    Fate.REFUSED: CAUTION,
    Fate.UNKNOWN: WARNING,
    Fate.NOT_SENT: QUIET,
}


class RequestsScreen(Paged):
    """Follows the run while its first line is chosen; reading further down, it holds still."""

    MODE = "runs"
    ONE = "request"
    PURPOSE = (
        "What left for the destination and what was answered, newest first. A request that is "
        "? unknown left, and no usable answer came: it is sent again, and its contacts count as "
        "possibly repeated. {requests.trouble} shows only what was refused, unknown or not sent; enter opens a "
        "request: what it carried, and what was answered."
    )
    EMPTY = "No request is like that. Press {requests.trouble} for all of them, or {app.back} to go back."
    COLUMNS: ClassVar = [
        Column("No", 7, right=True, usual=5),
        Column("Attempt", 7, right=True, gives_way=2),
        Column("Sent", 8),
        Column("What", 16, usual=9),
        Column("Contacts", 8, right=True),
        Column("State", 10),
        Column("Status", 6, right=True),
        Column("Took", 8, right=True, gives_way=1),
        Column("Answer", 20, stretch=1, gives_way=3),
    ]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("i", "trouble", "Trouble only", id="requests.trouble",
                tooltip="Only those refused, unknown or not sent, or all of them."),
        Binding("m", "older", "Older", id="requests.older", tooltip="The requests before these."),
        Binding("n", "newer", "Newer", id="requests.newer", tooltip="Back towards the newest."),
    ]  # fmt: skip

    def __init__(self, run_id: int) -> None:
        super().__init__()
        self._run_id = run_id
        self._trouble = False

    @property
    def place(self) -> str:
        """Of which run."""
        return f"Run {self._run_id} > Requests"

    def rows(self) -> list[Row]:
        """The requests of this page."""
        from workers.actions import requests

        found = requests.page(
            self.segport.desk(),
            self._run_id,
            before=self.before,
            limit=PAGE,
            trouble=self._trouble,
        )
        self.further = found[0].no if len(found) == PAGE else None
        return [_row(each) for each in reversed(found)]

    def show_rows(self, rows: list[Row]) -> None:
        """Show the page; who reads its first line goes on doing so."""
        at_top = self.table.cursor_row <= 0
        super().show_rows(rows)
        if at_top and rows:
            self.table.move_cursor(row=0, animate=False)
        self._head()

    def _head(self) -> None:
        super()._head()
        heading = f"run {self._run_id}: {many(self.table.total, self.ONE)}"
        if self.table.total == PAGE or self.pages_before:
            heading += " of this page"
        if self._trouble:
            heading += self.keyed(
                ", only those refused, unknown or not sent; {requests.trouble} shows all"
            )
        elif self.pages_before:
            heading += self.keyed("; {requests.newer} turns to newer ones")
        elif self._held:
            heading += self.keyed("; held still, {table.first} goes to the newest", Table)
        if self.table.needle:
            heading += f', filter "{self.table.needle}"'
        self.heading(heading)

    @property
    def _held(self) -> bool:
        """Whether somebody reads further down, and is not to be disturbed."""
        return self.pages_before > 0 or self.table.cursor_row > 0

    def journal_changed(self) -> None:
        """More have left, or were answered."""
        if not self._held:
            self.look_again()
        else:
            self._head()

    def open(self, key: str) -> None:
        """Show what it carried, and what was answered."""
        from tui.screens.request import RequestScreen

        self.app.push_screen(RequestScreen(self._run_id, int(key)))

    def action_trouble(self) -> None:
        """Only what was not simply answered, or all."""
        self._trouble = not self._trouble
        self.to_newest()
        self.turned()


def _row(request: Told) -> Row:
    return Row(
        str(request.no),
        (
            number(request.no),
            str(request.attempt),
            clock(request.sent_at),
            request.what,
            number(request.contacts),
            Text(words.MARKS[request.state], style=_STYLES.get(request.state, "")),
            str(request.status or "-"),
            words.took(request.ms),
            request.words,
        ),
        {2: request.sent_at, 7: request.ms},
    )
