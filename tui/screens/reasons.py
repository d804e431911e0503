"""The rejects of a run by what was wrong: how many, in which words, and what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType

from tui.screens.listing import Listing
from tui.text import safe_content
from tui.widgets.columns import Column
from tui.widgets.static import Static
from tui.widgets.table import Row
from tui.words.figures import many, number

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.widgets import DataTable

    from workers.actions.rejects import RejectGroup


class ReasonsScreen(Listing):
    """One line for all that were told the same; enter shows who they are."""

    MODE = "runs"
    ONE = "reason"
    PURPOSE = (
        "Contacts that the destination refused in this run, put together by what was wrong and "
        "what it said. What to do stands below the list. enter shows who they are; {reasons.retry} sends all of "
        "them again in a new run, once what was wrong is mended."
    )
    EMPTY = "Whom this run got rejected, and why, is no longer kept."
    COLUMNS: ClassVar = [
        Column("Contacts", 10, right=True),
        Column("What was wrong", 23),
        Column("Status", 6, right=True, gives_way=1),
        Column("In its words", 24, stretch=1, most=60),
    ]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("t", "retry", "Retry all", id="reasons.retry",
                tooltip="A new run that sends only what this one got rejected."),
    ]  # fmt: skip
    DEFAULT_CSS = "ReasonsScreen .advice { height: auto; max-height: 3; padding: 0 1; }"

    def __init__(self, run_id: int) -> None:
        super().__init__()
        self._run_id = run_id
        self._groups: list[RejectGroup] = []
        self._ended = False

    @property
    def place(self) -> str:
        """Of which run."""
        return f"Run {self._run_id} > Rejects"

    def compose(self) -> ComposeResult:
        """A list, and below it what to do about the line under the cursor."""
        for part in super().compose():
            yield part
            if "empty" in part.classes:
                yield Static("", classes="advice", markup=False)

    def rows(self) -> list[Row]:
        """A row a reason."""
        from workers.actions import rejects, runs

        self._ended = not runs.load(self.segport.desk(), self._run_id).active
        self._groups = rejects.by_reason(self.segport.desk(), self._run_id)
        return [_row(n, group) for n, group in enumerate(self._groups)]

    def show_rows(self, rows: list[Row]) -> None:
        """Show them, and the advice for the first."""
        super().show_rows(rows)
        self._advise()
        self.refresh_bindings()

    def _head(self) -> None:
        super()._head()
        contacts = sum(group.contacts for group in self._groups)
        told = f"run {self._run_id}: {many(contacts, 'contact')} rejected"
        self.heading(f"{told}, {many(len(self._groups), self.ONE)}")

    def on_data_table_row_highlighted(self, event: DataTable.RowHighlighted) -> None:
        """Another reason, another advice."""
        event.stop()
        self._advise()

    def _advise(self) -> None:
        group = self._chosen
        words = safe_content(f"{group.wrong}: {group.advice}" if group else "")
        line = self.query_one(".advice", Static)
        if line.content != words:
            line.update(words)

    @property
    def _chosen(self) -> RejectGroup | None:
        place = -1 if self.table.chosen is None else int(self.table.chosen)
        return self._groups[place] if 0 <= place < len(self._groups) else None

    def open(self, key: str) -> None:
        """Show who they are."""
        from tui.screens.rejects import RejectsScreen

        self.app.push_screen(RejectsScreen(self._run_id, self._groups[int(key)]))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """There must be somebody to send again, and nobody at it any more."""
        if action == "retry":
            return self._ended and bool(self._groups)
        return super().check_action(action, parameters)

    def action_retry(self) -> None:
        """As on the run's own screen."""
        from tui.screens.run_acts import ask_to_retry

        ask_to_retry(self, self._run_id, sum(group.contacts for group in self._groups))


def _row(n: int, group: RejectGroup) -> Row:
    return Row(
        str(n),
        (number(group.contacts), group.wrong, str(group.status or "-"), group.words),
    )
