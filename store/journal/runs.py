"""Runs as the journal keeps them: one row each."""

from __future__ import annotations

import sqlite3
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import msgspec

from store.connections import Connection
from store.errors import NotFound
from store.exports import Export
from store.figures import with_contacts
from store.journal import audit
from store.journal.clock import now

if TYPE_CHECKING:
    from store.journal.schema import Journal


class State(StrEnum):
    """What a run is doing, or how it ended. A word never has two meanings."""

    QUEUED = "queued"
    PLANNING = "planning"
    NEEDS_APPROVAL = "needs approval"
    SENDING = "sending"
    SUCCESSFUL = "successful"
    WITH_REJECTS = "completed with rejects"
    FAILED = "failed"
    CANCELED = "canceled"
    INTERRUPTED = "interrupted"
    SKIPPED = "skipped"


ACTIVE = frozenset({State.QUEUED, State.PLANNING, State.SENDING})
RESUMABLE = frozenset({State.FAILED, State.CANCELED, State.INTERRUPTED})


class Options(msgspec.Struct, frozen=True, omit_defaults=True):
    """How a run was asked for.

    Attributes:
        full: send every contact and every membership again.
        limit: send only the first so many contacts of the plan.
        plan_seen: digest of the plan that the starter looked at.
        retry_of: send only contacts that this run got rejected.
    """

    full: bool = False
    limit: int | None = None
    plan_seen: str | None = None
    retry_of: int | None = None


class Frozen(msgspec.Struct, frozen=True):
    """The export and its connection as they were when the run was asked for."""

    export: Export
    connection: Connection


class Brief(msgspec.Struct, frozen=True):
    """A run in one line. Times are UTC, ISO 8601; counts are of contacts unless named otherwise."""

    id: int
    export_id: str
    export_slug: str
    export_name: str
    connection_slug: str
    connection_name: str
    operator: str
    started_by: str
    asked_at: str
    began_at: str | None
    ended_at: str | None
    state: State
    cause: str
    attempt: int
    options: Options
    to_send: int
    accepted: int
    rejected: int
    repeated: int
    requests_planned: int
    requests_sent: int

    @property
    def pending(self) -> int:
        """Contacts of the plan that are neither accepted nor rejected."""
        return self.to_send - self.accepted - self.rejected

    @property
    def active(self) -> bool:
        """Whether the journal says that a process is at it; its lock says whether that is true."""
        return self.state in ACTIVE


class Run(Brief, frozen=True):
    """One run, with its frozen configuration and its plan.

    Attributes:
        failed_with: the exit code of what made it fail before it began to send; None for others.
        over: its plan can be carried out no more, so no attempt can go on.
    """

    frozen: Frozen
    key_fingerprint: str | None
    account: str | None
    plan: dict[str, Any] | None
    plan_digest: str | None
    approved_by: str | None
    cancel_by: str | None
    cancel_at: str | None
    heartbeat: str | None
    unsettled: bool
    failed_with: int | None = None
    over: bool = False

    @property
    def excluded(self) -> int:
        """Rows that its plan took out; none before there is a plan."""
        return int((self.plan or {}).get("excluded", 0))

    @property
    def withheld(self) -> int:
        """Contacts that its plan withheld as suppressed."""
        return int((self.plan or {}).get("withheld", 0))


def ask(
    connection: sqlite3.Connection,
    *,
    frozen: Frozen,
    export_slug: str,
    connection_slug: str,
    operator: str,
    started_by: str,
    options: Options,
    number: int | None = None,
) -> int:
    """Write down that a run is asked for, inside the caller's transaction; returns its number.

    Without a `number` it is the next that the journal has not given.
    """
    cursor = connection.execute(
        """insert into run (id, export_id, export_slug, export_name, connection_slug,
               connection_name, operator, started_by, asked_at, state, options, frozen)
           values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
        (
            number,
            frozen.export.id,
            export_slug,
            frozen.export.name,
            connection_slug,
            frozen.connection.name,
            operator,
            started_by,
            now(),
            State.QUEUED,
            msgspec.json.encode(options).decode(),
            msgspec.json.encode(frozen).decode(),
        ),
    )
    run_id = int(cursor.lastrowid or 0)
    _enter(connection, run_id, State.QUEUED)
    return run_id


def load(journal: Journal, run_id: int) -> Run:
    """One run by its number."""
    row = journal.row("select * from run where id = ?", run_id)
    if row is None:
        raise NotFound(f"There is no run {run_id}.", "`segport run list` shows them.")
    return _run(row)


def last_of_each(journal: Journal) -> dict[str, Run]:
    """The newest run of every export, by the export's id."""
    rows = journal.rows(
        "select * from run where id in (select max(id) from run group by export_id)"
    )
    return {row["export_id"]: _run(row) for row in rows}


def unfinished(journal: Journal) -> list[Run]:
    """Runs that the journal calls active, oldest first."""
    marks = ", ".join("?" for _ in ACTIVE)
    rows = journal.rows(f"select * from run where state in ({marks}) order by id", *sorted(ACTIVE))
    return [_run(row) for row in rows]


def unsettled(journal: Journal, export_id: str) -> list[Run]:
    """Runs of an export whose outcomes are not yet in the ledger, oldest first."""
    rows = journal.rows(
        "select * from run where export_id = ? and unsettled = 1 order by id", export_id
    )
    return [_run(row) for row in rows]


def unsettled_exports(journal: Journal) -> list[str]:
    """The ids of the exports that have such runs."""
    rows = journal.rows("select distinct export_id from run where unsettled = 1")
    return [str(row["export_id"]) for row in rows]


def missing_before(journal: Journal, run: Run) -> int:
    """How many runs between the export's last one and this one are not in the journal any more."""
    row = journal.row(
        """select ?1 - before.id - 1 - (select count(*) from run where id > before.id and id < ?1)
               as missing
           from (select coalesce(max(id), 0) as id from run where export_id = ?2 and id < ?1) as before""",
        run.id,
        run.export_id,
    )
    return int(row["missing"]) if row else 0


def begun_since(journal: Journal, run: Run) -> int | None:
    """A later run of the export that has begun to send: this one is over then."""
    row = journal.row(
        "select id from run where export_id = ? and id > ? and began_at is not null",
        run.export_id,
        run.id,
    )
    return None if row is None else int(row["id"])


def note(connection: sqlite3.Connection, run_id: int, **columns: object) -> None:
    """Set columns of a run, inside the caller's transaction; how it ended goes into the audit."""
    names = ", ".join(f"{name} = ?" for name in columns)
    connection.execute(f"update run set {names} where id = ?", (*columns.values(), run_id))
    if "state" in columns:
        _enter(connection, run_id, columns["state"])
        if columns["state"] not in ACTIVE:
            _note_end(connection, run_id)


class Stage(msgspec.Struct, frozen=True):
    """A state that a run came into."""

    attempt: int
    state: State
    at: str


def stages(journal: Journal, run_id: int) -> list[Stage]:
    """The states that a run went through, in order; the last one is what it is in."""
    rows = journal.rows("select attempt, state, at from stage where run_id = ? order by no", run_id)
    return [Stage(row["attempt"], State(row["state"]), row["at"]) for row in rows]


def _enter(connection: sqlite3.Connection, run_id: int, state: object) -> None:
    connection.execute(
        """insert into stage (run_id, no, attempt, state, at)
           select id, (select coalesce(max(no), 0) + 1 from stage where run_id = run.id), attempt,
               ?, ? from run where id = ?""",
        (state, now(), run_id),
    )


def _note_end(connection: sqlite3.Connection, run_id: int) -> None:
    """What came of a run stands in the audit beside who started it, sealed like all else."""
    cursor = connection.execute("select * from run where id = ?", (run_id,))
    row = cursor.fetchone()
    counts = (
        f"{row['accepted']:,} accepted, {row['rejected']:,} rejected"
        f" of {row['to_send']:,}; {with_contacts(row['requests_sent'])}"
    )
    parts = [counts, f"plan {row['plan_digest'][:16]}" if row["plan_digest"] else "", row["cause"]]
    audit.record(
        connection,
        operator=row["operator"],
        via="run",
        action="run waits" if row["state"] == State.NEEDS_APPROVAL else "run ended",
        subject=f"run {run_id}",
        detail="; ".join(part for part in parts if part),
        result=row["state"],
    )


def _run(row: sqlite3.Row) -> Run:
    fields: dict[str, Any] = dict(row)
    fields["options"] = msgspec.json.decode(fields["options"])
    fields["frozen"] = msgspec.json.decode(fields["frozen"])
    fields["plan"] = msgspec.json.decode(fields["plan"]) if fields["plan"] else None
    for name in ("unsettled", "over"):
        fields[name] = bool(fields[name])
    return msgspec.convert(fields, Run)
