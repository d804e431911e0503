"""Whether a run is alive: exactly while it holds its lock. One whose process is gone is interrupted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store import locks
from store.errors import Busy
from store.journal import clock, delivery, runs
from store.journal.runs import State
from workers import launch

if TYPE_CHECKING:
    import sqlite3

    from store.journal.runs import Run
    from store.journal.schema import Journal
    from store.workspace import Workspace


def look_after_all(workspace: Workspace, journal: Journal) -> None:
    """Mark every run whose process is gone as interrupted, so that the journal says what is true."""
    for run in runs.unfinished(journal):
        true_state(workspace, journal, run)


def refuse_second(
    workspace: Workspace, journal: Journal, db: sqlite3.Connection, export_id: str
) -> None:
    """Refuse while a run of the export is under way; one whose process is gone is interrupted."""
    for run in runs.unfinished(journal):
        if run.export_id != export_id:
            continue
        if locks.is_held(launch.lock_path(workspace, run.id)):
            raise Busy(
                f"{run.operator} runs this export already: run {run.id}, {run.state}.",
                f"Watch it with `segport run watch {run.id}`.",
            )
        _mark_interrupted(db, run)


def true_state(workspace: Workspace, journal: Journal, run: Run) -> Run:
    """The run as it really is: one whose process is gone is interrupted, or canceled if it was told to."""
    if not run.active or locks.is_held(launch.lock_path(workspace, run.id)):
        return run
    with journal.writing() as db:
        # Looked at again inside the transaction: it may have ended, or been resumed, just now.
        now = runs.load(journal, run.id)
        if now.active and not locks.is_held(launch.lock_path(workspace, run.id)):
            _mark_interrupted(db, now)
    return runs.load(journal, run.id)


def _mark_interrupted(db: sqlite3.Connection, run: Run) -> None:
    canceled = run.cancel_at is not None
    runs.note(
        db, run.id,
        state=State.CANCELED if canceled else State.INTERRUPTED,
        cause=f"canceled by {run.cancel_by}" if canceled else "its process is gone",
        ended_at=clock.now(),
    )  # fmt: skip
    delivery.orphans_become_unknown(db, run.id)
