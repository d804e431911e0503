"""One run: progress, counts, time left, and its log, followed as it grows."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, Final

from textual.binding import Binding, BindingType
from textual.widgets import Footer, Static

from store.errors import SegportError
from store.journal.log import Log
from store.journal.runs import RESUMABLE, Run, State
from tui.screens.base import Page
from tui.screens.confirm import Confirm
from tui.text import safe
from tui.widgets.facts import Facts
from tui.widgets.progress import run_content
from tui.widgets.tail import Tail
from tui.widgets.title import TitleBar
from tui.words import many

if TYPE_CHECKING:
    from textual.app import ComposeResult

# A busy run writes a thousand lines a second; a line of 64 KiB/s carries two paints of them.
READ_EVERY = 0.5
# A dead run writes nothing, so its death is looked for.
LOOK_EVERY = 2.0
FIRST_LINES = 1000

_OFFERED: Final[dict[str, Callable[[Run], bool]]] = {
    "cancel": lambda run: run.active or run.state == State.NEEDS_APPROVAL,
    "approve": lambda run: run.state == State.NEEDS_APPROVAL,
    "resume": lambda run: run.state in RESUMABLE,
    "rejects": lambda run: run.rejected > 0,
    "plan": lambda run: run.plan is not None,
}


class RunScreen(Page):
    """Follows the journal, whichever process writes it; leaving it changes nothing for the run."""

    MODE = "runs"
    PURPOSE = (
        "One run. It is a process of its own: leaving this screen or the app does not stop it. "
        "f holds the log still and goes on with it. x asks the run to stop after the requests "
        "that are under way."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f", "follow", "Follow", id="run.follow"),
        Binding("x", "cancel", "Cancel run", id="run.cancel"),
        Binding("a", "approve", "Approve", id="run.approve"),
        Binding("u", "resume", "Resume", id="run.resume"),
        Binding("e", "rejects", "Rejects", id="run.rejects"),
        Binding("p", "plan", "Its plan", id="run.plan"),
    ]
    DEFAULT_CSS = """
    RunScreen Facts { height: auto; max-height: 8; padding: 0 1; }
    RunScreen .status { height: 1; padding: 0 1; color: $text-muted; }
    """

    def __init__(self, run_id: int) -> None:
        super().__init__()
        self._run_id = run_id
        self._run: Run | None = None
        self._log: Log | None = None
        self._last_line = 0

    def compose(self) -> ComposeResult:
        """Progress above, log below."""
        yield TitleBar(self.MODE, self.segport.workspace.root.name)
        yield Facts()
        yield Tail()
        yield Static("", classes="status", markup=False)
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        """Read the run and the end of its log, then follow both."""
        self.query_one(Tail).focus()
        self._reload()
        try:
            self._log = Log(self.segport.workspace.log_path)
        except SegportError as error:
            self.problem(error)
            return
        self._read_log()
        # The end is known only once the lines are laid out.
        self.call_after_refresh(self.query_one(Tail).scroll_end, animate=False)
        self.set_interval(READ_EVERY, self._read_log)
        self.set_interval(LOOK_EVERY, self._look_after)
        self._status()

    def on_unmount(self) -> None:
        """Close the log."""
        if self._log is not None:
            self._log.close()
            self._log = None

    def journal_changed(self) -> None:
        """The run, or another, has moved on."""
        self._reload()

    def on_screen_resume(self) -> None:
        """Back in front."""
        self._reload()

    def _reload(self) -> None:
        def work() -> Run:
            from workers.actions import runs

            return runs.load(self.segport.desk(), self._run_id)

        self.ask(work, self._show, group="run")

    def _look_after(self) -> None:
        if self._run is not None and self._run.active and self.is_current:
            self._reload()

    def _show(self, run: Run) -> None:
        before = self._run
        self._run = run
        self.query_one(Facts).tell(run_content(run))
        if before is None or before.state != run.state:
            self.refresh_bindings()
            self._status()

    def _read_log(self) -> None:
        if self._log is None or (self._last_line and not self.is_current):
            return
        try:
            if self._last_line:
                lines = self._log.after(self._run_id, self._last_line)
            else:
                lines = self._log.tail(self._run_id, FIRST_LINES)
        except sqlite3.Error:
            self.query_one(".status", Static).update("the log cannot be read", layout=False)
            return
        if lines:
            self._last_line = lines[-1].id
            self.query_one(Tail).feed(lines)
            if not self.query_one(Tail).following:
                self._status()

    def _status(self) -> None:
        tail = self.query_one(Tail)
        if not tail.following:
            words = f"log paused, {many(len(tail.waiting), 'new line')}; f goes on"
        elif self._run is not None and self._run.active:
            words = "log follows"
        else:
            words = "end of the log"
        self.query_one(".status", Static).update(words, layout=False)

    def action_follow(self) -> None:
        """Hold the log still, or go on."""
        tail = self.query_one(Tail)
        tail.follow(on=not tail.following)
        self._status()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what makes sense in this state is offered."""
        if action in _OFFERED:
            return self._run is not None and _OFFERED[action](self._run)
        return super().check_action(action, parameters)

    def action_cancel(self) -> None:
        """Ask whether to, then ask the run to stop."""
        from workers.actions import runs

        self._confirmed(
            f"Stop run {self._run_id} after the requests that are under way?\n\n"
            "What was sent stays sent; the run can be resumed.",
            "Stop the run",
            lambda: runs.cancel(self.segport.desk(), self._run_id),
        )

    def action_approve(self) -> None:
        """Let the plan that waits be sent."""
        from workers.actions import runs

        cause = safe(self._run.cause) if self._run else ""
        self._confirmed(
            f"Run {self._run_id} waits: {cause}\n\nApprove it? It sends this plan, none larger.",
            "Approve",
            lambda: runs.approve(self.segport.desk(), self._run_id),
        )

    def action_resume(self) -> None:
        """Go on with what was not acknowledged."""
        from workers.actions import runs

        self._confirmed(
            f"Resume run {self._run_id}? It goes on with what was not acknowledged.",
            "Resume",
            lambda: runs.resume(self.segport.desk(), self._run_id),
        )

    def _confirmed(self, words: str, yes: str, work: Callable[[], None]) -> None:
        def answered(answer: bool | None) -> None:
            if answer:
                self.ask(work, lambda _: self._reload(), group="change")

        self.app.push_screen(Confirm(words, yes=yes), answered)

    def action_rejects(self) -> None:
        """Show who was refused, and why."""
        from tui.screens.rejects import RejectsScreen

        self.app.push_screen(RejectsScreen(self._run_id))

    def action_plan(self) -> None:
        """Show the plan that this run sends."""
        from tui.screens.kept_plan import KeptPlanScreen

        if self._run is not None and self._run.plan is not None:
            self.app.push_screen(KeptPlanScreen(self._run))
