"""What the journal holds of one contact of one run."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from store.journal import requests
from store.journal.delivery import Fate, Reject, Request, Span

if TYPE_CHECKING:
    from store.journal.schema import Journal


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was sent of a contact and what came of it.

    Attributes:
        requests: the requests that carried it, in the order of sending.
        parts: the parts that were acknowledged.
        reject: the refusal, if there was one.
        repeated: it may have reached the destination more than once.
    """

    requests: list[Request]
    parts: set[int]
    reject: Reject | None
    repeated: bool


def of_contact(journal: Journal, run_id: int, n: int, parts: Collection[int]) -> Outcome:
    """Everything about contact `n` of a run, of which `parts` were to be sent."""
    covering = [each for each in requests.covering(journal, run_id, n) if each.part in parts]
    spans = [
        Span(row["part"], row["first"], row["last"])
        for row in journal.rows(
            """select part, first, last from accepted
               where run_id = ? and first <= ? and last >= ?""",
            run_id,
            n,
            n,
        )
    ]
    found = journal.row(
        "select n, request_no, status, reason, words from reject where run_id = ? and n = ?",
        run_id,
        n,
    )
    refused_by = found["request_no"] if found else None
    reject = Reject(n, found["status"], found["reason"], found["words"]) if found else None
    again = journal.row("select 1 from repeated where run_id = ? and n = ?", run_id, n)
    return Outcome(
        _carriers(covering, spans, refused_by, n),
        # A span may stretch over a contact that was refused before and passed by.
        {span.part for span in spans} if reject is None else _before(covering, spans, refused_by),
        reject,
        again is not None,
    )


def _carriers(
    covering: list[Request], spans: list[Span], refused_by: int | None, n: int
) -> list[Request]:
    """The requests that really carried it: a range also stretches over what is settled already."""
    carried: list[Request] = []
    done: set[int] = set()
    for request in covering:
        if request.part in done and request.first != request.last:
            continue
        carried.append(request)
        if request.no == refused_by:
            break
        if request.state is Fate.ANSWERED:
            # An answer may vouch for more than one part: the first list rides along with the fields.
            done |= {
                span.part
                for span in spans
                if request.first <= span.first
                and span.last <= request.last
                and request.part <= span.part <= request.part + (request.part == 0)
            }
    return carried


def _before(covering: list[Request], spans: list[Span], refused_by: int | None) -> set[int]:
    """The acknowledged parts of a refused contact: those before the refused one."""
    refused = next((r.part for r in covering if r.no == refused_by), 0)
    return {span.part for span in spans if span.part < refused}
