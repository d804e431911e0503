"""The fields of an export: what is typed and chosen, and at each what is wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Input, Select, Static

from store.errors import UsageError
from store.exports import Export, Guards, new_id
from tui.text import safe_content
from tui.widgets.field import Field
from tui.widgets.limit import Limit
from tui.widgets.marks import Marks
from tui.widgets.matching import Matching
from tui.widgets.safe_input import SafeInput
from tui.words.figures import joined

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from tui.screens.export_known import Known


class Setup(Vertical):
    """Name, connection, segments, total, matching, limits, Save."""

    DEFAULT_CSS = """
    Setup { width: 3fr; overflow-y: auto; }
    Setup Field { padding: 0 1; }
    Setup .fault { height: auto; padding: 0 1 0 19; color: $text-warning; display: none; }
    Setup #now { height: auto; min-height: 2; max-height: 4; padding: 0 1; }
    Setup .last { height: 1; padding: 0 1; }
    Setup #guards { width: 1fr; color: $text-muted; height: 1; }
    """

    def __init__(self, known: Known) -> None:
        super().__init__()
        self._known = known
        self._export = Export(id=new_id(), name="", segments=[], fields={})
        self.guards, self.newest_by = Guards(), self._export.newest_by

    def compose(self) -> ComposeResult:
        """The fields, and under each a line for what is wrong."""
        yield Field("Name", SafeInput(id="name", compact=True))
        yield Static("", id="name-fault", classes="fault", markup=False)
        connection: Select[str] = Select(
            [], prompt="choose a connection", id="connection", compact=True
        )
        yield Field("Connection", connection)
        yield Static("", id="connection-fault", classes="fault", markup=False)
        yield Marks()
        yield Static("", id="segments-fault", classes="fault", markup=False)
        yield Limit()
        yield Matching()
        yield Static("", id="matching-fault", classes="fault", markup=False)
        yield Static("", id="now", markup=False)
        with Horizontal(classes="last"):
            yield Static("", id="guards", markup=False)
            yield Button(safe_content("Save"), id="save", variant="primary", compact=True)

    def fill(self, known: Known) -> None:
        """What there is to choose from, and what the export has already."""
        self._known = known
        connection = self.query_one("#connection", Select)
        document = known.document
        with self.prevent(Input.Changed, Select.Changed):
            connection.set_options((safe_content(name), slug) for name, slug in known.connections)
            if document is not None:
                self._export = export = document.value
                self.guards, self.newest_by = export.guards, export.newest_by
                self.query_one("#name", Input).value = export.name
                if export.connection is not None:
                    connection.value = export.connection
                self.query_one(Matching).fill(export.fields, export.custom_fields)
            elif len(known.connections) == 1:
                connection.value = known.connections[0][1]
        chosen = document.value.segments if document is not None else []
        self.query_one(Marks).fill(known.segments, chosen)
        self.limit(self.guards, self.newest_by)
        self.show_faults()

    def limit(self, guards: Guards, newest_by: str | None) -> None:
        """What a run waits for, and which of several rows of a person wins."""
        self.guards, self.newest_by = guards, newest_by
        bounds = (
            (guards.excluded_percent, "% excluded"),
            (guards.adds, "new"),
            (guards.changes, "changed"),
            (guards.leavers, "who left"),
        )
        above = joined((f"{bound} {what}" for bound, what in bounds if bound != "off"), "nothing")
        words = f"Waits for approval above {above}."
        if newest_by:
            words += f" Greatest {newest_by} wins."
        self.query_one("#guards", Static).update(safe_content(words))

    @property
    def connection_before(self) -> str | None:
        """The connection that the export has in its file."""
        return self._export.connection

    @property
    def title(self) -> str:
        """The name as it is typed."""
        return self.query_one("#name", Input).value.strip()

    def draft(self) -> Export:
        """The export as the fields stand, whether it can be saved or not."""
        connection = self.query_one("#connection", Select)
        matching = self.query_one(Matching)
        return msgspec.structs.replace(
            self._export,
            name=self.title,
            connection=None if connection.is_blank() else str(connection.value),
            segments=self.query_one(Marks).choices,
            fields=dict(matching.fields),
            custom_fields={n: f for n, f in matching.custom.items() if f.column},
            newest_by=self.newest_by,
            guards=self.guards,
        )

    def refuse_incomplete(self) -> None:
        """Say at the field what keeps the export from being saved.

        Raises:
            UsageError: the same.
        """
        fault = self._name_fault(required=True)
        if fault:
            self.show_fault("name", fault)
            raise UsageError(fault)
        if self._known.document is None and self.query_one("#connection", Select).is_blank():
            self.show_fault("connection", "Choose one.")
            raise UsageError("No connection is chosen.", "Choose one.")
        if not self.query_one(Marks).choices:
            self.show_fault("segments", "Mark at least one with space.")
            raise UsageError("No segment is marked.", "Mark one with space.")
        faults = self.query_one(Matching).faults()
        if faults:
            raise UsageError(faults[0])

    def show_faults(self) -> None:
        """Say at each field what is wrong with it, as far as that can be seen from here."""
        self.show_fault("name", self._name_fault(required=False))
        connection = self.query_one("#connection", Select)
        note = "" if connection.is_blank() else self._known.notes.get(str(connection.value), "")
        if self._known.read and not self._known.connections:
            note = "There is none that you may use. An administrator makes one: esc, then 2 and n."
        self.show_fault("connection", note)
        self.show_fault("segments", "")
        faults = self.query_one(Matching).faults() if self.query_one(Marks).choices else []
        self.show_fault("matching", faults[0] if faults else "")

    def show_fault(self, field: str, words: str) -> None:
        """Say what is wrong with a field; nothing, when nothing is."""
        line = self.query_one(f"#{field}-fault", Static)
        line.display = bool(words)
        line.update(safe_content(words))

    def _name_fault(self, *, required: bool) -> str:
        name = self.title
        if not name:
            return "Type a name." if required else ""
        if name.casefold() in self._known.taken:
            return f"There is an export {name} already: choose another name."
        if not name.isprintable() or "/" in name:
            return "A plain name, without / or control characters."
        return ""
