"""Whether a run is alive: exactly while it holds its lock. One whose process is gone is interrupted."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import msgspec

from store import locks
from store.errors import Busy, StorageError
from store.figures import duration
from store.journal import clock, delivery, runs
from store.journal.runs import State
from workers import launch

if TYPE_CHECKING:
    import sqlite3

    from store.journal.runs import Run
    from store.journal.schema import Journal
    from store.workspace import Workspace


# A heartbeat is written every two seconds; the longest pause of a busy machine is well below this.
_SILENCE: Final = 20.0


def silence(run: Run) -> float | None:
    """Seconds for which a run under way has given no sign of life, if that is long: it may be stuck."""
    if run.state not in {State.PLANNING, State.SENDING} or run.heartbeat is None:
        return None
    seconds = (datetime.now(UTC) - datetime.fromisoformat(run.heartbeat)).total_seconds()
    return seconds if seconds >= _SILENCE else None


def look_after_all(workspace: Workspace, journal: Journal) -> None:
    """Mark every run whose process is gone as interrupted, so that the journal says what is true."""
    for run in runs.unfinished(journal):
        true_state(workspace, journal, run)


def look_at_all(workspace: Workspace, journal: Journal) -> dict[int, Run]:
    """The same where they are only told of; by number, those that the journal now tells otherwise.

    A disk may take no word, and what cannot be written down can be told all the same.
    """
    try:
        look_after_all(workspace, journal)
    except StorageError:
        return {run.id: as_it_is(workspace, journal, run) for run in runs.unfinished(journal)}
    return {}


def refuse_second(
    workspace: Workspace, journal: Journal, db: sqlite3.Connection, export_id: str
) -> None:
    """Refuse while a run of the export is under way; one whose process is gone is interrupted."""
    for run in runs.unfinished(journal):
        if run.export_id != export_id:
            continue
        if locks.is_held(launch.lock_path(workspace, run.id)):
            raise _under_way(run)
        _mark_interrupted(db, run)


def _under_way(run: Run) -> Busy:
    told = f"{run.operator} runs this export already: run {run.id}, {run.state}"
    silent = silence(run)
    if silent is None:
        return Busy(f"{told}.", f"Watch it with `segport run watch {run.id}`.")
    return Busy(
        f"{told}, and without a sign of life for {duration(silent)}.",
        f"If it is stuck, `segport run cancel {run.id} --force` ends it.",
    )


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


def state_to_tell(workspace: Workspace, journal: Journal, run: Run) -> Run:
    """The run as it really is, written down where the disk takes a word."""
    try:
        return true_state(workspace, journal, run)
    except StorageError:
        return as_it_is(workspace, journal, run)


def as_it_is(workspace: Workspace, journal: Journal, run: Run) -> Run:
    """The same without a word in the journal, which may lie on a disk that takes none."""
    lock = launch.lock_path(workspace, run.id)
    if not run.active or locks.is_held(lock):
        return run
    # Read again, as above: what ends by itself writes that down before it lets go of its lock.
    now = runs.load(journal, run.id)
    if not now.active or locks.is_held(lock):
        return now
    state, cause = _end_of(now)
    return msgspec.structs.replace(now, state=state, cause=cause)


def _mark_interrupted(db: sqlite3.Connection, run: Run) -> None:
    state, cause = _end_of(run)
    runs.note(db, run.id, state=state, cause=cause, ended_at=clock.now())
    delivery.orphans_become_unknown(db, run.id)


def _end_of(run: Run) -> tuple[State, str]:
    """How a run ended whose process is gone."""
    if run.cancel_at is not None:
        return State.CANCELED, f"canceled by {run.cancel_by}"
    return State.INTERRUPTED, "its process is gone"
