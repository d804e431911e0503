"""Start a run, after a word on what starting means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.screens.confirm import Confirm

if TYPE_CHECKING:
    from tui.screens.base import Asking


def start(screen: Asking, slug: str, name: str, plan_seen: str | None = None) -> None:
    """Ask, start, and follow the run.

    Args:
        screen: where the question is put.
        slug: the export.
        name: as people call it.
        plan_seen: digest of the plan that was looked at; a run that plans otherwise waits.
    """

    def begin() -> int:
        from store.journal.runs import Options
        from workers.actions import runs

        return runs.start(screen.segport.desk(), slug, Options(plan_seen=plan_seen))

    def follow(run_id: int) -> None:
        from tui.screens.run import RunScreen

        screen.app.push_screen(RunScreen(run_id))

    seen = "It sends the plan you looked at." if plan_seen else "It plans first, then sends."
    words = (
        f"Run the export {name} now?\n\n{seen} The run is a process of its own: it goes on when "
        "you leave the app or lose the connection."
    )

    def answered(yes: bool | None) -> None:
        if yes:
            screen.ask(begin, follow, group="start")

    screen.app.push_screen(Confirm(words, yes="Run"), answered)
