"""The fields of an export: what is typed and chosen, and at each what is wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from textual.containers import Vertical
from textual.widgets import Input, Select

from store.errors import SegportError, UsageError, refuse
from store.exports import Export, Guards, new_id
from store.names import LONGEST_NAME, is_plain
from tui.registry import with_keys
from tui.text import safe_content
from tui.widgets.fault import Fault
from tui.widgets.field import Field
from tui.widgets.limit import Limit
from tui.widgets.marks import Marks
from tui.widgets.matching import Matching
from tui.widgets.safe_input import SafeInput
from tui.widgets.static import Static
from tui.words.figures import joined

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from tui.screens.export_known import Known


class Setup(Vertical):
    """Name, connection, segments, total, matching; what would be sent in a few words."""

    DEFAULT_CSS = """
    Setup { width: 3fr; overflow-y: auto; }
    Setup Field { padding: 0 1; }
    Setup > Fault { padding: 0 1; }
    Setup #now { height: auto; min-height: 2; max-height: 4; padding: 0 1; }
    """

    def __init__(self, known: Known) -> None:
        super().__init__()
        self._known = known
        self._export = Export(id=new_id(), name="", segments=[], fields={})
        self.guards, self.newest_by = Guards(), self._export.newest_by
        # What is empty is at fault once somebody wanted to save it.
        self._wanted = False

    def compose(self) -> ComposeResult:
        """The fields, and under each what is wrong with it."""
        yield Field("Name", SafeInput(id="name", compact=True))
        connection: Select[str] = Select(
            [], prompt="choose a connection", id="connection", compact=True
        )
        yield Field("Connection", connection)
        yield Marks()
        yield Fault("segments", "Segments")
        yield Limit()
        yield Matching()
        yield Fault("fields", "Data matching")
        yield Static("", id="now", markup=False)

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
        self.show_faults()

    def limit(self, guards: Guards, newest_by: str | None) -> None:
        """What a run waits for, and which of several rows of a person wins."""
        self.guards, self.newest_by = guards, newest_by

    @property
    def waits(self) -> str:
        """The same in words."""
        guards = self.guards
        bounds = (
            (guards.excluded_percent, "% excluded"),
            (guards.adds, "new"),
            (guards.changes, "changed"),
            (guards.leavers, "who left"),
        )
        above = joined((f"{bound} {what}" for bound, what in bounds if bound != "off"), "nothing")
        words = f"Waits for approval above {above}."
        return f"{words} Greatest {self.newest_by} wins." if self.newest_by else words

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
        """Refuse what keeps the export from being saved, all of it, each by its field.

        Raises:
            SegportError: the same.
        """
        self._wanted = True
        refuse(self._faults())

    def show_faults(self) -> None:
        """Say at each field what is wrong with it, as far as that can be seen from here."""
        told = {"name": "", "connection": self._note(), "segments": "", "fields": ""}
        for each in self._faults():
            told[each.about] = told[each.about] or str(each)
        for field, words in told.items():
            self.show_fault(field, words)

    def show_fault(self, field: str, words: str) -> None:
        """Say what is wrong with a field; nothing, when nothing is."""
        for fault in self.query(Fault):
            if fault.of == field:
                fault.tell(words)

    def _faults(self) -> list[SegportError]:
        found = [*self._name_faults()]
        chosen = self.query_one(Marks).choices
        if self._wanted:
            none_yet = self._known.document is None
            if none_yet and self.query_one("#connection", Select).is_blank():
                found.append(UsageError("Choose a connection.", about="connection"))
            if not chosen:
                words = "Mark at least one segment with space."
                found.append(UsageError(words, about="segments"))
        if chosen:
            wrong = self.query_one(Matching).faults()
            found += [UsageError(words, about="fields") for words in wrong]
        for name in self.query_one(Matching).unfed:
            words = f"No column feeds {name}: choose one with enter, or none, which drops it."
            found.append(UsageError(words, about="fields"))
        return found

    def _name_faults(self) -> list[SegportError]:
        name, words = self.title, ""
        if not name:
            words = "Type a name." if self._wanted else ""
        elif name.casefold() in self._known.taken:
            words = f"There is an export {name} already: choose another name."
        elif not is_plain(name):
            words = f"A plain name of at most {LONGEST_NAME} letters, without /."
        return [UsageError(words, about="name")] if words else []

    def _note(self) -> str:
        """What keeps exports on the chosen connection from running."""
        if self._known.read and not self._known.connections:
            from tui.screens.connections import ConnectionsScreen

            return with_keys(
                "There is none that you may use. An administrator makes one: {app.back}, then "
                "{app.connections} and {connections.new}.",
                self.screen,
                ConnectionsScreen,
            )
        connection = self.query_one("#connection", Select)
        return "" if connection.is_blank() else self._known.notes.get(str(connection.value), "")
