"""Connections: the list."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType

from tui.screens.listing import Listing
from tui.widgets.table import Column, Row
from tui.words import joined

if TYPE_CHECKING:
    from workers.actions.connections import ConnectionLine
    from workers.destinations.base import ConnectReport


class ConnectionsScreen(Listing):
    """Accounts at the service, and whether each may be used."""

    MODE = "connections"
    ONE = "connection"
    PURPOSE = (
        "A connection is a named account at Autopilot, with its key, who may use it, and the "
        "consent to send data there. t calls the service and says what it finds."
    )
    EMPTY = (
        "No connections yet, or none that you may use.\n\nA connection is a named account at Autopilot: its API key, who "
        "may use it,\nand your consent to send data there. Press n to add one."
    )
    COLUMNS: ClassVar = [
        Column("Connection", 16, stretch=2),
        Column("Account", 14, stretch=2),
        Column("Usable by", 14),
        Column("Consent", 9),
        Column("Key from", 10, stretch=1),
        Column("Used by", 12, stretch=1, wide_only=True),
    ]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "new", "New", id="connections.new"),
        Binding("t", "test", "Test", id="connections.test"),
    ]

    def rows(self) -> list[Row]:
        """Every connection, as far as this operator may see it."""
        from workers.actions import connections

        return [_row(line) for line in connections.listed(self.segport.desk())]

    def open(self, key: str) -> None:
        """Edit it."""
        from tui.screens.connection_form import ConnectionForm

        self.app.push_screen(ConnectionForm(key))

    def action_new(self) -> None:
        """Add one."""
        from tui.screens.connection_form import ConnectionForm

        self.app.push_screen(ConnectionForm(None))

    def action_test(self) -> None:
        """Call the service with the kept key."""
        slug = self.table.chosen
        if slug is None:
            return
        self.say("Calling the service...")

        async def work() -> ConnectReport:
            from workers.actions import connections

            return await connections.test(self.segport.desk(), slug)

        self.ask_async(work, lambda report: self.say(found(report)), group="test")


def found(report: ConnectReport) -> str:
    """What the service answered."""
    lists = "1 list" if report.lists == 1 else f"{report.lists:,} lists"
    return f"Connected: {report.account.name} ({report.account.email}), {lists}."


def _row(line: ConnectionLine) -> Row:
    if line.broken:
        broken = Text("broken", style="bold red")
        return Row(line.slug, (line.name, "-", "-", broken, "enter: why", joined(line.exports)))
    if line.usable_by is None:
        # A contributor sees that there is one, and no more.
        return Row(line.slug, (line.name, "-", "-", "-", "-", joined(line.exports)))
    return Row(
        line.slug,
        (
            line.name,
            line.account or "-",
            line.usable_by,
            "agreed" if line.consent else Text("none", style="bold yellow"),
            line.key_source or Text("no key", style="bold yellow"),
            joined(line.exports),
        ),
    )
