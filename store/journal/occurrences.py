"""Times at which exports were due, and what came of each: the memory of every scheduler.

An occurrence is one export at one moment. Its row is made once, whoever looks first, and it is
tied to its run in the transaction that asks for the run: so however many schedulers there are, and
whenever one dies, none runs twice and none is lost.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from store.errors import SegportError

if TYPE_CHECKING:
    from store.journal.schema import Journal


class Fate(StrEnum):
    """What became of an occurrence."""

    WAITING = "waiting"
    STARTED = "started"
    SKIPPED = "skipped"


class AlreadyDecided(SegportError):
    """Somebody else has started or skipped this occurrence just now."""


class Occurrence(msgspec.Struct, frozen=True):
    """One export at one moment.

    Attributes:
        missed: how many earlier times passed unseen and are covered by this one; at most 100.
        cause: why it waits or was skipped.
    """

    export_id: str
    slug: str
    due: datetime
    claimed_at: datetime
    missed: int
    state: Fate
    cause: str
    run_id: int | None


class Mark(msgspec.Struct, frozen=True):
    """How far a schedule has been decided: up to and with `seen_until`, for this very `schedule`."""

    export_id: str
    slug: str
    schedule: str
    seen_until: datetime


class Looking(msgspec.Struct, frozen=True):
    """The newest look of a scheduler. `kind` is "run" for the lasting process, "due" for cron."""

    kind: str
    process: int
    began_at: datetime
    looked_at: datetime


def written(moment: datetime) -> str:
    """A moment as the journal writes it."""
    return moment.isoformat(timespec="milliseconds")


def marks(journal: Journal) -> dict[str, Mark]:
    """All marks, by the export's id."""
    return {
        row["export_id"]: Mark(
            row["export_id"],
            row["slug"],
            row["schedule"],
            datetime.fromisoformat(row["seen_until"]),
        )
        for row in journal.rows("select * from timing")
    }


def keep_mark(connection: sqlite3.Connection, mark: Mark, before: Mark | None) -> bool:
    """Move a mark on, if it still is what it was; says whether it did."""
    if before is None:
        return bool(
            connection.execute(
                """insert into timing (export_id, slug, schedule, seen_until) values (?, ?, ?, ?)
                   on conflict do nothing""",
                (mark.export_id, mark.slug, mark.schedule, written(mark.seen_until)),
            ).rowcount
        )
    return bool(
        connection.execute(
            """update timing set slug = ?, schedule = ?, seen_until = ?
               where export_id = ? and schedule = ? and seen_until = ?""",
            (
                mark.slug,
                mark.schedule,
                written(mark.seen_until),
                mark.export_id,
                before.schedule,
                written(before.seen_until),
            ),
        ).rowcount
    )


def forget_mark(connection: sqlite3.Connection, export_id: str) -> None:
    """There is nothing due any more: what comes after is a new schedule, and owes nothing."""
    connection.execute("delete from timing where export_id = ?", (export_id,))


def claim(
    connection: sqlite3.Connection, mark: Mark, due: datetime, missed: int, now: datetime
) -> bool:
    """Make the row of an occurrence; False if there is one. An older one that waits gives way."""
    made = connection.execute(
        """insert into occurrence (export_id, due, slug, claimed_at, missed, state)
           values (?, ?, ?, ?, ?, ?) on conflict do nothing""",
        (mark.export_id, written(due), mark.slug, written(now), missed, Fate.WAITING),
    ).rowcount
    if made:
        connection.execute(
            """update occurrence set state = ?, decided_at = ?,
                   cause = 'the next time came while it waited' ||
                       case when cause = '' then '' else ': ' || cause end
               where export_id = ? and state = ? and due < ?""",
            (Fate.SKIPPED, written(now), mark.export_id, Fate.WAITING, written(due)),
        )
    return bool(made)


def started(connection: sqlite3.Connection, of: Occurrence, run_id: int, now: datetime) -> None:
    """Tie an occurrence to its run, inside the transaction that asks for the run.

    Raises:
        AlreadyDecided: it does not wait any more.
    """
    done = connection.execute(
        """update occurrence set state = ?, cause = '', run_id = ?, decided_at = ?
           where export_id = ? and due = ? and state = ?""",
        (Fate.STARTED, run_id, written(now), of.export_id, written(of.due), Fate.WAITING),
    ).rowcount
    if not done:
        raise AlreadyDecided(f"The run of {of.slug} that was due was started by somebody else.")


def wait(connection: sqlite3.Connection, of: Occurrence, cause: str) -> None:
    """Say why an occurrence waits."""
    connection.execute(
        "update occurrence set cause = ? where export_id = ? and due = ? and state = ?",
        (cause, of.export_id, written(of.due), Fate.WAITING),
    )


def skip(connection: sqlite3.Connection, of: Occurrence, cause: str, now: datetime) -> bool:
    """Give an occurrence up, and say why; False if it does not wait any more."""
    done = connection.execute(
        """update occurrence set state = ?, cause = ?, decided_at = ?
           where export_id = ? and due = ? and state = ?""",
        (Fate.SKIPPED, cause, written(now), of.export_id, written(of.due), Fate.WAITING),
    ).rowcount
    return bool(done)


def waiting(journal: Journal) -> list[Occurrence]:
    """What is due and has not been decided, oldest first."""
    rows = journal.rows("select * from occurrence where state = ? order by due", Fate.WAITING)
    return [_occurrence(row) for row in rows]


def newest_of_each(journal: Journal, export_ids: Iterable[str]) -> dict[str, Occurrence]:
    """The newest occurrence of each of these exports; one look into the index for each of them."""
    found = {export_id: newest(journal, export_id) for export_id in export_ids}
    return {export_id: each for export_id, each in found.items() if each is not None}


def newest(journal: Journal, export_id: str) -> Occurrence | None:
    """The newest occurrence of one export."""
    row = journal.row(
        "select * from occurrence where export_id = ? order by due desc limit 1", export_id
    )
    return _occurrence(row) if row else None


def of_run(journal: Journal, run_id: int) -> Occurrence | None:
    """The occurrence that a run was started for; None for one that was started by hand."""
    row = journal.row("select * from occurrence where run_id = ?", run_id)
    return _occurrence(row) if row else None


def never_launched(journal: Journal) -> list[int]:
    """Runs that were asked for by a schedule and whose process never came to look for its key.

    Only where it is the newest of its export: after a later run there is nothing to make good.
    """
    rows = journal.rows(
        """select r.id from run as r join occurrence as o on o.run_id = r.id
           where r.state in ('queued', 'interrupted') and r.key_fingerprint is null
               and r.cancel_at is null and r.attempt < 3
               and not exists (select 1 from run as later
                   where later.export_id = r.export_id and later.id > r.id)"""
    )
    return [row["id"] for row in rows]


def drop_before(connection: sqlite3.Connection, before: datetime) -> int:
    """Forget what was decided long ago; the newest of each export stays. Returns how many went."""
    return connection.execute(
        """delete from occurrence where due < ? and state <> ? and due < (
               select max(due) from occurrence as newer
               where newer.export_id = occurrence.export_id)""",
        (written(before), Fate.WAITING),
    ).rowcount


def keep_look(
    connection: sqlite3.Connection, kind: str, process: int, began_at: datetime, now: datetime
) -> None:
    """Say that a scheduler looks."""
    connection.execute(
        "insert or replace into scheduler (kind, process, began_at, looked_at) values (?, ?, ?, ?)",
        (kind, process, written(began_at), written(now)),
    )


def take_turn(
    connection: sqlite3.Connection, kind: str, process: int, now: datetime, every: timedelta
) -> bool:
    """Take on what is done once in a while by whoever comes first; False if it is too early."""
    row = connection.execute("select looked_at from scheduler where kind = ?", (kind,)).fetchone()
    if row is not None and abs(now - datetime.fromisoformat(row["looked_at"])) < every:
        return False
    keep_look(connection, kind, process, now, now)
    return True


def looks(journal: Journal) -> list[Looking]:
    """The newest look of each kind of scheduler, the newest first."""
    return [
        Looking(
            row["kind"],
            row["process"],
            datetime.fromisoformat(row["began_at"]),
            datetime.fromisoformat(row["looked_at"]),
        )
        for row in journal.rows(
            "select * from scheduler where kind in ('run', 'due') order by looked_at desc"
        )
    ]


def _occurrence(row: sqlite3.Row) -> Occurrence:
    return Occurrence(
        row["export_id"],
        row["slug"],
        datetime.fromisoformat(row["due"]),
        datetime.fromisoformat(row["claimed_at"]),
        row["missed"],
        Fate(row["state"]),
        row["cause"],
        row["run_id"],
    )
