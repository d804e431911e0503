"""What an operator can do to one run, wherever it is shown; each is asked about first."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeVar

from store.journal.runs import RESUMABLE, Run, State
from tui.screens.base import Asking
from tui.screens.confirm import Confirm
from tui.screens.typed_ahead import TypedAhead
from tui.text import safe
from tui.words.figures import many

if TYPE_CHECKING:
    from textual.dom import DOMNode

    from store.errors import SegportError
    from workers.actions.desk import Desk

T = TypeVar("T")

OFFERED: Final[dict[str, Callable[[Run], bool]]] = {
    "cancel": lambda run: (run.active and not run.cancel_at) or run.state == State.NEEDS_APPROVAL,
    "kill": lambda run: run.active and run.cancel_at is not None,
    "approve": lambda run: run.state == State.NEEDS_APPROVAL,
    "resume": lambda run: run.state in RESUMABLE and not run.over,
    "retry": lambda run: run.rejected > 0 and not run.active,
    "requests": lambda run: run.requests_sent > 0,
    "rejects": lambda run: run.rejected > 0,
    "plan": lambda run: run.plan is not None,
    "excluded": lambda run: run.excluded > 0,
}
"""Which action makes sense for a run as it is."""


class RunActs(TypedAhead):
    """A page about one run; what is done to it waits until it has been read."""

    MODE = "runs"

    def __init__(self, run_id: int) -> None:
        super().__init__()
        self._run_id = run_id
        self._run: Run | None = None

    @property
    def place(self) -> str:
        """Of which run."""
        return f"Run {self._run_id}"

    def reload(self) -> None:
        """Read the run again."""
        raise NotImplementedError

    def wants(self, node: DOMNode | None, action: str) -> bool:
        """A key for the run has to wait for it."""
        return action in OFFERED

    def run_cannot_be_read(self, error: SegportError) -> None:
        """Say so."""
        self.does_not_come()
        self.problem(error)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what makes sense in this state is offered."""
        if action in OFFERED:
            return self._run is not None and OFFERED[action](self._run)
        return super().check_action(action, parameters)

    def action_cancel(self) -> None:
        """Ask whether to, then ask the run to stop."""
        from workers.actions import runs

        self._confirmed(
            f"Stop run {self._run_id} after the requests that are under way?\n\n"
            "What was sent stays sent; the run can be resumed.",
            "Stop the run",
            lambda desk: runs.cancel(desk, self._run_id),
        )

    def action_kill(self) -> None:
        """Ask whether to, then end a run that was asked to stop and does not."""
        from workers.actions import runs

        self._confirmed(
            f"Run {self._run_id} was asked to stop. Kill its process now?\n\n"
            "Requests under way are left without an answer: nobody will know whether they were "
            "taken, and when the run is resumed they are sent again.",
            "Kill it",
            lambda desk: runs.cancel(desk, self._run_id, force=True),
        )

    def action_approve(self) -> None:
        """Let the plan that waits be sent."""
        from workers.actions import runs

        cause = safe(self._run.cause) if self._run else ""
        self._confirmed(
            f"Run {self._run_id} waits: {cause}\n\nApprove it? It sends this plan, none larger.",
            "Approve",
            lambda desk: runs.approve(desk, self._run_id),
        )

    def action_resume(self) -> None:
        """Go on with what was not acknowledged."""
        from workers.actions import runs

        planned = self._run is not None and self._run.plan is not None
        how = (
            "It goes on with what was not acknowledged, by the plan that was frozen."
            if planned
            else "It had no plan yet: it plans, then sends."
        )
        self._confirmed(
            f"Resume run {self._run_id}? {how}",
            "Resume",
            lambda desk: runs.resume(desk, self._run_id),
        )

    def action_retry(self) -> None:
        """Start a run of the rejected contacts alone, and follow it."""
        if self._run is not None:
            ask_to_retry(self, self._run_id, self._run.rejected)

    def action_requests(self) -> None:
        """Show what left, and what was answered."""
        from tui.screens.requests import RequestsScreen

        self.app.push_screen(RequestsScreen(self._run_id))

    def action_rejects(self) -> None:
        """Show who was refused, by what was wrong."""
        from tui.screens.reasons import ReasonsScreen

        self.app.push_screen(ReasonsScreen(self._run_id))

    def action_excluded(self) -> None:
        """Show which rows the plan took out."""
        from tui.screens.excluded import ExcludedScreen

        if self._run is not None:
            self.app.push_screen(ExcludedScreen(self._run))

    def action_plan(self) -> None:
        """Show the plan that this run sends."""
        from tui.screens.kept_plan import KeptPlanScreen

        if self._run is not None and self._run.plan is not None:
            self.app.push_screen(KeptPlanScreen(self._run))

    def _confirmed(self, words: str, yes: str, work: Callable[[Desk], None]) -> None:
        _confirmed(self, words, yes, work, lambda _: self.reload())


def ask_to_retry(screen: Asking, run_id: int, rejected: int) -> None:
    """Ask whether to, then start a run of the rejected contacts alone, and follow it."""
    from tui.screens.run import RunScreen
    from workers.actions import retry

    _confirmed(
        screen,
        f"Run {run_id} got {many(rejected, 'contact')} rejected. Send them again?\n\n"
        "A new run plans anew, with the data of now, and sends those of them that have not got "
        "through since. Nobody who was accepted is sent again; everybody else is left to the next "
        "ordinary run.",
        "Retry",
        lambda desk: retry.start(desk, run_id),
        lambda made: screen.put(RunScreen(made)),
    )


def _confirmed(
    screen: Asking,
    words: str,
    yes: str,
    work: Callable[[Desk], T],
    then: Callable[[T], object],
) -> None:
    def answered(answer: bool | None) -> None:
        if answer:
            screen.ask(lambda: work(screen.segport.desk()), then, group="change")

    screen.app.push_screen(Confirm(words, yes=yes, no="No"), answered)
