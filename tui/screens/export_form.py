"""An export on one screen: connection, segments, matching, and what it would send. Saving never runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import Input, Select

from store.connections import DEFAULT_PROFILE_LIMIT
from store.errors import SegportError
from tui.screens import export_choices, export_known, export_saving
from tui.screens.base import Revealing
from tui.screens.export_counting import Counting
from tui.screens.form import Form
from tui.screens.outlook import OutlookScreen
from tui.text import safe_content
from tui.widgets.button import Button
from tui.widgets.keys import Keys
from tui.widgets.limit import Limit
from tui.widgets.marks import Marks
from tui.widgets.matching import Matching
from tui.widgets.outlook import outlook_content, outlook_words
from tui.widgets.reading import Reading
from tui.widgets.setup import Setup
from tui.widgets.static import Static
from tui.widgets.table import Table
from tui.widgets.title import TitleBar

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.content import Content

    from tui.screens.export_known import Known
    from workers.actions.exports import Proposal
    from workers.look import Look

NEVER_RUNS = "Saving never runs it: Plan and Run are in the list of exports."


class ExportForm(Form, Revealing):
    """Makes an export, or edits one."""

    MODE = "exports"
    REVEALS = "export_form.reveal"
    STANDING = NEVER_RUNS
    PURPOSE = (
        "Choose a connection and segments; columns are proposed by their names. Each segment "
        "fills a list of its own at the destination: its title is the segment's name unless you "
        "type another. What would be sent is worked out while you choose; Filled counts the "
        f"contacts that carry a value. {NEVER_RUNS}"
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "save", "Save", id="export_form.save", tooltip="Keep it. Nothing is run."),
        Binding("p", "outlook", "Outlook", id="export_form.outlook",
                tooltip="The first contact as it will be sent, and what the plan would say."),
        Binding("l", "limits", "Limits", id="export_form.limits",
                tooltip="What makes a run wait for approval; which of several rows wins."),
        Binding("v", "reveal", "Values", id="export_form.reveal",
                tooltip="Personal data in clear, or masked again; that you asked is written down."),
    ]  # fmt: skip
    DEFAULT_CSS = """
    ExportForm #beside { width: 2fr; border-left: solid $primary; display: none; padding: 0 1; }
    ExportForm #beside Static { height: auto; }
    ExportForm.-wide #beside { display: block; }
    ExportForm.-wide #now { display: none; }
    ExportForm #waits { width: 1fr; color: $text-muted; height: 1; }
    """

    def __init__(self, slug: str | None) -> None:
        super().__init__()
        self._slug = slug
        self._known = export_known.Known([], [], read=False)
        self._look: Look | None = None
        self._counting = Counting(self)

    def compose(self) -> ComposeResult:
        """The fields, and beside them what would be sent."""
        yield TitleBar(self.MODE, self.segport.workspace.root.name)
        with Horizontal(id="all"):
            yield Setup(self._known)
            with Reading(id="beside"):
                yield Static("", id="outlook", markup=False)
        with Horizontal(classes="buttons"):
            yield Button("Save", "save", main=True)
            yield Static("", id="waits", markup=False)
        yield Static(self.STANDING, classes="outcome", markup=False)
        yield Keys()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Nothing is kept, limited or revealed before the form is filled in."""
        if action in {"save", "limits", "reveal"} and not self._known.read:
            return False
        return super().check_action(action, parameters)

    @property
    def setup(self) -> Setup:
        """The fields."""
        return self.query_one(Setup)

    def on_mount(self) -> None:
        """Read what there is to choose from."""
        self.query_one("#name").focus()
        self.query_one(Matching).fill({}, {})
        # What is typed before the fields are filled in would be lost.
        self.setup.disabled = self._slug is not None
        self._show_look(None)
        self.ask(lambda: export_known.read(self.segport.desk(), self._slug), self._fill)

    def on_unmount(self) -> None:
        """Nobody waits for the counts any more."""
        self._counting.stop()

    def _fill(self, known: Known) -> None:
        self._known = known
        self.setup.fill(known)
        if self.setup.disabled:
            # Not the name: whoever opens an export and types a key would type over it.
            self.filled_in(self.query_one(Marks))
        self.show_waits()
        self.refresh_bindings()
        self._counting.count_rows(known.segments)
        if not known.may_save:
            self.outcome("You may look at this export, and not change it.")
        elif not known.segments:
            folder = self.segport.workspace.segments_folder
            self.outcome(f"There are no segments yet: put files into {folder}.")
        self._segments_changed()

    # What changes.

    def on_marks_changed(self) -> None:
        """Other segments: other columns, other counts."""
        self.touched()
        self._segments_changed()

    def on_marks_find_wanted(self) -> None:
        """One of many segments is looked for."""
        export_choices.find(self, self.query_one(Marks))

    def on_marks_lists_wanted(self) -> None:
        """The lists of the account are asked for."""
        export_choices.choose_list(self, self.query_one(Marks))

    def on_matching_changed(self) -> None:
        """Another column feeds a field."""
        self.touched()
        self.question_changed()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Something was typed; what the form itself fills in is no change."""
        if event.input.has_focus:
            self.touched()
        self.setup.show_faults()

    def on_select_changed(self, event: Select.Changed) -> None:
        """Another connection: another limit, and another account to compare with."""
        if not event.select.is_blank() and event.value != self.setup.connection_before:
            self.touched()
        self.question_changed()

    def _segments_changed(self) -> None:
        chosen = [choice.segment for choice in self.query_one(Marks).choices]
        if not chosen:
            self.question_changed()
            return

        def work() -> Proposal:
            from workers.actions import exports

            return exports.propose(self.segport.desk(), chosen)

        self.ask(work, self._proposed, group="propose", failed=self._not_proposed)

    def _proposed(self, proposal: Proposal) -> None:
        matching = self.query_one(Matching)
        types = {column.name: column.type for column in proposal.columns}
        matching.know(types, proposal.fields)
        if self._slug is None:
            matching.propose()
        self.question_changed()

    def _not_proposed(self, error: SegportError) -> None:
        self._counting.stop("Not counted.")
        self.setup.show_fault("segments", str(error))

    def question_changed(self) -> None:
        """Count anew what the draft would send, as soon as the fingers rest."""
        self.setup.show_faults()
        draft = self.setup.draft()
        if not draft.segments:
            self._counting.stop("Mark the segments to send with space.")
        elif "Email" not in draft.fields:
            self._counting.stop("Choose the column that feeds Email: then profiles are counted.")
        elif self.query_one(Matching).faults():
            self._counting.stop("Not counted: the data matching does not fit the segments.")
        else:
            self._counting.look(draft, revealed=self.revealed)

    # What is shown.

    def counted(self, look: Look | None) -> None:
        """A look is there; None while one is under way, or none is to be had.

        Numbers of the question before would be taken for those of this one.
        """
        marks, matching = self.query_one(Marks), self.query_one(Matching)
        if look is None:
            marks.tell_contacts({})
            matching.tell({}, {})
            self._show_look(None)
            return
        plan = look.report
        marks.tell_contacts({each.segment: each.contacts for each in plan.segments})
        matching.tell(look.fields, {each.field: each.rows for each in plan.misfits})
        self.query_one(Limit).counted(plan.contacts, plan.profile_limit or DEFAULT_PROFILE_LIMIT)
        self._show_look(look)

    def not_looked(self, error: SegportError) -> None:
        """The draft cannot be planned as it stands."""
        self.query_one(Limit).tell("Not counted.")
        self.setup.show_fault("fields", str(error))

    def _outlook(self, reveal: str = "{export_form.reveal}") -> Content:
        name = self.setup.title or "this export"
        key = "" if self.revealed else self.keyed(reveal, OutlookScreen)
        return outlook_content(name, self._look, key)

    def _show_look(self, look: Look | None) -> None:
        self._look = look
        self.query_one("#outlook", Static).update(self._outlook())
        if isinstance(self.app.screen, OutlookScreen):
            self.app.screen.tell(self._outlook("{outlook.reveal}"))
        words = outlook_words(look) if look is not None else ""
        self.query_one("#now", Static).update(safe_content(words))

    # Choosing.

    def on_data_table_row_selected(self, event: Table.RowSelected) -> None:
        """A list's title, or the column of a field."""
        event.stop()
        if isinstance(event.data_table, Marks):
            export_choices.entitle(self, event.data_table)
        else:
            export_choices.choose_column(self)

    def on_matching_custom_wanted(self) -> None:
        """Ask for a custom field's name and type."""
        export_choices.add_custom(self)

    def action_limits(self) -> None:
        """Guards, and which of several rows of a person wins."""
        export_choices.limit(self)

    def show_waits(self) -> None:
        """Say what makes a run wait for approval."""
        self.query_one("#waits", Static).update(safe_content(self.setup.waits))

    def action_outlook(self) -> None:
        """What would be sent; where it stands beside the form, go there to scroll."""
        if self.has_class("-wide"):
            self.query_one("#beside").focus()
        else:
            self.app.push_screen(
                OutlookScreen(self._outlook("{outlook.reveal}"), self.action_reveal)
            )

    def show_values(self, *, revealed: bool) -> None:
        """Look anew; to see personal values in clear is asked for each time."""

        def work() -> None:
            from workers.actions.revealing import reveal

            if revealed:
                reveal(self.segport.desk(), f"export {self._slug or 'that is being made'}")

        def done(_: None) -> None:
            self.now_shown(revealed=revealed)
            self.question_changed()

        self.ask(work, done, group="reveal")

    # Saving.

    def on_button_pressed(self) -> None:
        """Save."""
        self.action_save()

    def action_save(self) -> None:
        """Keep it, if it can be kept; nothing is run."""
        try:
            self.setup.refuse_incomplete()
        except SegportError as error:
            self.problem(error)
            return
        document = self._known.document
        over = (document.path.stem, document.digest) if document is not None else None
        export_saving.save(self, self.setup.draft(), over)

    def problem(self, error: SegportError) -> None:
        """What is wrong, at its fields; of the matching, at the row."""
        super().problem(error)
        if any(part.about == "fields" for part in error.parts):
            self.query_one(Matching).go_to_fault()
