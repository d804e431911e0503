"""What an operator does with runs."""

from __future__ import annotations

import os
import signal
import time
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Any

import msgspec

from store import connections, exports, locks
from store.errors import Busy, Locked, NotFound, SegportError, Stopped, UsageError
from store.journal import clock, past, runs
from store.journal.past import Wanted
from store.journal.runs import RESUMABLE, Frozen, Options, Run, State
from store.keys import secrets
from workers import launch, numbers
from workers.actions.over import refuse_over
from workers.actions.sight import as_seen, briefly_seen, find_key
from workers.destinations.address import origin_of
from workers.liveness import look_at_all, refuse_second, state_to_tell
from workers.seams import seam

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

    from store.documents import Document
    from store.exports import Export
    from store.journal.runs import Brief
    from store.journal.schema import Journal
    from workers.actions.desk import Desk


def start(
    desk: Desk,
    slug: str,
    options: Options | None = None,
    *,
    asked: Callable[[sqlite3.Connection, int], None] | None = None,
) -> int:
    """Start a run of an export in a process of its own; returns its number.

    Args:
        desk: who, and where.
        slug: the export.
        options: how.
        asked: called with the run's number inside the transaction that asks for it; what it
            raises, nothing was asked.

    Raises:
        Busy: a run of this export is under way; says whose.
        Stopped: there is no consent on the connection.
    """
    document, found = allowed(desk, slug)
    export = document.value
    key = _ready(desk, found.path.stem, found.value)
    with desk.journal() as journal, ExitStack() as held:
        with journal.writing() as db:
            refuse_second(desk.workspace, journal, db, export.id)
            run_id = runs.ask(
                db,
                frozen=Frozen(export, found.value),
                export_slug=document.path.stem,
                connection_slug=found.path.stem,
                operator=desk.operator.name,
                started_by=desk.via,
                options=options or Options(),
                number=numbers.following(desk.workspace, journal),
            )
            _supersede(db, export.id, run_id)
            if asked is not None:
                asked(db, run_id)
            # Held before anybody can see the row, so the run never looks dead while it starts.
            lock = _acquire(launch.lock_path(desk.workspace, run_id))
            if lock is None:
                raise Busy(f"Somebody holds the lock of run {run_id}.", "Try again.")
            # Of a run that comes to nothing, nobody may hold it: its number is given again.
            held.callback(lock.release)
            _record(desk, db, "run started", run_id, document.path.stem)
        seam("asked")
        _launch(desk, journal, run_id, lock, key)
    return run_id


def allowed(desk: Desk, slug: str) -> tuple[Document[Export], Document[connections.Connection]]:
    """An export and its connection, if this operator may run the one over the other.

    Raises:
        NotPermitted: they may not; who could let them is said.
    """
    desk.require("contributor", "to run an export", slug)
    document = exports.load(desk.workspace, slug)
    export = document.value
    if export.connection is None:
        raise UsageError(f"The export {export.name} has no connection.", "Attach one first.")
    found = desk.connection(export.connection)
    desk.require_shared(found.value)
    return document, found


def load(desk: Desk, run_id: int) -> Run:
    """One run as it really is: one whose process is gone is interrupted."""
    return as_seen(desk, [_load(desk, run_id)])[0]


def history(
    desk: Desk, which: Wanted | None = None, *, before: int | None = None, limit: int = 50
) -> list[Brief]:
    """The newest runs first, as they really are; `before` is the last run of the page before."""
    with desk.journal() as journal:
        unwritten = look_at_all(desk.workspace, journal)
        found = [
            msgspec.structs.replace(each, state=known.state, cause=known.cause)
            if (known := unwritten.get(each.id))
            else each
            for each in past.page(journal, which or Wanted(), before=before, limit=limit)
        ]
    return briefly_seen(desk, found)


def cancel(desk: Desk, run_id: int, *, force: bool = False) -> None:
    """Ask a run to stop after the requests under way.

    Args:
        desk: who, and where.
        run_id: which run.
        force: kill its process; what had left without an answer stays unknown.
    """
    desk.require("contributor", "to cancel a run", f"run {run_id}")
    run = _load(desk, run_id)
    desk.require_shared(_today(desk, run))
    if run.state is not State.NEEDS_APPROVAL and not run.active:
        raise UsageError(f"Run {run_id} is not under way: it is {run.state}.")
    try:
        _note_cancel(desk, run_id)
    except Locked:
        if not force:
            raise
        # A process that stands still in the middle of a commit holds the journal until it is killed.
        _kill(desk, run_id)
        _note_cancel(desk, run_id)
    if force:
        _kill(desk, run_id)
        _load(desk, run_id)


def resume(desk: Desk, run_id: int) -> None:
    """Go on with what a run has not got acknowledged, by its frozen plan."""
    desk.require("contributor", "to resume a run", f"run {run_id}")
    run = _load(desk, run_id)
    if run.state not in RESUMABLE:
        raise UsageError(
            f"Run {run_id} is {run.state}; there is nothing to resume.",
            "Start a new run of the export instead." if not run.active else "",
        )
    _again(desk, run, "run resumed")


def approve(desk: Desk, run_id: int) -> None:
    """Allow the plan that waits, and no larger one: it is sent exactly as it was frozen."""
    desk.require("contributor", "to approve a run", f"run {run_id}")
    run = _load(desk, run_id)
    if run.state is not State.NEEDS_APPROVAL:
        raise UsageError(f"Run {run_id} does not wait for approval: it is {run.state}.")
    _again(desk, run, "run approved", approved_by=desk.operator.name)


def _ready(desk: Desk, slug: str, connection: connections.Connection) -> secrets.Key | None:
    """Consent is there, and a key; returns the key if only this process has it."""
    origin = origin_of(connection.base_url)
    if connection.consent is None or connection.consent.origin != origin:
        raise Stopped(
            f"Nobody has agreed to data leaving through the connection {connection.name}"
            + (f" to {origin}." if desk.is_administrator else "."),
            f"Read the statement and agree on the connection: segport connection edit {slug} --agree."
            if desk.is_administrator
            else f"An administrator gives consent on the connection. {desk.operator.whom_to_ask}",
        )  # fmt: skip
    found = find_key(desk, slug, origin)
    return found.key if found.from_environment else None


def _supersede(db: sqlite3.Connection, export_id: str, run_id: int) -> None:
    waiting = db.execute(
        "select id from run where export_id = ? and state = ?", (export_id, State.NEEDS_APPROVAL)
    ).fetchall()
    for row in waiting:
        runs.note(db, row["id"], state=State.CANCELED, ended_at=clock.now(),
                  cause=f"run {run_id} was started instead")  # fmt: skip


def _again(desk: Desk, run: Run, action: str, **columns: object) -> None:
    from workers.settle import refuse_without_plan
    from workers.taking_out import finish

    path = launch.lock_path(desk.workspace, run.id)
    today = _as_now(desk, run)
    desk.require_shared(today)
    key = _ready(desk, run.connection_slug, today)
    # What is sent stays as it was asked for; how fast is for the connection to say, as it is now.
    frozen = Frozen(
        run.frozen.export, msgspec.structs.replace(run.frozen.connection, rate=today.rate)
    )
    with desk.journal() as journal, ExitStack() as held:
        refuse_over(desk.workspace, journal, run)
        refuse_without_plan(desk.workspace, run)
        # Who was being erased when that was cut off is not sent either.
        finish(desk.workspace, journal, run.id)
        lock = _acquire(path)
        if lock is None:
            raise Busy(f"Run {run.id} is under way.", f"`segport run watch {run.id}` shows it.")
        held.callback(lock.release)
        with journal.writing() as db:
            _refuse_changed(journal, run)
            refuse_second(desk.workspace, journal, db, run.export_id)
            runs.note(
                db, run.id, frozen=msgspec.json.encode(frozen).decode(), state=State.QUEUED, cause="", ended_at=None, cancel_by=None,
                cancel_at=None, heartbeat=clock.now(), attempt=run.attempt + 1, **columns,
            )  # fmt: skip
            _record(desk, db, action, run.id)
        _launch(desk, journal, run.id, lock, key)


def _refuse_changed(journal: Journal, run: Run) -> None:
    now = runs.load(journal, run.id)
    if (now.state, now.attempt) != (run.state, run.attempt):
        raise Busy(f"Run {run.id} is {now.state} by now.", "Look at it again.")


def _load(desk: Desk, run_id: int) -> Run:
    with desk.journal() as journal:
        return state_to_tell(desk.workspace, journal, runs.load(journal, run_id))


def _today(desk: Desk, run: Run) -> connections.Connection:
    """A run's connection as it is now; where it is gone or broken, as it was frozen."""
    try:
        return connections.load(desk.workspace, run.connection_slug).value
    except SegportError:
        return run.frozen.connection


def _as_now(desk: Desk, run: Run) -> connections.Connection:
    """The run's frozen connection with the consent as it stands today."""
    try:
        today = connections.load(desk.workspace, run.connection_slug).value
    except NotFound:
        raise Stopped(
            f"The connection {run.connection_name} of run {run.id} was removed.",
            "It cannot go on; start a new run over another connection.",
        ) from None
    frozen = run.frozen.connection
    if origin_of(today.base_url) != origin_of(frozen.base_url):
        raise Stopped(f"The connection {run.connection_name} leads elsewhere by now.",
                      "Start a new run.")  # fmt: skip
    return today


def _launch(
    desk: Desk, journal: Journal, run_id: int, lock: locks.Lock, key: secrets.Key | None
) -> None:
    try:
        launch.start(desk.workspace, run_id, lock, key)
    except BaseException:
        with journal.writing() as db:
            runs.note(db, run_id, state=State.FAILED, cause="its process could not be started",
                      failed_with=None, ended_at=clock.now())  # fmt: skip
        raise


def _acquire(path: Any) -> locks.Lock | None:  # noqa: ANN401
    """Take a lock that somebody may be looking at this very moment."""
    for _ in range(20):
        lock = locks.acquire(path)
        if lock is not None:
            return lock
        time.sleep(0.01)
    return None


def _kill(desk: Desk, run_id: int) -> None:
    """Kill the process that holds the run's lock, however still it stands."""
    process = locks.holder(launch.lock_path(desk.workspace, run_id))
    if process is None:
        return
    with suppress(ProcessLookupError):  # it has just ended by itself
        os.kill(process, signal.SIGKILL)
    for _ in range(200):
        if not locks.is_held(launch.lock_path(desk.workspace, run_id)):
            return
        time.sleep(0.01)


def _note_cancel(desk: Desk, run_id: int) -> None:
    """Ask for it in the journal; what waits for approval is canceled by that."""
    asked: dict[str, object] = {"cancel_by": desk.operator.name, "cancel_at": clock.now()}
    with desk.journal() as journal, journal.writing() as db:
        # As it is now: it may have been approved, or have ended, since it was looked at.
        run = runs.load(journal, run_id)
        if run.state is State.NEEDS_APPROVAL:
            asked |= {"state": State.CANCELED, "ended_at": clock.now(),
                      "cause": f"canceled by {desk.operator.name}"}  # fmt: skip
        elif not run.active:
            raise UsageError(f"Run {run_id} is not under way any more: it is {run.state}.")
        runs.note(db, run_id, **asked)
        _record(desk, db, "run canceled", run_id)


def _record(desk: Desk, db: sqlite3.Connection, action: str, run_id: int, detail: str = "") -> None:
    desk.note(db, action, f"run {run_id}", detail)
