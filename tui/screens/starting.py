"""Start a run, after a word on what starting means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.screens.confirm import Confirm
from tui.words.figures import many

if TYPE_CHECKING:
    from tui.screens.base import Asking
    from workers.plan.report import PlanReport


def start(
    screen: Asking, slug: str, name: str, to: str | None, seen: PlanReport | None = None
) -> None:
    """Ask, start, and follow the run.

    Args:
        screen: where the question is put.
        slug: the export.
        name: as people call it.
        to: its connection or account, as people call it; None if it has none.
        seen: the plan that was looked at; a run that plans otherwise waits, and the screen that
            shows it is left, since after the run it is true no more.
    """

    def begin() -> int:
        from store.journal.runs import Options
        from workers.actions import runs

        return runs.start(
            screen.segport.desk(), slug, Options(plan_seen=seen.digest if seen else None)
        )

    def follow(run_id: int) -> None:
        from tui.screens.run import RunScreen

        if seen is not None and screen.is_active:
            screen.app.switch_screen(RunScreen(run_id))
        else:
            screen.put(RunScreen(run_id))

    words = (
        f"Run the export {name} now?\n\n{_what(to, seen)} The run is a process of its own: it goes "
        "on when you leave the app or lose the connection."
    )

    def answered(yes: bool | None) -> None:
        if yes:
            screen.ask(begin, follow, group="start")

    screen.app.push_screen(Confirm(words, yes="Run"), answered)


def _what(to: str | None, seen: PlanReport | None) -> str:
    """What leaves, and where it goes."""
    where = f" to {to}" if to else ""
    if seen is None:
        return f"It plans first, then sends{where}."
    if not seen.to_send:
        return "By the plan you looked at there is nothing to send."
    return f"It sends the plan you looked at: {many(seen.to_send, 'contact')}{where}."
