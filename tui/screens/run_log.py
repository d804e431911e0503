"""The log of a run, followed as it grows, held still, and searched."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Final

from textual.widgets import Input

from store.errors import SegportError
from store.journal.log import Log, Sought
from tui.screens.run_acts import RunActs
from tui.text import safe
from tui.widgets import tail as held
from tui.widgets.static import Static
from tui.widgets.tail import Tail
from tui.words.figures import many

if TYPE_CHECKING:
    from store.journal.log import Line

# A busy run writes a thousand lines a second; a line of 64 KiB/s carries two paints of them.
READ_EVERY: Final = 0.5
FIRST_LINES: Final = 1000
MOST_LINES: Final = 2000


class RunLog(RunActs):
    """A page with a `Tail`, a box `.search` for what is sought in it, and a line `.status` about it."""

    def __init__(self, run_id: int) -> None:
        super().__init__(run_id)
        self._log: Log | None = None
        # The newest line that was shown; None while the log is read anew.
        self._last_line: int | None = None
        self._sought = Sought()

    def open_log(self) -> None:
        """Begin to follow it."""
        try:
            self._log = self.segport.desk().log()
        except SegportError as error:
            self.problem(error)
            return
        self._begin_log()
        self.set_interval(READ_EVERY, self._read_log)

    def on_unmount(self) -> None:
        """Close the log."""
        if self._log is not None:
            self._log.close()
            self._log = None

    def _begin_log(self) -> None:
        """Read the end of the log anew, in a thread: what is sought may be far back."""
        sought = self._sought
        if self._log is None:
            return
        self._last_line = None

        def read() -> tuple[int, list[Line]]:
            # A log of its own: the page may be left meanwhile, and SQLite ends the process that closes
            # what another thread reads.
            with closing(self.segport.desk().log()) as log:
                newest = log.newest(self._run_id)
                return newest, log.tail(self._run_id, FIRST_LINES, sought)

        def show(found: tuple[int, list[Line]]) -> None:
            newest, lines = found
            tail = self.query_one(Tail)
            tail.clear()
            tail.waiting = []
            tail.follow(on=True)
            self._fed(lines, max(newest, lines[-1].id if lines else 0))
            # The end is known only once the lines are laid out.
            self.call_after_refresh(tail.scroll_end, animate=False)
            self.say_status()

        self.ask(read, show, group="log")

    def _read_log(self) -> None:
        if self._log is None or self._last_line is None or not self.is_current:
            return
        try:
            newest = self._log.newest(self._run_id)
            if newest == self._last_line:
                return
            if newest - self._last_line > held.MOST_LINES and self.query_one(Tail).following:
                # Another page stood over this one for long: the log would drop what it read first.
                self._begin_log()
                return
            lines = self._log.after(self._run_id, self._last_line, MOST_LINES, self._sought)
        except SegportError:
            self.query_one(".status", Static).update("the log cannot be read", layout=False)
            return
        # Lines that are not sought are done with, too.
        self._fed(lines, newest if len(lines) < MOST_LINES else lines[-1].id)

    def _fed(self, lines: list[Line], last: int) -> None:
        self._last_line = last
        if lines:
            self.query_one(Tail).feed(lines)
            if not self.query_one(Tail).following:
                self.say_status()

    def say_status(self) -> None:
        """Say whether the log follows, and what of it is shown."""

        def key(name: str) -> str:
            return self.keyed(f"{{{name}}}")

        tail = self.query_one(Tail)
        if not tail.following:
            words = (
                f"log paused, {many(len(tail.waiting), 'new line')}; {key('run.follow')} goes on"
            )
        elif self._run is not None and self._run.active:
            words = "log follows"
        else:
            words = "end of the log"
        if self._sought.trouble:
            words += f"; warnings and errors only, {key('run.trouble')} shows all"
        if self._sought.text:
            words += f'; lines with "{self._sought.text}", {key("app.back")} shows all'
        self.query_one(".status", Static).update(safe(words), layout=False)

    def on_tail_followed(self) -> None:
        """Say whether it follows."""
        self.say_status()

    def on_tail_refit(self) -> None:
        """Break the lines of the log anew."""
        self._begin_log()

    def action_follow(self) -> None:
        """Hold the log still, or go on."""
        tail = self.query_one(Tail)
        tail.follow(on=not tail.following)

    def action_trouble(self) -> None:
        """Show warnings and errors only, or all."""
        self._seek(Sought(self._sought.text, not self._sought.trouble))

    def action_search(self) -> None:
        """Ask what to look for in the log."""
        box = self.query_one(".search", Input)
        box.display = True
        box.focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Look for it."""
        event.stop()
        self._close_search()
        self._seek(Sought(event.value.strip(), self._sought.trouble))

    def _close_search(self) -> None:
        box = self.query_one(".search", Input)
        box.display = False
        self.query_one(Tail).focus()

    def _seek(self, sought: Sought) -> None:
        self._sought = sought
        self._begin_log()

    def action_back(self) -> None:
        """Leave the search first, then what was sought, then the screen."""
        box = self.query_one(".search", Input)
        if box.display:
            self._close_search()
        elif self._sought.text:
            box.value = ""
            self._seek(Sought("", self._sought.trouble))
        else:
            super().action_back()
