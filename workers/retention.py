"""How long what runs leave behind is kept, and what may never go while it is needed.

A run that is under way, waits for approval, is not settled, or can still be resumed keeps everything.
The row of a run with its counts stays for ever, as does the audit; neither names a customer.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from store import locks
from store.journal import keeping
from workers import launch, leftovers

if TYPE_CHECKING:
    from store.journal.log import Log
    from store.journal.schema import Journal
    from store.settings import Retention
    from store.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Removed:
    """What went, or would go.

    Attributes:
        plans: runs whose plan and excluded rows went.
        bytes: what they took on disk.
        rejects: refusals, with the destination's words.
        lines: log lines.
    """

    plans: int
    bytes: int
    rejects: int
    lines: int


def apply(
    workspace: Workspace,
    journal: Journal,
    log: Log,
    retention: Retention,
    *,
    at: datetime | None = None,
    only_look: bool = False,
) -> Removed:
    """Remove what is older than `retention` says, and leftovers; with `only_look`, count the first."""
    moment = at or datetime.now(UTC)
    if not only_look:
        leftovers.sweep(workspace)
    plans, size = _plans(workspace, journal, _before(moment, retention.plans), only_look)
    rejects = keeping.drop_rejects(journal, _before(moment, retention.rejects), only_look=only_look)
    lines = log.drop_before(
        _before(moment, retention.logs), keeping.needed(journal), only_look=only_look
    )
    return Removed(plans, size, rejects, lines)


def _before(moment: datetime, days: int | None) -> str | None:
    if days is None:
        return None
    return (moment - timedelta(days=days)).isoformat(timespec="milliseconds")


def _plans(
    workspace: Workspace, journal: Journal, before: str | None, only_look: bool
) -> tuple[int, int]:
    plans = size = 0
    if before is None:
        return 0, 0
    here = {int(path.name) for path in workspace.runs_folder.iterdir() if path.name.isdecimal()}
    for run_id in sorted(here & keeping.over(journal, before)):
        # Held, so that nobody resumes it meanwhile; looked at again, since somebody just may have.
        lock = locks.acquire(launch.lock_path(workspace, run_id))
        if lock is None:
            continue
        try:
            if run_id in keeping.needed(journal):
                continue
            folder = workspace.run_folder(run_id)
            size += sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
            plans += 1
            if not only_look:
                shutil.rmtree(folder, ignore_errors=True)
                lock.path.unlink(missing_ok=True)
        finally:
            lock.release()
    return plans, size
