"""Alerts: what is the matter with which export, since when, and whether somebody has been told."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType

from store.errors import UsageError
from tui.screens.listing import Listing
from tui.screens.pick import Pick
from tui.widgets.table import Column, Row
from tui.words import moment, number

if TYPE_CHECKING:
    from store.journal.alerts import Alert
    from workers.actions.alerts import Way


class AlertsScreen(Listing):
    """Open ones first; those that are over stay to be read."""

    MODE = "exports"
    ONE = "alert"
    PURPOSE = (
        "An alert is told once when something changes, and once more when it is over: a run failed "
        "or was stopped by a guard, many rejects, it did not start, slower than usual. Who is told "
        "is set by segport alert set; t sends a test."
    )
    EMPTY = (
        "Nothing is the matter.\n\nWhen a run fails, waits for approval, does not start or is "
        "slower than usual, it is shown here and told to those named by `segport alert set`.\n"
        "Press t to test that."
    )
    COLUMNS: ClassVar = [
        Column("Export", 12, stretch=1),
        Column("Alert", 15),
        Column("Since", 12),
        Column("Over", 12),
        Column("Found", 5, right=True),
        Column("What", 10, stretch=3),
    ]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("t", "test", "Test", id="alerts.test",
                tooltip="Send a test by mail, webhook or command."),
    ]  # fmt: skip

    def __init__(self) -> None:
        super().__init__()
        self._found: dict[str, Alert] = {}

    def rows(self) -> list[Row]:
        """The newest alerts, the open ones first."""
        from workers.actions import alerts

        found = alerts.recent(self.segport.desk())
        found.sort(key=lambda alert: alert.closed_at is not None)
        self._found = {str(alert.id): alert for alert in found}
        return [_row(alert) for alert in found]

    def journal_changed(self) -> None:
        """Something opened or is over."""
        self.reload()

    def open(self, key: str) -> None:
        """Show the run that it was found in; without one, what there is to say."""
        alert = self._found[key]
        if alert.run_id is None:
            self.say(alert.text)
            return
        from tui.screens.run import RunScreen

        self.app.push_screen(RunScreen(alert.run_id))

    def action_test(self) -> None:
        """Choose a way, and send a test by it."""

        def work() -> list[Way]:
            from workers.actions import alerts

            return [way for way in alerts.ways(self.segport.desk()) if way.where]

        self.ask(work, self._choose, group="ways")

    def _choose(self, ways: list[Way]) -> None:
        if not ways:
            self.problem(
                UsageError("No way of telling is set up.", "See `segport alert set --help`.")
            )
            return

        def picked(place: int | None) -> None:
            if place is not None:
                self._test(ways[place].name)

        shown = [f"{way.name}: {way.where}{' (' + way.trouble + ')' if way.trouble else ''}"
                 for way in ways]  # fmt: skip
        self.app.push_screen(Pick("Send a test", shown), picked)

    def _test(self, name: str) -> None:
        def work() -> None:
            from workers.actions import alerts

            alerts.test(self.segport.desk(), name)

        self.say(f"Sending a test by {name}.")
        self.ask(work, lambda _: self.say(f"The test by {name} got through."), group="test")


def _row(alert: Alert) -> Row:
    is_open = alert.closed_at is None
    text = f"(not told) {alert.text}" if is_open and alert.untold else alert.text
    return Row(
        str(alert.id),
        (
            alert.export_name,
            Text(alert.kind, style="bold red" if is_open else "dim"),
            moment(alert.opened_at),
            moment(alert.closed_at) if alert.closed_at else "open",
            number(alert.runs),
            text,
        ),
        {2: alert.opened_at, 3: alert.closed_at},
    )
