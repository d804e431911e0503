"""Exports: the list."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType

from tui.screens.listing import Listing
from tui.widgets.state import state_text
from tui.widgets.table import Column, Row
from tui.words import moment

if TYPE_CHECKING:
    from workers.actions.exports import ExportLine


class ExportsScreen(Listing):
    """What is sent where, and how the last run of it went."""

    MODE = "exports"
    ONE = "export"
    PURPOSE = (
        "An export says which segments go to which connection, and which column feeds which "
        "field. Saving one never runs it. p works out what a run would send; r starts a run."
    )
    EMPTY = (
        "No exports yet.\n\nAn export sends segments to a connection. "
        "Press n to make one.\n(It takes a connection first: press 2.)"
    )
    COLUMNS: ClassVar = [
        Column("Export", 12, stretch=2),
        Column("Connection", 10, stretch=1),
        Column("Segments", 10, stretch=1),
        Column("Last run", 12),
        Column("State", 22),
        Column("You may", 11, wide_only=True),
    ]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "new", "New", id="exports.new"),
        Binding("p", "plan", "Plan", id="exports.plan"),
        Binding("r", "run", "Run", id="exports.run"),
        Binding("s", "schedule", "Schedule", id="exports.schedule",
                tooltip="When it runs by itself: this one, or all marked ones."),
        Binding("S", "refresh", "Refresh", show=False, id="exports.refresh",
                tooltip="When all exports run that have no schedule of their own."),
    ]  # fmt: skip

    def rows(self) -> list[Row]:
        """Every export and its last run."""
        from workers.actions import exports

        return [_row(line) for line in exports.listed(self.segport.desk())]

    def journal_changed(self) -> None:
        """A run has moved on."""
        self.reload()

    def open(self, key: str) -> None:
        """Edit it."""
        from tui.screens.export_form import ExportForm

        self.app.push_screen(ExportForm(key))

    def action_new(self) -> None:
        """Make one."""
        from tui.screens.export_form import ExportForm

        self.app.push_screen(ExportForm(None))

    def action_plan(self) -> None:
        """Look at what a run would send."""
        from tui.screens.plan import PlanScreen

        if self.table.chosen is not None:
            self.app.push_screen(PlanScreen(self.table.chosen))

    def action_run(self) -> None:
        """Ask, then start."""
        from tui.screens.starting import start

        if self.table.chosen is not None:
            start(self, self.table.chosen)

    def action_schedule(self) -> None:
        """When it runs by itself."""
        from tui.screens.schedule import ScheduleForm

        if self.table.targets:
            self.app.push_screen(ScheduleForm(self.table.targets))

    def action_refresh(self) -> None:
        """When the exports run that have no schedule of their own."""
        from tui.screens.refresh import RefreshForm

        self.app.push_screen(RefreshForm())


def _several(names: list[str]) -> str:
    """The first name, and how many more."""
    more = f" +{len(names) - 1}" if len(names) > 1 else ""
    return f"{names[0]}{more}" if names else "-"


def _row(line: ExportLine) -> Row:
    may = "change, run" if line.may_change else "look"
    if line.broken:
        broken = Text("broken", style="bold red")
        return Row(line.slug, (line.name, line.connection or "-", "-", "enter: why", broken, may))
    last = line.last
    return Row(
        line.slug,
        (
            line.name,
            line.connection or "detached",
            _several(line.segments),
            moment(last.asked_at) if last else "never",
            state_text(last.state) if last else "-",
            may,
        ),
        {3: last.asked_at if last else None},
    )
