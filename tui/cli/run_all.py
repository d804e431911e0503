"""`segport export run --all`: start every export with an active schedule, and wait for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.cli.follow import Left, exit_code, follow
from tui.cli.printing import say, say_json, say_table

if TYPE_CHECKING:
    from store.journal.runs import Run
    from workers.actions.desk import Desk
    from workers.actions.schedules import Asked

_LEFT = 130


def run_all(desk: Desk, *, detach: bool, as_json: bool) -> int:
    """Start them, and unless detached wait for each; returns the worst exit code."""
    from workers.actions import schedules

    asked = schedules.run_all(desk)
    if not asked:
        say_json([]) if as_json else say(
            "No export has an active schedule: see `segport schedule show`."
        )
        return 0
    try:
        ended = {} if detach else _wait(desk, asked)
    except Left:
        say("The runs go on without you: segport run list", err=True)
        return _LEFT
    codes = [_code(each, ended) for each in asked]
    if as_json:
        say_json([{
            "export": each.slug, "run": each.run_id,
            "state": ended[each.run_id].state if each.run_id in ended else None,
            "problem": str(each.problem) if each.problem else None,
        } for each in asked])  # fmt: skip
    else:
        say_table(
            ("EXPORT", "RUN", "STATE"),
            [(each.slug, each.run_id, _told(each, ended)) for each in asked],
        )
    return max(codes)


def _wait(desk: Desk, asked: list[Asked]) -> dict[int | None, Run]:
    return {
        each.run_id: follow(desk, each.run_id, cancels=False, quiet=True)
        for each in asked
        if each.run_id is not None
    }


def _code(asked: Asked, ended: dict[int | None, Run]) -> int:
    if asked.problem is not None:
        return asked.problem.exit_code
    run = ended.get(asked.run_id)
    return 0 if run is None else exit_code(run)


def _told(asked: Asked, ended: dict[int | None, Run]) -> str:
    if asked.problem is not None:
        return f"not started: {asked.problem}"
    run = ended.get(asked.run_id)
    if run is None:
        return "started"
    return f"{run.state}. {run.cause}" if run.cause else str(run.state)
