"""A run's requests and rejects as they are looked at: in pages, one by one, and summed up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from store.errors import NotFound
from store.journal.delivery import Fate, Request, Span

if TYPE_CHECKING:
    import sqlite3

    from store.journal.schema import Journal

# Word for word what the index `request_in_trouble` was made with, or SQLite cannot use it.
_TROUBLE: Final = "state in ('refused', 'unknown', 'not sent')"
_COLUMNS: Final = (
    "no, attempt, kind, part, first, last, contacts, state, status, ms, sent_at, words"
)
# What is said of the key or the pace says nothing of a batch; a redirect is none of the contacts' either.
_HALVED: Final = "status >= 400 and status not in (401, 403, 429)"
_PACE_OVER: Final = 100


class Share(msgspec.Struct, frozen=True):
    """The requests of one attempt that are alike in part, kind and fate.

    Attributes:
        part: 0 is the contact itself, 1, 2, ... its first, second, ... further list.
        contacts: in all of them together.
        ms: the mean time to an answer; None where none came.
        halved: refused as a whole for what they held, and sent again in halves.
        too_fast: refused for nothing but their pace.
    """

    attempt: int
    part: int
    kind: str
    state: Fate
    requests: int
    contacts: int
    ms: float | None
    first_at: str
    last_at: str
    halved: int
    too_fast: int


class Pace(msgspec.Struct, frozen=True):
    """How fast the newest requests left.

    Attributes:
        contacts: those that were answered for.
        in_parts: requests that were refused as a whole: their contacts are sent again in parts.
    """

    requests: int
    contacts: int
    in_parts: int
    first_at: str
    last_at: str


class Refusals(msgspec.Struct, frozen=True):
    """Rejects that were told in the same words. `n` is one of them."""

    status: int | None
    reason: str
    words: str
    contacts: int
    n: int


def page(
    journal: Journal,
    run_id: int,
    *,
    before: int | None = None,
    after: int | None = None,
    limit: int = 200,
    trouble: bool = False,
) -> list[Request]:
    """Requests in the order of sending.

    Args:
        journal: where to look.
        run_id: the run.
        before: only the last `limit` ones with a lower number; the newest of all without it.
        after: the first `limit` ones with a higher number instead.
        limit: how many.
        trouble: only those that were not simply answered.
    """
    source = "request indexed by request_in_trouble" if trouble else "request"
    narrowed = f" and {_TROUBLE}" if trouble else ""
    forward = after is not None
    bound = " and no > ?" if forward else "" if before is None else " and no < ?"
    values = [value for value in (run_id, after if forward else before) if value is not None]
    rows = journal.rows(
        f"""select {_COLUMNS} from {source} where run_id = ?{bound}{narrowed}
            order by no {"asc" if forward else "desc"} limit ?""",
        *values,
        limit,
    )
    return [_request(row) for row in (rows if forward else reversed(rows))]


def one(journal: Journal, run_id: int, no: int) -> Request:
    """One request by its number.

    Raises:
        NotFound: the run has none of that number.
    """
    row = journal.row(f"select {_COLUMNS} from request where run_id = ? and no = ?", run_id, no)
    if row is None:
        raise NotFound(
            f"Run {run_id} has no request {no}.", f"`segport run requests {run_id}` shows them."
        )
    return _request(row)


def covering(journal: Journal, run_id: int, n: int) -> list[Request]:
    """The requests in whose range contact `n` lies, in the order of sending."""
    rows = journal.rows(
        f"""select {_COLUMNS} from request where run_id = ? and first <= ? and last >= ?
            order by no""",
        run_id,
        n,
        n,
    )
    return [_request(row) for row in rows]


def shares(journal: Journal, run_id: int) -> list[Share]:
    """All requests of a run, summed up, in the order in which they began."""
    rows = journal.rows(
        f"""select attempt, part, kind, state, count(*) as requests, sum(contacts) as contacts,
               avg(ms) as ms, min(sent_at) as first_at, max(sent_at) as last_at,
               count(*) filter (where state = ? and contacts > 1
                   and {_HALVED}) as halved,
               count(*) filter (where status = 429) as too_fast
           from request where run_id = ? group by attempt, part, kind, state
           order by attempt, part, first_at""",
        Fate.REFUSED,
        run_id,
    )
    return [Share(**{**dict(row), "state": Fate(row["state"])}) for row in rows]


def pace(journal: Journal, run_id: int, attempt: int) -> Pace | None:
    """How the newest requests of an attempt left; None before there are two."""
    row = journal.row(
        """select count(*) as requests,
               coalesce(sum(contacts) filter (where state = ?), 0) as contacts,
               count(*) filter (where state = ? and status <> 429 and contacts > 1) as in_parts,
               min(sent_at) as first_at, max(sent_at) as last_at
           from (select contacts, state, status, sent_at from request where run_id = ? and attempt = ?
                 order by no desc limit ?)""",
        Fate.ANSWERED,
        Fate.REFUSED,
        run_id,
        attempt,
        _PACE_OVER,
    )
    return Pace(**dict(row)) if row is not None and row["requests"] > 1 else None


def refusals(journal: Journal, run_id: int) -> list[Refusals]:
    """The rejects of a run by what was said, the most frequent first."""
    rows = journal.rows(
        """select status, reason, words, count(*) as contacts, min(n) as n from reject
           where run_id = ? group by status, reason, words order by contacts desc, n""",
        run_id,
    )
    return [Refusals(**dict(row)) for row in rows]


def rejected_by(journal: Journal, run_id: int, no: int) -> int:
    """How many contacts one request got refused."""
    row = journal.row(
        "select count(*) as n from reject where run_id = ? and request_no = ?", run_id, no
    )
    return int(row["n"]) if row else 0


def repeated_within(journal: Journal, run_id: int, span: Span) -> int:
    """How many contacts of a span count as possibly repeated."""
    row = journal.row(
        "select count(*) as n from repeated where run_id = ? and n between ? and ?",
        run_id,
        span.first,
        span.last,
    )
    return int(row["n"]) if row else 0


def settled_before(
    journal: Journal, run_id: int, no: int, span: Span
) -> tuple[list[Span], set[int]]:
    """What already had its fate when a request left.

    Returns:
        The spans that earlier requests got answered, and the numbers that they got refused.
    """
    answered = journal.rows(
        """select part, first, last from request
           where run_id = ? and no < ? and state = ? and last >= ? and first <= ?""",
        run_id,
        no,
        Fate.ANSWERED,
        span.first,
        span.last,
    )
    refused = journal.rows(
        "select n from reject where run_id = ? and request_no < ? and n between ? and ?",
        run_id,
        no,
        span.first,
        span.last,
    )
    return (
        [Span(row["part"], row["first"], row["last"]) for row in answered],
        {row["n"] for row in refused},
    )


def _request(row: sqlite3.Row) -> Request:
    return Request(**{**dict(row), "state": Fate(row["state"])})
