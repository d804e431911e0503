"""The answer about a person in lines of a name and what it is; the app and the command line show them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tui.words.figures import joined, many, moment
from workers.why.answer import NOT_IN_SEGMENT

if TYPE_CHECKING:
    from workers.why.answer import ExportNow, Known, Place, RunThen, Why

# A heading stands alone; the others are a name and what it is.
Line = tuple[str, ...]
_MOST_NUMBERS = 12
_WENT = {
    "sent": "sent",
    "refused": "refused:",
    "unanswered": "perhaps sent, no answer came:",
    "not sent": "did not send",
}


def lines(why: Why) -> Iterator[Line]:
    """Everything, the present first, then the runs in the order of time."""
    yield ("Segments now",)
    yield from _segments(why)
    yield ("Next run",)
    if not why.exports:
        yield ("exports", "there are none")
    for export in why.exports:
        yield from _export(export)
    yield ("Acknowledged",)
    if not why.ledgers:
        yield ("ledger", "no ledger knows this address")
    for known in why.ledgers:
        if not known.acknowledged:
            yield known.export, "perhaps taken: it was sent, and no answer came"
            continue
        yield known.export, f"on {joined(known.lists, 'no list')}{_acknowledged_by(why, known)}"
        yield "", f"holds {_fields(known.fields)}"
    yield ("Runs",)
    if not why.runs:
        yield ("runs", "no kept plan holds this address")
    for run in why.runs:
        yield from _run(run)
    yield from _limits(why)


def _acknowledged_by(why: Why, known: Known) -> str:
    """The person's own run, where its plan is still kept: the ledger names only the export's last."""
    taken = [
        run.run
        for run in why.runs
        if run.export_id == known.export_id and run.outcome in {"accepted", "partly accepted"}
    ]
    return f"; by run {taken[-1]}" if taken else ""


def _segments(why: Why) -> Iterator[Line]:
    if not why.segments:
        yield ("segments", "in none")
    names = {export.slug: export.name for export in why.exports}
    for segment in why.segments:
        users = "; no export"
        if segment.exports:
            users = f"; sent by {joined(names.get(slug, slug) for slug in segment.exports)}"
        rows = _numbers(segment.rows, segment.count)
        yield segment.segment, f"{rows}, column {segment.column}{users}"
    if why.suppressed_by:
        yield ("suppressed", f"by {joined(why.suppressed_by)}")


def _export(export: ExportNow) -> Iterator[Line]:
    if export.problem:
        yield export.name, f"cannot be planned: {export.problem}"
        return
    if export.verdict == NOT_IN_SEGMENT:
        yield export.name, f"nothing: {export.reason}"
        return
    yield export.name, f"{export.verdict}: {export.reason}"
    if export.fields:
        yield "", f"would send {_fields(export.fields)}"
    if export.joins:
        yield "", f"would join {joined(export.joins)}"
    if export.merged:
        yield "", f"gives way to another row: {_places(export.merged)}"


def _run(run: RunThen) -> Iterator[Line]:
    where = f"{run.place.segment} row {run.place.row}"
    why = f" ({run.reason})" if run.reason else ""
    yield (
        f"run {run.run}",
        f"{moment(run.at)}  {run.export}: {run.verdict}{why}, {run.outcome}; {where}",
    )
    if run.fields:
        yield "", f"{_WENT[run.went]} {_fields(run.fields)}"
    if run.joins:
        missing = [title for title in run.joins if title not in run.joined]
        done = f"joined {joined(run.joined)}" if run.joined else ""
        left = f"not acknowledged: {joined(missing)}" if missing else ""
        yield "", "; ".join(part for part in (done, left) if part)
    if run.merged:
        yield "", f"merged: {_places(run.merged)}"
    for one in run.requests:
        status = f" {one.status}" if one.status is not None else ""
        took = f", {one.ms:.0f} ms" if one.ms is not None else ""
        words = f": {one.words}" if one.words else ""
        again = f", attempt {one.attempt}" if one.attempt > 1 else ""
        yield (
            "",
            (
                f"request {one.no} ({one.carried}, {many(one.contacts, 'contact')}{again}) "
                f"{one.state}{status}{took}{words}"
            ),
        )
    if run.words:
        yield "", f"refused: {run.words}"
    if run.repeated:
        yield "", "possibly sent more than once: an answer never came"


def _limits(why: Why) -> Iterator[Line]:
    """What could not be looked into: not known is not the same as no."""
    if not (why.forgotten or why.unread):
        return
    yield ("Not known",)
    if why.forgotten:
        which = _numbers(why.forgotten, len(why.forgotten), "run")
        yield which, "the plan is no longer kept; whether it held this address is unknown"
    for one in why.unread:
        yield one.what, one.reason


def _numbers(numbers: Sequence[int], count: int, one: str = "row") -> str:
    shown = ", ".join(f"{number}" for number in numbers[:_MOST_NUMBERS])
    more = f" and {many(count - _MOST_NUMBERS, 'more', 'more')}" if count > _MOST_NUMBERS else ""
    return f"{one if count == 1 else one + 's'} {shown}{more}"


def _places(places: Sequence[Place]) -> str:
    return ", ".join(f"{place.segment} row {place.row}" for place in places)


def _fields(fields: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in fields.items()) or "no field"
