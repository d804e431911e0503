"""One run: progress, phases, counts, time left, and its log, followed as it grows."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll

from store.journal.runs import Run
from tui.screens.run_log import RunLog
from tui.widgets.facts import Facts
from tui.widgets.keys import Keys
from tui.widgets.progress import run_content
from tui.widgets.safe_input import SafeInput
from tui.widgets.static import Static
from tui.widgets.tail import Tail
from tui.widgets.title import TitleBar
from tui.words.run import aside_content, copied

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from workers.actions.progress import Look
    from workers.actions.rejects import RejectGroup

# A dead run writes nothing, so its death is looked for; its requests are summed up as often.
LOOK_EVERY: Final = 2.0


class RunScreen(RunLog):
    """Follows the journal, whichever process writes it; leaving it changes nothing for the run."""

    PURPOSE = (
        "One run. It is a process of its own: leaving this screen or the app does not stop it. "
        "{run.requests} shows its requests, {run.rejects} who was rejected by what was wrong, "
        "{run.plan} its plan, {run.excluded} what the plan took out. {run.follow} holds the log still and goes on with it, {run.search} "
        "shows only lines that hold a text, {run.trouble} only warnings and errors. {run.cancel} "
        "asks the run to stop after the requests that are under way; if it does not, {run.kill} "
        "kills it. {run.retry} sends the rejected contacts again in a new run."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "requests", "Requests", id="run.requests"),
        Binding("e", "rejects", "Rejects", id="run.rejects"),
        Binding("p", "plan", "Plan", id="run.plan"),
        Binding("E", "excluded", "Excluded", id="run.excluded",
                tooltip="Rows that the plan took out, and why."),
        Binding("f", "follow", "Follow", id="run.follow", tooltip="Hold the log, or go on with it."),
        Binding("x", "cancel", "Cancel", id="run.cancel",
                tooltip="Stop after the requests that are under way."),
        Binding("X", "kill", "Kill", id="run.kill",
                tooltip="End the process of a run that was asked to stop and does not."),
        Binding("a", "approve", "Approve", id="run.approve"),
        Binding("u", "resume", "Resume", id="run.resume",
                tooltip="Go on with what was not acknowledged."),
        Binding("t", "retry", "Retry rejects", id="run.retry",
                tooltip="A new run that sends only what this one got rejected."),
        Binding("slash", "search", "Search", id="run.search",
                tooltip="Show only lines of the log that hold a text; esc shows all again."),
        Binding("i", "trouble", "Trouble", id="run.trouble",
                tooltip="Show only warnings and errors of the log, or all lines."),
        Binding("y", "copy", "Copy", id="run.copy",
                tooltip="Send counts, phases and reasons to the terminal's clipboard."),
    ]  # fmt: skip
    DEFAULT_CSS = """
    RunScreen Facts { height: auto; max-height: 12; padding: 0 1; }
    RunScreen .status { height: 1; padding: 0 1; color: $text-muted; }
    RunScreen .search { height: 1; border: none; padding: 0 1; display: none; }
    RunScreen Horizontal { height: 1fr; }
    RunScreen .aside { display: none; width: 66; border-top: solid $primary; padding: 0 1; }
    RunScreen.-wide .aside { display: block; }
    """

    def __init__(self, run_id: int) -> None:
        super().__init__(run_id)
        self.tells_of = run_id
        self._look: Look | None = None
        self._groups: list[RejectGroup] = []

    def compose(self) -> ComposeResult:
        """Progress above; the log below, and beside it phases and reasons where there is room."""
        yield TitleBar(self.MODE, self.segport.workspace.root.name)
        yield Facts()
        with Horizontal():
            yield Tail()
            with VerticalScroll(classes="aside"):
                yield Static("", id="aside", markup=False)
        yield Static("", classes="status", markup=False)
        yield SafeInput(placeholder="part of a line; esc shows all", classes="search", compact=True)
        yield Keys()

    def on_mount(self) -> None:
        """Begin to follow."""
        self.query_one(Tail).focus()
        self.reload()
        self._sum_up()
        self.open_log()
        self.set_interval(LOOK_EVERY, self._look_after)

    # The run.

    def journal_changed(self) -> None:
        """The run, or another, has moved on."""
        self.reload()

    def on_screen_resume(self) -> None:
        """Back in front."""
        self.reload()
        self._sum_up()

    def reload(self) -> None:
        """Read the run itself: cheap, as often as the journal changes."""

        def work() -> Run:
            from workers.actions import runs

            return runs.load(self.segport.desk(), self._run_id)

        self.ask(work, self._show, group="run", failed=self.run_cannot_be_read)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A run that is over does not go on."""
        if action in {"resume", "approve"} and self._look is not None and self._look.over:
            return False
        return super().check_action(action, parameters)

    def _look_after(self) -> None:
        if self._run is not None and self._run.active and self.is_current:
            self.reload()
            self._sum_up()

    def _sum_up(self) -> None:
        """Read what its requests and rejects come to: less often, they are many."""

        def work() -> tuple[Look, list[RejectGroup]]:
            from workers.actions import progress, rejects

            desk = self.segport.desk()
            return progress.look(desk, self._run_id), rejects.by_reason(desk, self._run_id)

        self.ask(work, self._summed_up, group="look")

    def _summed_up(self, found: tuple[Look, list[RejectGroup]]) -> None:
        before = self._look.over if self._look is not None else ""
        self._look, self._groups = found
        self._tell()
        if self._look.over != before:
            self.refresh_bindings()

    def _show(self, run: Run) -> None:
        before, self._run = self._run, run
        self._tell()
        if before is None or _offers_other(before, run):
            self.refresh_bindings()
            self.say_status()
        if before is not None and before.state != run.state:
            self._sum_up()
        self.has_come()

    def _tell(self) -> None:
        if self._run is None:
            return
        self.query_one(Facts).tell(run_content(self._run, self._look))
        if self._look is not None and self.has_class("-wide"):
            aside = self.query_one("#aside", Static)
            words = aside_content(self._run, self._look, self._groups)
            if aside.content != words:
                aside.update(words)

    def on_tail_refit(self) -> None:
        """Break the lines beside the log anew, too."""
        self._tell()

    def action_copy(self) -> None:
        """Send what is known of the run to the terminal's clipboard."""
        if self._run is not None:
            self.segport.send_to_clipboard(copied(self._run, self._look, self._groups))


def _offers_other(before: Run, after: Run) -> bool:
    """Whether what can be done, and so the footer, may be another."""
    return (
        before.state != after.state
        or before.cancel_at != after.cancel_at
        or (before.rejected == 0) != (after.rejected == 0)
        or (before.requests_sent == 0) != (after.requests_sent == 0)
    )
