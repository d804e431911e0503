"""An export: connection, segments and their lists, data matching. Saving never runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Button, Footer, Input, Select, Static

from store.errors import SegportError, UsageError
from store.exports import Export, new_id
from tui.screens.custom_field import CustomFieldScreen
from tui.screens.form import Form
from tui.screens.pick import Pick
from tui.screens.prompt import Prompt
from tui.text import safe_content
from tui.widgets.field import Field
from tui.widgets.marks import Marks
from tui.widgets.matching import NOT_SENT, Matching
from tui.widgets.table import Table
from tui.widgets.title import TitleBar

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from store.exports import FieldType
    from workers.actions.exports import Proposal, Saved

NEVER_RUNS = "Saving never runs the export: p plans it and r runs it, from the list."


class _Known(msgspec.Struct):
    """What the form needs to know before it can be filled in."""

    connections: list[tuple[str, str]]
    segments: list[str]
    export: Export | None


class ExportForm(Form):
    """Makes an export, or edits one."""

    MODE = "exports"
    PURPOSE = (
        "Choose a connection and segments; columns are proposed by their names. Each segment "
        "fills a list of its own at the destination: its title is the segment's name unless you "
        f"type another. {NEVER_RUNS}"
    )
    DEFAULT_CSS = """
    ExportForm Vertical { height: auto; }
    """

    def __init__(self, slug: str | None) -> None:
        super().__init__()
        self._slug = slug
        self._export: Export | None = None
        self._columns: list[str] = []

    def compose(self) -> ComposeResult:
        """Fields, segments, lists, matching, save."""
        yield TitleBar(self.MODE, self.segport.workspace.root.name)
        with VerticalScroll():
            yield Static(
                "A new export" if self._slug is None else "Export", classes="title", markup=False
            )
            yield Field("Name", Input(id="name", compact=True))
            connection: Select[str] = Select(
                [], prompt="choose a connection", id="connection", compact=True
            )
            yield Field("Connection", connection)
            yield Static("Segments", classes="title", markup=False)
            yield Marks()
            yield Static("Data matching", classes="title", markup=False)
            yield Matching()
            with Vertical(), Horizontal(classes="buttons"):
                yield Button(safe_content("Save"), id="save", variant="primary", compact=True)
        yield Static(NEVER_RUNS, classes="outcome", markup=False)
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        """Read what there is to choose from."""
        self.query_one("#name").focus()
        self.query_one(Matching).paint()
        # What is typed before the fields are filled in would be lost.
        self.query_one(VerticalScroll).disabled = self._slug is not None
        self.ask(self._known, self._fill)

    def _known(self) -> _Known:
        from store import segments
        from workers.actions import connections, exports

        desk = self.segport.desk()
        usable = [
            (line.name, line.slug)
            for line in connections.listed(desk)
            if line.usable and not line.broken
        ]
        export = exports.show(desk, self._slug).value if self._slug is not None else None
        return _Known(usable, segments.names(self.segport.workspace), export)

    def _fill(self, known: _Known) -> None:
        export = self._export = known.export
        self.query_one(VerticalScroll).disabled = False
        self.query_one("#name").focus()
        connection = self.query_one("#connection", Select)
        with self.prevent(Input.Changed, Select.Changed):
            connection.set_options((safe_content(name), slug) for name, slug in known.connections)
            if export is not None:
                self.query_one("#name", Input).value = export.name
                if export.connection in {slug for _, slug in known.connections}:
                    connection.value = export.connection
        marks = self.query_one(Marks)
        marks.fill(known.segments, export.segments if export else ())
        if not known.connections:
            self.outcome("There is no connection that you may use; add one under 2 Connections.")
        if export is not None:
            matching = self.query_one(Matching)
            matching.fields = dict(export.fields)
            matching.custom = dict(export.custom_fields)
            matching.paint()
            self._segments_changed()

    def on_marks_changed(self) -> None:
        """Other segments: other lists and columns."""
        self.changed = True
        self._segments_changed()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Something was typed; what the form itself fills in is no change."""
        self.changed = self.changed or event.input.has_focus

    def on_select_changed(self, event: Select.Changed) -> None:
        """Another connection."""
        before = self._export.connection if self._export else None
        if not event.select.is_blank():
            self.changed = self.changed or event.value != before

    def _segments_changed(self) -> None:
        chosen = [choice.segment for choice in self.query_one(Marks).choices]
        if not chosen:
            return

        def work() -> Proposal:
            from workers.actions import exports

            return exports.propose(self.segport.desk(), chosen)

        self.ask(work, self._proposed, group="propose")

    def _proposed(self, proposal: Proposal) -> None:
        self._columns = [column.name for column in proposal.columns]
        matching = self.query_one(Matching)
        if self._export is None:
            matching.propose(proposal.fields)
        matching.know(self._columns)

    def on_data_table_row_selected(self, event: Table.RowSelected) -> None:
        """A list's title, or the column of a field."""
        event.stop()
        if isinstance(event.data_table, Marks):
            self._entitle(event.data_table)
        else:
            self._choose_column()

    def _entitle(self, marks: Marks) -> None:
        segment = marks.chosen
        if segment is None:
            return

        def answered(title: str | None) -> None:
            if title is not None:
                self.changed = True
                marks.entitle(segment, title)

        words = f"Title of the list that {segment} fills; it is made if there is none"
        self.app.push_screen(Prompt(words, marks.title(segment)), answered)

    def _choose_column(self) -> None:
        matching = self.query_one(Matching)
        key = matching.chosen
        if key is None:
            return
        if not self._columns:
            self.outcome("Mark a segment first: its columns are what there is to choose from.")
            return
        field, column = matching.at(key)
        at = self._columns.index(column) + 1 if column in self._columns else 0

        def picked(place: int | None) -> None:
            if place is not None:
                self.changed = True
                matching.put(key, self._columns[place - 1] if place else None)

        self.app.push_screen(Pick(f"Column for {field}", [NOT_SENT, *self._columns], at), picked)

    def on_matching_custom_wanted(self) -> None:
        """Ask for a custom field's name and type."""

        def named(answer: tuple[str, FieldType] | None) -> None:
            if answer is not None:
                self.changed = True
                self.query_one(Matching).add_custom(*answer)

        self.app.push_screen(CustomFieldScreen(), named)

    def on_button_pressed(self) -> None:
        """Save."""
        try:
            export = self._draft()
        except SegportError as error:
            self.problem(error)
            return

        def work() -> Saved:
            from workers.actions import exports

            return exports.save(self.segport.desk(), export, self._slug)

        self.ask(work, self._saved, group="save")

    def _draft(self) -> Export:
        name = self.typed("name")
        connection = self.query_one("#connection", Select)
        segments = self.query_one(Marks).choices
        matching = self.query_one(Matching)
        if not name:
            raise UsageError("The export has no name.", "Type one.")
        if connection.is_blank():
            raise UsageError("No connection is chosen.", "Choose one.")
        if not segments:
            raise UsageError("No segment is marked.", "Mark one with space.")
        if "Email" not in matching.fields:
            raise UsageError("No column feeds Email, which is required.", "Choose one.")
        parts = {
            "name": name,
            "connection": str(connection.value),
            "segments": segments,
            "fields": matching.fields,
            "custom_fields": {n: f for n, f in matching.custom.items() if f.column},
        }
        if self._export is not None:
            return msgspec.structs.replace(self._export, **parts)
        return msgspec.convert({"id": new_id(), **parts}, Export, from_attributes=True)

    def _saved(self, saved: Saved) -> None:
        self.say(" ".join(saved.notes))
        self.app.pop_screen()
