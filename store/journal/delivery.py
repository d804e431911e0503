"""What a run sent and what came of it.

A contact of the plan has a number `n`, from 1. What is sent of it has parts: part 0 is the contact
with its fields, part 1, 2, ... is its first, second, ... missing list membership. A request covers a
range of numbers of one part; outcomes are kept as ranges too, so that a million contacts are some
ten thousand rows.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from store.journal.clock import now

if TYPE_CHECKING:
    from store.journal.schema import Journal


_ACCEPT = """insert into accepted (run_id, part, first, last) values (?, ?, ?, ?)
    on conflict do update set last = max(last, excluded.last)"""


class Fate(StrEnum):
    """What became of a request."""

    SENDING = "sending"
    ANSWERED = "answered"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    NOT_SENT = "not sent"


class Intent(msgspec.Struct, frozen=True):
    """A request that is about to leave."""

    run_id: int
    no: int
    attempt: int
    kind: str
    part: int
    first: int
    last: int
    contacts: int


class Span(msgspec.Struct, frozen=True):
    """Numbers `first` to `last` of one part, both included."""

    part: int
    first: int
    last: int


class Reject(msgspec.Struct, frozen=True):
    """A contact that the destination refused, in its own words."""

    n: int
    status: int | None
    reason: str
    words: str


class Request(msgspec.Struct, frozen=True):
    """A request as the journal shows it."""

    no: int
    attempt: int
    kind: str
    part: int
    first: int
    last: int
    contacts: int
    state: Fate
    status: int | None
    ms: float | None
    sent_at: str
    words: str


class TargetList(msgspec.Struct, frozen=True):
    """A list that a run fills, at its position in the ledger."""

    position: int
    list_id: str
    title: str


def intend(connection: sqlite3.Connection, intent: Intent) -> None:
    """Say that a request is about to leave."""
    connection.execute(
        """insert into request (run_id, no, attempt, kind, part, first, last, contacts, state,
               sent_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
        (
            intent.run_id,
            intent.no,
            intent.attempt,
            intent.kind,
            intent.part,
            intent.first,
            intent.last,
            intent.contacts,
            Fate.SENDING,
            now(),
        ),
    )
    connection.execute(
        "update run set requests_sent = requests_sent + 1 where id = ?", (intent.run_id,)
    )


def conclude(
    connection: sqlite3.Connection,
    intent: Intent,
    fate: Fate,
    *,
    status: int | None = None,
    ms: float | None = None,
    words: str = "",
    accepted: Iterable[Span] = (),
    rejects: Iterable[Reject] = (),
    accepted_contacts: int = 0,
    repeated: Iterable[int] = (),
) -> None:
    """Say what came of a request: its fate, the accepted numbers and the rejects, together."""
    run_id = intent.run_id
    was_open = connection.execute(
        """update request set state = ?, status = ?, ms = ?, words = ?
           where run_id = ? and no = ? and state = ?""",
        (fate, status, ms, words, run_id, intent.no, Fate.SENDING),
    ).rowcount
    if not was_open:
        return  # a later attempt has taken it for lost, and sends its contacts again
    if fate is Fate.NOT_SENT:
        connection.execute(
            "update run set requests_sent = requests_sent - 1 where id = ?", (run_id,)
        )
    connection.executemany(
        _ACCEPT,
        [(run_id, span.part, span.first, span.last) for span in accepted],
    )
    rejected = 0
    for reject in rejects:
        rejected += connection.execute(
            """insert or ignore into reject (run_id, n, request_no, status, reason, words)
               values (?, ?, ?, ?, ?, ?)""",
            (run_id, reject.n, intent.no, reject.status, reject.reason, reject.words),
        ).rowcount
    again = 0
    for n in repeated:
        again += connection.execute(
            "insert or ignore into repeated (run_id, n) values (?, ?)", (run_id, n)
        ).rowcount
    if accepted_contacts or rejected or again:
        connection.execute(
            """update run set accepted = accepted + ?, rejected = rejected + ?,
                   repeated = repeated + ? where id = ?""",
            (accepted_contacts, rejected, again, run_id),
        )


def accept(connection: sqlite3.Connection, run_id: int, span: Span, *, contacts: int) -> None:
    """Count a span as accepted that was looked up rather than answered for."""
    connection.execute(
        _ACCEPT,
        (run_id, span.part, span.first, span.last),
    )
    connection.execute("update run set accepted = accepted + ? where id = ?", (contacts, run_id))


def orphans_become_unknown(connection: sqlite3.Connection, run_id: int) -> int:
    """Requests whose process died before the answer: nobody knows what came of them."""
    return connection.execute(
        "update request set state = ?, words = ? where run_id = ? and state = ?",
        (Fate.UNKNOWN, "the run was interrupted before the answer came", run_id, Fate.SENDING),
    ).rowcount


def spans(journal: Journal, run_id: int) -> list[Span]:
    """What was accepted, in order."""
    rows = journal.rows(
        "select part, first, last from accepted where run_id = ? order by part, first", run_id
    )
    return [Span(row["part"], row["first"], row["last"]) for row in rows]


def unknown_spans(journal: Journal, run_id: int) -> list[Span]:
    """What left without an answer."""
    rows = journal.rows(
        "select distinct part, first, last from request where run_id = ? and state = ?",
        run_id,
        Fate.UNKNOWN,
    )
    return [Span(row["part"], row["first"], row["last"]) for row in rows]


def answered_in_part(journal: Journal, run_id: int) -> list[Span]:
    """Requests with an answer that did not, for all one can see here, vouch for the whole of them."""
    rows = journal.rows(
        """select distinct part, first, last from request as q where run_id = ? and state = ?
               and coalesce((select last from accepted as a where a.run_id = q.run_id
                   and a.part = q.part and a.first <= q.first
                   order by a.first desc limit 1), -1) < q.last""",
        run_id,
        Fate.ANSWERED,
    )
    return [Span(row["part"], row["first"], row["last"]) for row in rows]


def rejects(journal: Journal, run_id: int, *, limit: int = -1, offset: int = 0) -> list[Reject]:
    """The rejects of a run, in the order of the plan."""
    rows = journal.rows(
        "select n, status, reason, words from reject where run_id = ? order by n limit ? offset ?",
        run_id,
        limit,
        offset,
    )
    return [Reject(row["n"], row["status"], row["reason"], row["words"]) for row in rows]


def refused_parts(journal: Journal, run_id: int) -> list[tuple[int, int]]:
    """For each refused contact, its number and the part that was refused."""
    rows = journal.rows(
        """select j.n, q.part from reject as j
           join request as q on q.run_id = j.run_id and q.no = j.request_no
           where j.run_id = ?""",
        run_id,
    )
    return [(row["n"], row["part"]) for row in rows]


def last_request_no(journal: Journal, run_id: int) -> int:
    """The number of the run's newest request; 0 before the first."""
    row = journal.row("select max(no) as no from request where run_id = ?", run_id)
    return int(row["no"] or 0) if row else 0


def keep_lists(connection: sqlite3.Connection, run_id: int, targets: Iterable[TargetList]) -> None:
    """Remember which list stands at which position for this run."""
    connection.executemany(
        "insert or replace into target_list (run_id, position, list_id, title) values (?, ?, ?, ?)",
        [(run_id, target.position, target.list_id, target.title) for target in targets],
    )


def lists(journal: Journal, run_id: int) -> list[TargetList]:
    """The lists of a run by position."""
    rows = journal.rows(
        "select position, list_id, title from target_list where run_id = ? order by position",
        run_id,
    )
    return [TargetList(**dict(row)) for row in rows]


def settled_token(journal: Journal, export_id: str) -> str | None:
    """The token of the export's ledger as it was settled last; None before the first time."""
    row = journal.row("select digest from settlement where export_id = ?", export_id)
    return str(row["digest"]) if row else None
