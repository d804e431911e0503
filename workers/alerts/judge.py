"""What the end of a run says about its export: which alerts open, and which are over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from store import machine, settings
from store.alerts import Alerts, Kind
from store.errors import SegportError
from store.figures import many, with_contacts
from store.journal import alerts, clock, occurrences, runs
from store.journal.alerts import Subject
from store.journal.runs import State
from workers.alerts import rejected
from workers.alerts.usual import times_slower
from workers.alerts.words import plain

if TYPE_CHECKING:
    import sqlite3

    from store.journal.runs import Run
    from store.journal.schema import Journal
    from store.workspace import Workspace

# For each kind a sentence when it is so, or None when it is not so; a kind that is missing is one
# that the run says nothing about.
Findings = Mapping[Kind, str | None]


@dataclass(frozen=True, slots=True)
class Told:
    """What is wanted, and by which ways it is told."""

    wanted: Alerts
    channels: list[str]


_DONE: Final = frozenset({State.SUCCESSFUL, State.WITH_REJECTS})
_WRONG: Final = frozenset({State.FAILED, State.INTERRUPTED})


def judge(workspace: Workspace, journal: Journal, run_id: int) -> None:
    """Open and close alerts by how a run ended: once for each attempt, whoever looks first.

    A run that will be launched again by itself is not judged before that.
    """
    run = runs.load(journal, run_id)
    if run.active or run_id in occurrences.never_launched(journal):
        return
    told = ways(workspace)
    found = findings(workspace, journal, run, told.wanted)
    with journal.writing() as db:
        if alerts.judged(db, run.id, run.attempt):
            of = Subject(run.export_id, run.export_slug, run.export_name)
            _apply(db, of, found, told, run.id)


def judge_all(workspace: Workspace, journal: Journal) -> None:
    """The same for every run that ended and that nobody has judged: its process was killed."""
    for run_id in alerts.unjudged(journal):
        judge(workspace, journal, run_id)


def start_failed(db: sqlite3.Connection, told: Told, of: Subject, why: str) -> None:
    """An export that was due did not start; inside the transaction that gives it up."""
    found = {Kind.NOT_STARTED: f"It was due and did not start: {why}"}
    _apply(db, of, found, told, None)


def started(db: sqlite3.Connection, told: Told, of: Subject) -> None:
    """An export that was due has started; inside the transaction that asks for its run."""
    _apply(db, of, {Kind.NOT_STARTED: None}, told, None)


def findings(workspace: Workspace, journal: Journal, run: Run, wanted: Alerts) -> Findings:
    """What a run that ended says."""
    if run.state in _WRONG:
        return {Kind.FAILED: f"Run {run.id} {run.state}: {run.cause or 'no cause is known'}"}
    if run.state in {State.NEEDS_APPROVAL, State.SKIPPED}:
        return {Kind.GUARD: f"Run {run.id} {run.state}: {run.cause}", Kind.NOT_STARTED: None}
    if run.state not in _DONE:
        return {}
    return {
        Kind.FAILED: None,
        Kind.GUARD: None,
        Kind.NOT_STARTED: None,
        Kind.NOTHING: None if run.to_send else f"Run {run.id} had nothing to send.",
        **_rejects(workspace, journal, run, wanted),
        **_speed(journal, run, wanted),
    }


def ways(workspace: Workspace) -> Told:
    """What is wanted, and by which ways it is told; what cannot be read is told nowhere."""
    try:
        wanted = settings.load(workspace).alerts or Alerts()
    except SegportError:
        wanted = Alerts()
    try:
        command = machine.load().alert_command
    except SegportError:
        command = None
    given = (("email", wanted.email), ("webhook", wanted.webhook), ("command", command))
    return Told(wanted, [name for name, way in given if way])


def _apply(
    db: sqlite3.Connection,
    of: Subject,
    found: Findings,
    told: Told,
    run_id: int | None,
) -> None:
    now, channels = clock.now(), told.channels
    for kind, text in found.items():
        if text is None:
            alerts.close_one(db, of.export_id, kind, channels, now=now)
        elif kind in told.wanted.on:
            alerts.open_one(db, of, kind, plain(text), channels, now=now, run_id=run_id)


def _rejects(
    workspace: Workspace, journal: Journal, run: Run, wanted: Alerts
) -> dict[Kind, str | None]:
    """Over once those who were rejected got through, not as soon as a run was about others."""
    found = rejected.in_run(workspace, journal, run)
    percent = 100 * found.new / found.sent if found.sent else 0.0
    if percent > wanted.rejects_percent:
        more = f" {many(found.again, 'more was', 'more were')} rejected before." * bool(found.again)
        return {
            Kind.REJECTS: f"In run {run.id} the destination rejected {found.new:,} of "
            f"{many(found.sent, 'contact')}, {percent:.1f} %; {wanted.rejects_percent:g} % are "
            f"usual.{more}"
        }
    opened = alerts.open_since(journal, run.export_id, Kind.REJECTS)
    first = rejected.began(journal, run.export_id, opened) if opened else None
    if first is None or first.id == run.id:
        return {Kind.REJECTS: None}
    left = rejected.outstanding(workspace, journal, run, first.id) or 0
    if 100 * left / (first.accepted + first.rejected) <= wanted.rejects_percent:
        return {Kind.REJECTS: None}
    if not found.again:
        return {}
    return {
        Kind.REJECTS: f"{many(left, 'contact')} rejected since run {first.id} "
        f"{'has' if left == 1 else 'have'} not been accepted yet, {found.again:,} of them tried "
        f"again by run {run.id}."
    }


def _speed(journal: Journal, run: Run, wanted: Alerts) -> dict[Kind, str | None]:
    compared = times_slower(journal, run)
    if compared is None:
        return {}
    times, took = compared
    if times < wanted.slow_factor:
        return {Kind.SLOW: None}
    return {
        Kind.SLOW: f"Run {run.id} took {took / 60:.0f} min "
        f"for {with_contacts(run.requests_sent)}, "
        f"{times:.1f} times as long as usual."
    }
