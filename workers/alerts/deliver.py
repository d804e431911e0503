"""Getting messages out. What does not get through is tried again, told, and stops nothing."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from store import locks
from store.errors import SegportError
from store.journal import alerts
from store.journal.log import Log
from workers.alerts.judge import judge, ways
from workers.schedule.alive import lock_path

if TYPE_CHECKING:
    from store.journal.alerts import Message
    from store.journal.schema import Journal
    from store.workspace import Workspace

# In one go; the rest waits for the next look.
_MOST: Final = 20


def after_run(workspace: Workspace, journal: Journal, run_id: int) -> None:
    """When a run has ended, in its own process: what it says about its export is told.

    A lasting scheduler, if there is one, sends the messages: it has the secrets at hand. The run is
    over by now, so nothing that goes wrong here is its failure.
    """
    with contextlib.suppress(SegportError):
        judge(workspace, journal, run_id)
        if not locks.is_held(lock_path(workspace)):
            deliver(workspace, journal)


def deliver(
    workspace: Workspace, journal: Journal, tell: Callable[[str], None] | None = None
) -> None:
    """Deliver what waits, each message by one process only."""
    wanted = ways(workspace).wanted
    for _ in range(_MOST):
        now = datetime.now(UTC)
        with journal.writing() as db:
            message = alerts.take(db, now)
        if message is None:
            return
        # Imported only when there is something to tell: most runs end without.
        from workers.alerts import channels

        try:
            channels.send(workspace, wanted, message)
        except SegportError as error:
            with journal.writing() as db:
                over = alerts.failed(db, message, error.message, now)
            _log(workspace, message, error, over)
            if tell is not None:
                tell(f"{message.alert.export_slug}: {_told(message, error, over)}")
        else:
            with journal.writing() as db:
                alerts.delivered(db, message)


def _log(workspace: Workspace, message: Message, error: SegportError, over: bool) -> None:
    if message.alert.run_id is None or not (over or message.tries == 1):
        return
    with contextlib.closing(Log(workspace.log_path)) as log:
        log.write(message.alert.run_id, _told(message, error, over), "warning")


def _told(message: Message, error: SegportError, over: bool) -> str:
    later = "it is given up" if over else "it is tried again"
    return f"The alert by {message.channel} did not get through, {later}. {error.message}"
