"""Connections: the list, and everything that a connection can do."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import DataTable, Input

from tui.colours import ERROR, WARNING
from tui.screens import connection_deeds as deeds
from tui.screens.listing import Listing
from tui.widgets.cells import Cell
from tui.widgets.columns import Column
from tui.widgets.connection_detail import ConnectionDetail
from tui.widgets.static import Static
from tui.widgets.table import Row
from tui.words.figures import joined, moment

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from workers.actions.connections import ConnectionLine


_PLACES: Final = {
    "file ": "file",
    "environment variable ": "variable",
    "key command ": "command",
    "credential ": "credential",
    "keyring": "keyring",
}


class ConnectionsScreen(Listing):
    """Accounts at the service, and whether each may be used."""

    MODE = "connections"
    PLACE = ""
    ONE = "connection"
    PURPOSE = (
        "A connection is a named account at Autopilot, with its key, who may use it, and the "
        "consent to send data there. {connections.test} calls the service and says what it finds. Consent can be "
        "withdrawn at any time: what runs stops after its requests in flight."
    )
    EMPTY = (
        "No connections yet.\n\nA connection is a named account at Autopilot: its API key, who may "
        "use it,\nand your consent to send data there. Press {connections.new} to add one."
    )
    # What there is may not be shared with this operator, and they cannot add one.
    NONE_SHARED = (
        "No connections yet, or none that is shared with you.\n\nA connection is a named account "
        "at Autopilot: its API key, who may use it,\nand the consent to send data there. An administrator "
        "adds it and says\nwho can use it."
    )
    COLUMNS: ClassVar = [
        Column("Connection", 14, stretch=2),
        Column("Type", 9, gives_way=5),
        Column("Created", 12, gives_way=7),
        Column("Account", 16, stretch=2, gives_way=4),
        Column("Usable by", 14, gives_way=2),
        Column("Consent", 7),
        Column("Last reached", 12, gives_way=1),
        Column("Used by", 10, stretch=2, most=16),
        Column("Key from", 10, gives_way=6),
    ]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "new", "New", id="connections.new"),
        Binding("t", "test", "Test", id="connections.test",
                tooltip="Call the service with the key that is kept."),
        Binding("u", "key", "New key", id="connections.key",
                tooltip="Replace the key, once the service has answered to the new one."),
        Binding("a", "consent", "Consent", id="connections.consent",
                tooltip="Read the statement, who agreed and when; withdraw it, or agree again."),
        Binding("x", "remove", "Remove", id="connections.remove",
                tooltip="With its key; each export that uses it is detached or removed too."),
    ]  # fmt: skip

    ON_A_LINE = frozenset({"test", "key", "consent", "remove"})

    def __init__(self) -> None:
        super().__init__()
        self.lines: dict[str, ConnectionLine] = {}
        self._may_add = True

    def compose(self) -> ComposeResult:
        """A list with a few lines about the one under the cursor."""
        for part in super().compose():
            if isinstance(part, Input):
                yield ConnectionDetail()
            yield part

    @property
    def chosen(self) -> ConnectionLine | None:
        """The connection under the cursor."""
        return self.lines.get(self.table.chosen or "")

    def rows(self) -> list[Row]:
        """Every connection, as far as this operator may see it."""
        from workers.actions import connections

        desk = self.segport.desk()
        found = connections.listed(desk)
        self._may_add = desk.is_administrator
        self.lines = {line.slug: line for line in found}
        return [_row(line) for line in found]

    def show_rows(self, rows: list[Row]) -> None:
        """Show rows, and what there is to say of the chosen one."""
        super().show_rows(rows)
        if not rows:
            words = self.EMPTY if self._may_add else self.NONE_SHARED
            self.query_one(".empty", Static).update(Content(self.keyed(words)))
        self._show_detail()

    def on_data_table_row_highlighted(self, event: DataTable.RowHighlighted) -> None:
        """Another one is under the cursor."""
        event.stop()
        self._show_detail()

    def _show_detail(self) -> None:
        self.query_one(ConnectionDetail).tell(self.chosen)

    def open(self, key: str) -> None:
        """Edit it."""
        self.if_may("administrator", "to open a connection", lambda: self._form(key))

    def action_new(self) -> None:
        """Add one."""
        self.if_may("administrator", "to make a connection", lambda: self._form(None))

    def action_test(self) -> None:
        """Call the service with the kept key."""
        if self.chosen is not None:
            deeds.test(self, self.chosen)

    def action_key(self) -> None:
        """Replace the key."""
        slug = self.chosen
        if slug is not None:
            to = "to replace a key"
            self.if_may("administrator", to, lambda: deeds.replace_key(self, slug))

    def action_consent(self) -> None:
        """Read the statement; withdraw or agree."""
        line = self.chosen
        if line is not None:
            # To others it would look as if nobody had agreed.
            to = "to see and change the consent"
            self.if_may("administrator", to, lambda: deeds.consent(self, line))

    def action_remove(self) -> None:
        """Remove it, with a choice for each export that uses it."""
        if self.chosen is not None:
            deeds.remove(self, self.chosen)

    def _form(self, slug: str | None) -> None:
        from tui.screens.connection_form import ConnectionForm

        self.app.push_screen(ConnectionForm(slug))


def _place(source: str | None) -> str | None:
    """Where a key comes from in a word or two; the line below the list says it in full."""
    for begin, word in _PLACES.items():
        if source is not None and source.startswith(begin):
            return word
    return source


def _row(line: ConnectionLine) -> Row:
    if line.broken:
        broken = Text("broken", style=ERROR)
        return Row(
            line.slug,
            (line.name, "-", "-", "-", "-", broken, "-", joined(line.exports), "enter: why"),
        )
    if line.usable_by is None:
        # A contributor sees that there is one, and no more.
        return Row(
            line.slug, (line.name, line.type, "-", "-", "-", "-", "-", joined(line.exports), "-")
        )
    none: Cell = Text("none", style=WARNING)
    no_key: Cell = Text("no key", style=WARNING)
    return Row(
        line.slug,
        (
            line.name,
            line.type,
            moment(line.created),
            line.account or "-",
            line.usable_by,
            "agreed" if line.consent else none,
            moment(line.reached) if line.reached else "never",
            joined(line.exports),
            _place(line.key_source) or no_key,
        ),
        {2: line.created.isoformat() if line.created else None, 6: line.reached},
    )
