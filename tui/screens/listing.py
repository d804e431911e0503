"""A screen that is a list: heading, table or empty state, filter, footer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Input

from store.people import operators
from tui.screens.typed_ahead import TypedAhead
from tui.text import safe_content
from tui.widgets.columns import Column
from tui.widgets.keys import Keys
from tui.widgets.safe_input import SafeInput
from tui.widgets.static import Static
from tui.widgets.table import MOST_ROWS, Row, Table
from tui.widgets.title import TitleBar
from tui.words.figures import many, number

if TYPE_CHECKING:
    from pathlib import Path

    from textual.app import ComposeResult
    from textual.dom import DOMNode
    from textual.widgets import DataTable

    from store.errors import SegportError


class Listing(TypedAhead):
    """What every list can do.

    It is loaded in a thread each time it comes to the front.
    """

    COLUMNS: ClassVar[Sequence[Column]] = ()
    ONE: ClassVar[str] = "line"
    EMPTY: ClassVar[str] = ""
    # What is done to a line; not offered while there is none.
    ON_A_LINE: ClassVar[frozenset[str]] = frozenset()
    # What else there is no use in without lines.
    WITH_LINES: ClassVar[frozenset[str]] = frozenset({"filter", "copy", "write"})
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", "Filter", id="list.filter",
                tooltip="Show only lines that hold a text, or match a regular expression."),
        Binding("y", "copy", "Copy", id="list.copy",
                tooltip="Send the line, or all marked ones, to the terminal's clipboard."),
        Binding("W", "write", "Write to a file", id="list.write",
                tooltip="What is shown, or marked, with all its columns: as CSV or JSON."),
    ]  # fmt: skip
    DEFAULT_CSS = """
    Listing .heading { height: auto; max-height: 4; padding: 0 1; color: $text-muted; }
    Listing .empty { height: 1fr; padding: 1 2; display: none; }
    Listing .filter { height: 1; border: none; padding: 0 1; display: none; }
    """

    # One that was made ahead: nothing is done to its rows until they are read for somebody.
    _is_unseen = True
    # Until the list has been read, nothing is known to be missing.
    _is_empty = False
    _none_shown = False
    # Whether rows are being read, and whether somebody has written meanwhile.
    _is_reading = False
    _is_stale = False

    def compose(self) -> ComposeResult:
        """Top line, heading, table, filter, footer."""
        yield TitleBar(self.MODE, self.segport.workspace.root.name)
        yield Static("reading...", classes="heading", markup=False)
        yield Table(self.COLUMNS, opens=type(self).open is not Listing.open, marks=True)
        yield Static(Content(self.keyed(self.EMPTY)), classes="empty", markup=False)
        yield SafeInput(
            placeholder="part of a line, or a regular expression; esc clears",
            classes="filter",
            compact=True,
        )
        yield Keys()

    def on_screen_resume(self) -> None:
        """Read again: files and runs may have changed meanwhile."""
        self.reload()

    def reload(self) -> None:
        """Read the rows in a thread and show them."""
        self._is_reading, self._is_stale = True, False
        self.ask(self.rows, self.show_rows, group="rows", failed=self.not_read)

    def look_again(self) -> None:
        """Somebody wrote: read again, but let a read that is under way come to its end.

        One that takes longer than others take to write once more would never be seen.
        """
        if self._is_reading:
            self._is_stale = True
        else:
            self.reload()

    def _was_read(self) -> None:
        self._is_reading = False
        if self._is_stale:
            self._is_stale = False
            self.journal_changed()

    def wants(self, node: DOMNode | None, action: str) -> bool:
        """What is done to a line waits for the lines."""
        if node is not self:
            return isinstance(node, Table)
        # What cannot be done yet may be possible with what is read: an older page.
        return action in {*self.ON_A_LINE, "copy", "write"} or not self.check_action(action, ())

    def begin_anew(self) -> None:
        """Show the list from its top."""
        self.reload()

    def not_read(self, error: SegportError) -> None:
        """Say in the heading why there is no list: a toast would come back with every look."""
        self.heading(f"{error.message} {error.hint}")
        self.does_not_come()
        self._was_read()

    def rows(self) -> list[Row]:
        """The rows; called in a thread."""
        raise NotImplementedError

    def open(self, key: str) -> None:
        """Open what the row stands for."""

    def show_rows(self, rows: list[Row]) -> None:
        """Show rows, or the words for none."""
        if self._is_unseen and self.is_current:
            self._is_unseen = False
            if rows:
                self.table.expect(rows[0].key)
        self.table.show(rows)
        self.table.display = bool(rows)
        self.query_one(".empty").display = not rows
        self._note_what_is_there()
        self._head()
        if self.is_current:
            self.has_come()
        self._was_read()

    def _note_what_is_there(self) -> None:
        """Offer what there are lines for."""
        found = (not self.table.total, not self.table.row_count)
        if found != (self._is_empty, self._none_shown):
            self._is_empty, self._none_shown = found
            self.refresh_bindings()

    @property
    def table(self) -> Table:
        """The list itself."""
        return self.query_one(Table)

    def counted(self) -> str:
        """How many lines there are."""
        return many(self.table.total, self.ONE)

    def _head(self) -> None:
        table = self.table
        words = self.counted()
        if table.needle:
            words = f'{number(table.row_count)} of {words}, filter "{table.needle}"'
        elif table.total > MOST_ROWS:
            words = f"the first {number(MOST_ROWS)} of {words}; {self.keyed('{list.filter}')} narrows them down"
        if table.sorted_by:
            words = f"{words}, by {table.sorted_by}"
        if table.marked:
            words = f"{words}, {number(len(table.marked))} marked"
        self.heading(words)

    def heading(self, words: str) -> None:
        """Write the heading, if it is another."""
        heading = self.query_one(".heading", Static)
        wanted = safe_content(words)
        if heading.content != wanted:
            # Another height moves everything below it; another number does not.
            width = max(1, heading.size.width)
            lines = [len(str(each)) // width for each in (heading.content, wanted)]
            heading.update(wanted, layout=lines[0] != lines[1])

    def on_table_arranged(self) -> None:
        """Say in which order, and how many are marked."""
        self._head()
        self.refresh_bindings()

    def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        """Enter, or a click on the row."""
        event.stop()
        self.action_open()

    def action_open(self) -> None:
        """Open the row under the cursor."""
        if self.table.chosen is not None:
            self.open(self.table.chosen)

    def action_copy(self) -> None:
        """Send what is marked, or the line under the cursor, to the terminal's clipboard."""
        if self.table.targets:
            self.segport.send_to_clipboard(self.table.copy_text)

    def action_write(self) -> None:
        """Ask for a file, until what is marked, or else all that is shown, is in it."""
        from tui.screens.prompt import Prompt
        from tui.spreadsheet import save

        head, rows = self.table.content
        words = f"Write {many(len(rows), self.ONE)} to which file? It ends in .csv or .json."

        def written(path: Path | None) -> None:
            if path is not None:
                self.say(f"Written to {path}, for this account alone to read.")

        prompt = Prompt(words, f"{self.MODE}.csv", lambda typed: save(typed, head, rows))
        self.app.push_screen(prompt, written)

    def action_filter(self) -> None:
        """Start to filter."""
        box = self.query_one(".filter", Input)
        box.display = True
        box.focus()
        self.refresh_bindings()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filter as it is typed."""
        self.table.narrow(event.value.strip())
        self._note_what_is_there()
        self._head()

    def on_input_submitted(self) -> None:
        """Back to the list, filtered."""
        self.table.focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Back also means: without the filter, without marks. An empty list takes no deeds."""
        if self._none_shown and action in self.ON_A_LINE:
            return False
        if self._is_empty and action in self.WITH_LINES:
            return False
        if action == "write" and operators.gated():
            return False
        # Where it is typed, its key is a letter of it.
        if action == "filter" and isinstance(self.focused, SafeInput):
            return False
        # The front screen is asked as soon as it is there, which is before it is composed.
        if (
            action == "back"
            and self.is_mounted
            and (self.query_one(".filter").display or self.table.marked)
        ):
            return True
        return super().check_action(action, parameters)

    def action_back(self) -> None:
        """Clear the filter first, then the marks, then leave."""
        box = self.query_one(".filter", Input)
        if box.display:
            box.value = ""
            box.display = False
            self.table.focus()
            self.refresh_bindings()
        elif self.table.marked:
            self.table.unmark()
        else:
            super().action_back()
