"""Wait for a run and say how it ended; its state is the exit code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.cli.follow import Left, exit_code, follow
from tui.cli.printing import say, say_json
from tui.cli.report import say_next, say_run

if TYPE_CHECKING:
    from workers.actions.desk import Desk

_LEFT = 130


def wait(desk: Desk, run_id: int, *, cancels: bool, as_json: bool = False, told: int = 0) -> int:
    """Follow a run to its end; returns the exit code.

    Args:
        desk: whose eyes.
        run_id: the run.
        cancels: whether the first Ctrl-C cancels the run; otherwise it only leaves.
        as_json: print the ended run as JSON, and no log.
        told: the newest line of its log that is old news.
    """
    try:
        run = follow(desk, run_id, cancels=cancels, quiet=as_json, told=told)
    except Left:
        say(f"Run {run_id} goes on without you: segport run watch {run_id}", err=True)
        return _LEFT
    from workers.actions.progress import look

    if as_json:
        say_json(run)
    else:
        say()
        seen = look(desk, run_id)
        say_run(run, seen)
        say_next(run, seen)
    return exit_code(run)
