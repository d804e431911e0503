"""One look of a scheduler: what is due is claimed, and what was claimed is started.

Everything is decided by the journal, so any number of schedulers may look at the same time, and one
may die at any point of a look: the next look, whoever's it is, goes on from there.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import msgspec

from store import exports, settings
from store.alerts import Kind
from store.documents import Broken
from store.errors import Busy, ConfigurationError, NotFound, SegportError, StorageError
from store.exports import Export
from store.journal import alerts, occurrences
from store.journal.alerts import Subject
from store.journal.occurrences import AlreadyDecided, Mark, Occurrence
from store.schedules import Schedule
from workers.actions import runs
from workers.alerts import judge
from workers.schedule.effect import timing_of
from workers.schedule.times import last_due, next_times
from workers.schedule.upstream import being_written
from workers.schedule.words import late_by, waited
from workers.seams import seam

if TYPE_CHECKING:
    from store.journal.schema import Journal
    from store.schedules import Refresh
    from workers.actions.desk import Desk

PATIENCE: Final = timedelta(hours=24)
"""How long an occurrence waits for what is in its way before it is given up."""
# After so long, somebody is told that it waits.
_TELL_AFTER: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Happening:
    """What a look has done about one occurrence."""

    slug: str
    due: datetime
    what: str
    run_id: int | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """What a look has done, and when the next thing is due."""

    happenings: list[Happening] = field(default_factory=list)
    next_due: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Export:
    """An export as a scheduler sees it. `reason` says why nothing of it can be started."""

    id: str
    slug: str
    timing: Schedule | None
    export: Export | None = None
    reason: str = ""


def look(desk: Desk, now: datetime) -> Look:
    """Claim what is due at `now`, start what can be started, and say when to look again.

    Args:
        desk: the scheduler's own desk: it starts runs like anybody.
        now: the time, with its zone.
    """
    with desk.journal() as journal:
        marks = occurrences.marks(journal)
        known = {each.id: each for each in _exports(desk, marks)}
        _forget(desk, journal, known, marks.keys() - known.keys())
        happenings = list(_claim(journal, known, marks, now))
        for each in occurrences.waiting(journal):
            done = _decide(desk, journal, each, known.get(each.export_id), now)
            happenings += [done] if done else []
        happenings += _launch_again(desk, journal)
    timings = [each.timing for each in known.values() if each.timing is not None]
    return Look(happenings, min((t for s in timings for t in next_times(s, now, 1)), default=None))


def note_changes(desk: Desk, now: datetime) -> None:
    """Let schedules that were set or changed count from now on, before any scheduler looks."""
    with desk.journal() as journal:
        marks = occurrences.marks(journal)
        for each in _exports(desk, marks):
            _renew(journal, each, marks.get(each.id), now)


def _exports(desk: Desk, marks: dict[str, Mark]) -> Iterator[_Export]:
    """Every export; one whose file is broken keeps the schedule that it was last seen with."""
    refresh: Refresh | None = None
    trouble = ""
    try:
        refresh = settings.load(desk.workspace).refresh
    except (ConfigurationError, NotFound) as error:
        trouble = error.message
    by_slug = {mark.slug: mark for mark in marks.values()}
    for slug, entry in exports.catalogue(desk.workspace).items():
        if isinstance(entry, Broken):
            mark = by_slug.get(slug)
            if mark is not None:
                yield _Export(mark.export_id, slug, _known(mark), reason=entry.reason)
        elif trouble and entry.timing.on and entry.timing.recurrence == "refresh":
            mark = marks.get(entry.id)
            if mark is not None:
                yield _Export(entry.id, slug, _known(mark), reason=trouble)
        else:
            yield _Export(entry.id, slug, timing_of(entry, refresh), entry)


def _known(mark: Mark) -> Schedule:
    return msgspec.json.decode(mark.schedule, type=Schedule)


def _forget(desk: Desk, journal: Journal, known: dict[str, _Export], gone: set[str]) -> None:
    """An export that is not there any more owes nothing, also if its file comes back.

    As long as a file is broken, nobody knows whose it is, and no alert is taken back.
    """
    orphans = alerts.of_others(journal, known)
    if orphans:
        entries = exports.catalogue(desk.workspace).values()
        whole = all(isinstance(entry, Export) for entry in entries)
        orphans = orphans if whole else []
    if gone or orphans:
        with journal.writing() as db:
            for export_id in gone:
                occurrences.forget_mark(db, export_id)
            for export_id in orphans:
                alerts.drop(db, export_id)


def _renew(journal: Journal, each: _Export, before: Mark | None, now: datetime) -> bool:
    """Begin anew with a schedule that is new, changed or over; says whether it was.

    So it owes nothing from before, and neither does one whose mark is in the future, since the
    clock was set back: what has been claimed once stays claimed.
    """
    if each.timing is None:
        if before is not None:
            with journal.writing() as db:
                occurrences.forget_mark(db, each.id)
                alerts.drop(db, each.id, Kind.NOT_STARTED)
        return True
    schedule = msgspec.json.encode(each.timing).decode()
    if before is not None and before.schedule == schedule and before.seen_until <= now:
        return False
    with journal.writing() as db:
        occurrences.keep_mark(db, Mark(each.id, each.slug, schedule, now), before)
    return True


def _claim(
    journal: Journal, known: dict[str, _Export], marks: dict[str, Mark], now: datetime
) -> Iterator[Happening]:
    """Make a row for whatever came due since the marks, and move the marks on."""
    for each in known.values():
        before = marks.get(each.id)
        if _renew(journal, each, before, now) or before is None or each.timing is None:
            continue
        due = last_due(each.timing, before.seen_until, now)
        if due is None:
            continue
        moment, missed = due
        mark = Mark(each.id, each.slug, before.schedule, moment)
        with journal.writing() as db:
            mine = occurrences.keep_mark(db, mark, before) and occurrences.claim(
                db, mark, moment, missed, now
            )
        seam("claimed")
        if mine:
            yield Happening(each.slug, moment, f"due{late_by(moment, now, missed)}")


def _decide(
    desk: Desk, journal: Journal, of: Occurrence, each: _Export | None, now: datetime
) -> Happening | None:
    """Start an occurrence, let it wait, or give it up; each with its one cause."""
    name = each.export.name if each is not None and each.export is not None else of.slug
    if each is None or each.export is None or each.timing is None:
        return _give_up(desk, journal, of, name, _why_never(each), now)
    obstacle = being_written(desk.workspace, each.export, now)
    if obstacle is None:
        try:
            return _start(desk, of, each.slug, now)
        except AlreadyDecided:
            return None
        except (Busy, StorageError) as error:
            obstacle = error.message
        except SegportError as error:
            return _give_up(desk, journal, of, name, error.message, now)
    return _wait(desk, journal, of, name, obstacle, now)


def _why_never(each: _Export | None) -> str:
    if each is None:
        return "the export was removed"
    return each.reason or "its schedule was switched off meanwhile"


def _wait(
    desk: Desk, journal: Journal, of: Occurrence, name: str, obstacle: str, now: datetime
) -> Happening | None:
    waits = now - of.claimed_at
    if waits >= PATIENCE:
        return _give_up(desk, journal, of, name, f"gave up after a day: {obstacle}", now)
    if obstacle != of.cause:
        with journal.writing() as db:
            occurrences.wait(db, of, obstacle)
    if waits >= _TELL_AFTER and not alerts.open_since(journal, of.export_id, Kind.NOT_STARTED):
        told, export = judge.ways(desk.workspace), Subject(of.export_id, of.slug, name)
        with journal.writing() as db:
            judge.start_failed(db, told, export, f"for over an hour, {obstacle}")
    return None if of.cause else Happening(of.slug, of.due, f"waits: {obstacle}")


def _start(desk: Desk, of: Occurrence, slug: str, now: datetime) -> Happening:
    told = judge.ways(desk.workspace)

    def tie(db: sqlite3.Connection, run_id: int) -> None:
        occurrences.started(db, of, run_id, now)
        judge.started(db, told, Subject(of.export_id, slug, slug))

    run_id = runs.start(desk, slug, asked=tie)
    late = late_by(of.due, of.claimed_at, of.missed) + waited(of.claimed_at, now, of.cause)
    with contextlib.closing(desk.log()) as log:
        log.write(run_id, f"Started by the schedule{late}.", "warning" if late else "info")
    return Happening(of.slug, of.due, f"run {run_id} started{late}", run_id)


def _give_up(
    desk: Desk, journal: Journal, of: Occurrence, name: str, cause: str, now: datetime
) -> Happening | None:
    told, export = judge.ways(desk.workspace), Subject(of.export_id, of.slug, name)
    with journal.writing() as db:
        done = occurrences.skip(db, of, cause, now)
        if done:
            judge.start_failed(db, told, export, cause)
    return Happening(of.slug, of.due, f"skipped: {cause}") if done else None


def _launch_again(desk: Desk, journal: Journal) -> Iterator[Happening]:
    """Launch runs whose scheduler died between asking for them and starting their process."""
    for run_id in occurrences.never_launched(journal):
        if runs.load(desk, run_id).active:
            continue
        of = occurrences.of_run(journal, run_id)
        with contextlib.suppress(SegportError):
            runs.resume(desk, run_id)
            if of is not None:
                yield Happening(of.slug, of.due, f"run {run_id} started again", run_id)
