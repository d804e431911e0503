"""Exports: the list, and everything that an export can do."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.widgets import DataTable, Input

from tui.colours import ERROR, WARNING
from tui.screens import export_deeds as deeds
from tui.screens.listing import Listing
from tui.text import safe_lines_content
from tui.widgets.cells import Cell
from tui.widgets.columns import Column
from tui.widgets.export_detail import ExportDetail, did
from tui.widgets.state import state_text
from tui.widgets.static import Static
from tui.widgets.table import Row
from tui.words.exports import you_may
from tui.words.figures import joined, moment, moment_in, number

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from workers.actions.home import HomeLine


class ExportsScreen(Listing):
    """What is sent where, and how the last run of it went."""

    MODE = "exports"
    PLACE = ""
    ONE = "export"
    PURPOSE = (
        "An export says which segments go to which connection, and which column feeds which "
        "field. Saving one never runs it. {exports.plan} works out what a run would send; {exports.run} starts a run. "
        "What a key does, it does to all marked exports, where that makes sense."
    )
    EMPTY = "No exports yet.\n\nAn export sends segments to a connection. Press {exports.new} to make one."
    FIRST = (
        "No exports yet.\n\nAn export sends segments to a connection, and there is no connection "
        "yet.\nPress {app.connections} to add one."
    )
    NONE_SHARED = (
        "No exports yet.\n\nAn export sends segments to a connection, and none is shared with "
        "you:\nan administrator says who can use one."
    )
    COLUMNS: ClassVar = [
        Column("Export", 12, stretch=2, most=30),
        Column("Connection", 9, stretch=1, gives_way=4),
        Column("Type", 9, gives_way=10),
        Column("Segments", 12, stretch=2, gives_way=6),
        Column("Profiles", 10, right=True, gives_way=3, usual=8),
        Column("Schedule", 16, gives_way=2, usual=12),
        Column("Last run", 12, gives_way=1),
        Column("State", 22, usual=14),
        Column("By", 12, gives_way=8),
        Column("It did", 22, stretch=1, gives_way=9),
        Column("Next run", 18, gives_way=5),
        Column("You may", 16, gives_way=7, usual=11),
    ]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "new", "New", id="exports.new"),
        Binding("p", "plan", "Plan", id="exports.plan",
                tooltip="What a run would send. Nothing is sent by looking."),
        Binding("r", "run", "Run", id="exports.run", tooltip="This one, or all marked ones."),
        Binding("s", "schedule", "Schedule", id="exports.schedule",
                tooltip="When it runs by itself: this one, or all marked ones."),
        Binding("l", "last", "Last run", id="exports.last",
                tooltip="Its counts and its log."),
        Binding("z", "pause", "Pause", id="exports.pause",
                tooltip="No schedule starts it, or again; by hand it runs all the same."),
        Binding("c", "connection", "Connection", id="exports.connection",
                tooltip="Attach another one, or detach it: then it keeps all else and waits."),
        Binding("d", "duplicate", "Duplicate", id="exports.duplicate",
                tooltip="A copy that has sent nothing yet, and is paused."),
        Binding("x", "remove", "Remove", id="exports.remove",
                tooltip="Its runs stay in the history; nothing changes at the destination."),
        Binding("f", "forget", "Forget sent", id="exports.reset",
                tooltip="Forget what the destination has; the next run sends everybody as new."),
        Binding("A", "all", "Run all", id="exports.all",
                tooltip="Every export with an active schedule; none that runs only by hand."),
        Binding("S", "refresh", "Refresh", show=False, id="exports.refresh",
                tooltip="When all exports run that have no schedule of their own."),
    ]  # fmt: skip

    ON_A_LINE = frozenset(
        {"plan", "run", "schedule", "pause", "connection", "duplicate", "last", "remove", "forget"}
    )
    ONLY_SEEN = frozenset({"pause"})
    WITH_LINES = Listing.WITH_LINES | {"all"}

    def __init__(self) -> None:
        super().__init__()
        self.lines: dict[str, HomeLine] = {}
        self._connected = True
        self._may_connect = True

    def compose(self) -> ComposeResult:
        """A list with a few lines about the one under the cursor."""
        for part in super().compose():
            if isinstance(part, Input):
                yield ExportDetail()
            yield part

    def rows(self) -> list[Row]:
        """Every export, its last run and its next."""
        from workers.actions import connections, home

        desk = self.segport.desk()
        found = home.listed(desk)
        if not found:
            self._connected = any(line.usable for line in connections.listed(desk))
            self._may_connect = desk.is_administrator
        self.lines = {line.export.slug: line for line in found}
        return [_row(line) for line in found]

    def show_rows(self, rows: list[Row]) -> None:
        """Show rows, and what there is to say of the chosen one."""
        super().show_rows(rows)
        if not rows:
            first = self.FIRST if self._may_connect else self.NONE_SHARED
            words = self.EMPTY if self._connected else first
            self.query_one(".empty", Static).update(safe_lines_content(self.keyed(words)))
        self._show_detail()

    def on_data_table_row_highlighted(self, event: DataTable.RowHighlighted) -> None:
        """Another one is under the cursor."""
        event.stop()
        self._show_detail()

    def _show_detail(self) -> None:
        self.query_one(ExportDetail).tell(self.lines.get(self.table.chosen or ""))

    def journal_changed(self) -> None:
        """A run has moved on."""
        self.look_again()

    def open(self, key: str) -> None:
        """Edit it."""
        from tui.screens.export_form import ExportForm

        self.app.push_screen(ExportForm(key))

    def action_new(self) -> None:
        """Make one."""
        from tui.screens.export_form import ExportForm

        self.if_may(
            "contributor", "to make an export", lambda: self.app.push_screen(ExportForm(None))
        )

    def action_plan(self) -> None:
        """Look at what a run would send."""
        from tui.screens.plan import PlanScreen

        line = self.lines.get(self.table.chosen or "")
        if line is not None:
            self.app.push_screen(PlanScreen(line.export.slug, line.export.name))

    def action_last(self) -> None:
        """Look at its last run."""
        from tui.screens.run import RunScreen

        line = self.lines.get(self.table.chosen or "")
        if line is None:
            return
        if line.export.last is None:
            self.say(f"{line.export.name} never ran.")
        else:
            self.app.push_screen(RunScreen(line.export.last.id))

    def action_run(self) -> None:
        """Ask, then start."""
        targets = self.table.targets
        self.if_may("contributor", "to run an export", lambda: deeds.run(self, targets))

    def action_all(self) -> None:
        """Ask, then start all that run by themselves."""
        self.if_may("contributor", "to run exports", lambda: deeds.run_all(self))

    def action_schedule(self) -> None:
        """When it runs by itself."""
        from tui.screens.schedule import ScheduleForm

        if self.table.targets:
            self.app.push_screen(ScheduleForm(self.table.targets))

    def action_refresh(self) -> None:
        """When the exports run that have no schedule of their own."""
        from tui.screens.refresh import RefreshForm

        self.app.push_screen(RefreshForm())

    def action_pause(self) -> None:
        """Pause, or go on if all of them are paused."""
        deeds.pause(self, self.table.targets)

    def action_connection(self) -> None:
        """Attach or detach."""
        targets = self.table.targets
        self.if_may("contributor", "to attach an export", lambda: deeds.connect(self, targets))

    def action_duplicate(self) -> None:
        """Copy it."""
        slug = self.table.chosen
        if slug is not None:
            self.if_may(
                "contributor", "to duplicate an export", lambda: deeds.duplicate(self, slug)
            )

    def action_remove(self) -> None:
        """Remove it, once its name was typed."""
        targets = self.table.targets
        self.if_may("contributor", "to remove an export", lambda: deeds.remove(self, targets))

    def action_forget(self) -> None:
        """Forget what it has sent, once its name was typed."""
        slug = self.table.chosen
        if slug is not None:
            self.if_may("contributor", "to reset an export", lambda: deeds.forget(self, slug))


def _row(line: HomeLine) -> Row:
    export = line.export
    may = you_may(export)
    if export.broken:
        broken = Text("broken", style=ERROR)
        blank = ("-",) * 5
        return Row(export.slug, (export.name, *blank, "enter: why", broken, "-", "-", "-", may))
    last = export.last
    detached: Cell = Text("no connection", style=WARNING)
    return Row(
        export.slug,
        (
            export.name,
            export.connection or detached,
            export.type or "-",
            joined(export.segments),
            number(export.profiles),
            "paused" if line.paused else line.schedule,
            moment(last.asked_at) if last else "never",
            state_text(last.state) if last else "-",
            last.operator if last else "-",
            did(last) if last else "-",
            moment_in(line.next, line.zone),
            may,
        ),
        {6: last.asked_at if last else None, 10: line.next.isoformat() if line.next else None},
    )
