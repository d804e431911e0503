"""Alerts: what is the matter with which export, since when, and whether somebody has been told."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.widgets import DataTable, Input

from store.errors import UsageError
from tui.colours import ERROR, QUIET
from tui.screens.listing import Listing
from tui.screens.pick import Pick
from tui.text import safe, safe_content
from tui.widgets.columns import Column
from tui.widgets.static import Static
from tui.widgets.table import Row
from tui.words.figures import many, moment, number

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from store.journal.alerts import Alert
    from workers.actions.alerts import Way


class AlertsScreen(Listing):
    """Open ones first; those that are over stay to be read."""

    MODE = "alerts"
    SHOWS = "alerts"
    ONE = "alert"
    PURPOSE = (
        "An alert is told once when something changes, and once more when it is over: a run failed "
        "or was stopped by a guard, many rejects, it did not start, slower than usual. Many rejects "
        "are over once these people are accepted, or you take them as known with "
        "{alerts.acknowledge}. {alerts.edit} says who is told, {alerts.test} sends a test."
    )
    EMPTY = (
        "Nothing is the matter.\n\nWhen a run fails, waits for approval, does not start or is "
        "slower than usual, it is shown here and told to whom you choose.\n"
        "Press {alerts.edit} to choose."
    )
    COLUMNS: ClassVar = [
        Column("Export", 12, stretch=1),
        Column("Alert", 15),
        Column("Since", 12),
        Column("Over", 12, gives_way=1),
        Column("Found", 5, right=True, gives_way=2),
        Column("What", 30, stretch=3, gives_way=3),
    ]
    DEFAULT_CSS = """
    AlertsScreen .what { height: auto; max-height: 6; padding: 0 1; border-top: solid $primary; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "acknowledge", "Acknowledge", id="alerts.acknowledge",
                tooltip="Take it as known: it is over, until the same is found again."),
        Binding("e", "edit", "Who is told", id="alerts.edit",
                tooltip="By mail, webhook or command, and of what."),
        Binding("t", "test", "Test", id="alerts.test",
                tooltip="Send a test by mail, webhook or command."),
    ]  # fmt: skip

    ON_A_LINE = frozenset({"acknowledge"})

    def __init__(self) -> None:
        super().__init__()
        self._found: dict[str, Alert] = {}
        self._open = 0

    def rows(self) -> list[Row]:
        """The newest alerts, the open ones first."""
        from workers.actions import alerts

        found = alerts.recent(self.segport.desk())
        found.sort(key=lambda alert: alert.closed_at is not None)
        self._found = {str(alert.id): alert for alert in found}
        return [_row(alert) for alert in found]

    def compose(self) -> ComposeResult:
        """A list with what there is to say about the one under the cursor."""
        for part in super().compose():
            if isinstance(part, Input):
                yield Static("", classes="what", markup=False)
            yield part

    def show_rows(self, rows: list[Row]) -> None:
        """Show rows, and what there is to say of the chosen one."""
        before = self._open
        self._open = sum(alert.closed_at is None for alert in self._found.values())
        super().show_rows(rows)
        self._show_what()
        if bool(before) != bool(self._open):
            self.refresh_bindings()

    def counted(self) -> str:
        """How many of them are open, too."""
        if not self.table.total:
            return super().counted()
        return f"{super().counted()}, {number(self._open) if self._open else 'none'} open"

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Nothing that is over is taken as known."""
        if action == "acknowledge" and not self._open:
            return False
        return super().check_action(action, parameters)

    def on_data_table_row_highlighted(self, event: DataTable.RowHighlighted) -> None:
        """Another one is under the cursor."""
        event.stop()
        self._show_what()

    def _show_what(self) -> None:
        alert = self._found.get(self.table.chosen or "")
        what = self.query_one(".what", Static)
        what.display = alert is not None
        what.update(safe_content(_told(alert) if alert else ""))

    def journal_changed(self) -> None:
        """Something opened or is over."""
        self.look_again()

    def open(self, key: str) -> None:
        """Show the run that it was found in; without one, what there is to say."""
        alert = self._found[key]
        if alert.run_id is None:
            self.say(alert.text)
            return
        from tui.screens.run import RunScreen

        self.app.push_screen(RunScreen(alert.run_id))

    def action_acknowledge(self) -> None:
        """Take those that are marked, or the one under the cursor, as known."""
        chosen = [self._found[key] for key in self.table.targets]
        open_ones = [alert for alert in chosen if alert.closed_at is None]
        if not open_ones:
            self.say("It is over already.")
            return

        def work() -> None:
            from workers.actions import alerts

            for alert in open_ones:
                alerts.acknowledge(self.segport.desk(), alert.export_slug, alert.kind)

        def done(_: None) -> None:
            self.say(f"Acknowledged {many(len(open_ones), 'alert')}.")
            self.table.unmark()
            self.reload()

        self.ask(work, done, group="deed")

    def action_edit(self) -> None:
        """Say who is told, and of what."""
        from tui.screens.alert_form import AlertForm

        self.if_may(
            "administrator",
            "to change the alerts",
            lambda: self.app.push_screen(AlertForm()),
        )

    def action_test(self) -> None:
        """Choose a way, and send a test by it."""

        def work() -> list[Way]:
            from workers.actions import alerts

            return [way for way in alerts.ways(self.segport.desk()) if way.where]

        self.ask(work, self._choose, group="ways")

    def _choose(self, ways: list[Way]) -> None:
        if not ways:
            hint = self.keyed("Press {alerts.edit} to set one up.")
            self.problem(UsageError("No way of telling is set up.", hint))
            return

        def picked(place: int | None) -> None:
            if place is not None:
                self._test(ways[place].name)

        shown = [f"{way.name}: {way.where}{' (' + way.trouble + ')' if way.trouble else ''}"
                 for way in ways]  # fmt: skip
        self.put(Pick("Send a test", shown), picked)

    def _test(self, name: str) -> None:
        def work() -> None:
            from workers.actions import alerts

            alerts.test(self.segport.desk(), name)

        self.say(f"Sending a test by {name}.")
        self.ask(work, lambda _: self.say(f"The test by {name} got through."), group="test")


def _told(alert: Alert) -> str:
    untold = f" {many(alert.untold, 'message')} could not be delivered." if alert.untold else ""
    return f"{alert.text}{untold}"


def _row(alert: Alert) -> Row:
    is_open = alert.closed_at is None
    return Row(
        str(alert.id),
        (
            alert.export_name,
            Text(safe(alert.kind), style=ERROR if is_open else QUIET),
            moment(alert.opened_at),
            moment(alert.closed_at) if alert.closed_at else "open",
            number(alert.runs),
            _told(alert),
        ),
        {2: alert.opened_at, 3: alert.closed_at},
    )
