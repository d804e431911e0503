"""What forgetting a person erases and what it leaves, in sentences."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tui.words.figures import joined, many, moment

if TYPE_CHECKING:
    from workers.actions.people import Trace


def kept_here(trace: Trace) -> Iterator[str]:
    """What is kept of the person, one thing a line."""
    found = trace.found
    if trace.begun is not None:
        when = moment(trace.begun.begun_at)
        yield f"an erasure that {trace.begun.operator} began {when} and that was cut off: it goes on"
    if found.plans:
        rows = sum(found.plans.values())
        runs = ", ".join(str(run_id) for run_id in sorted(found.plans))
        yield f"{many(rows, 'row')} in the plans of {many(len(found.plans), 'run')}: {runs}"
    if found.ledgers:
        yield f"{many(len(found.ledgers), 'ledger')}: {joined(trace.ledgers)}"
    if found.rejects:
        yield many(found.rejects, "refusal")
    if found.sentences:
        yield f"{many(found.sentences, 'sentence')} of the history that quote the address"
    if found.lines:
        yield f"{many(found.lines, 'log line')} that quote the address"
    if found.files:
        yield f"{many(len(found.files), 'report')}: {joined(path.name for path in found.files)}"
    if found.leftovers:
        yield f"{many(found.leftovers, 'working file')} of processes that are gone, whoever is in them"
    if not found.anything and trace.begun is None:
        yield "nothing"


def left(trace: Trace) -> Iterator[str]:
    """What stays as it is, and what comes of it."""
    found = trace.found
    if trace.segments:
        hold = "holds" if len(trace.segments) == 1 else "hold"
        yield f"The source files are not touched: {joined(trace.segments)} still {hold} the address."
    if trace.ledgers:
        yield "Autopilot is not touched: the contact stays there until it is deleted there."
    if found.audit:
        yield f"{many(found.audit, 'row of the audit quotes', 'rows of the audit quote')} the address and cannot be changed."
    if found.mentions:
        yield f"{many(found.mentions, 'record of other people holds', 'records of other people hold')} the address in a field."
    for what in found.unread:
        yield f"{what} could not be looked into: it may still hold the address."
    yield from _next(trace)


def _next(trace: Trace) -> Iterator[str]:
    if trace.suppressed_by:
        files = joined(trace.suppressed_by)
        yield f"Nothing more is sent: {files} suppresses the address. Keep that line."
    elif trace.exports:
        yield (
            f"The next run of {joined(trace.exports)} sends this person again, as new. To prevent "
            "that, put the address into data/suppressed.csv (a column `email`)."
        )
    else:
        yield (
            "No export sends this person now. Should the address come back into a segment, it is "
            "sent as new; a line in data/suppressed.csv prevents that."
        )
