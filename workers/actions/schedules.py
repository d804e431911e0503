"""What an operator does with schedules. Setting one never runs anything."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal

import msgspec

from store import documents, exports, settings
from store.documents import Broken
from store.errors import ConfigurationError, SegportError, UsageError
from store.exports import Export
from store.journal import occurrences, runs
from store.journal.occurrences import Fate, Occurrence
from store.people.operators import Operator
from store.schedules import WITH_REFRESH, Refresh, Schedule
from store.settings import Settings
from store.workspace import open_workspace
from workers.actions import alerts, keeping
from workers.actions.desk import Desk
from workers.actions.runs import start
from workers.alerts.judge import judge_all
from workers.liveness import as_it_is, look_after_all
from workers.schedule import look as schedule_look
from workers.schedule.alive import LOOK_AT_LEAST, SchedulerLife, scheduler_alive
from workers.schedule.effect import in_effect, timing_of
from workers.schedule.times import next_times
from workers.schedule.why import Known, why
from workers.schedule.words import said, said_in_full

if TYPE_CHECKING:
    from store.documents import Document
    from workers.schedule.look import Look

AHEAD = 5
VIA = "schedule"
RETENTION = "retention"
DAILY = timedelta(days=1)
# Times at which exports were due name no customer; after so long nobody asks for them either.
KEPT = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class ScheduleLine:
    """When an export runs.

    Attributes:
        schedule: as it is set.
        words: the same for a narrow column, as in "daily 06:00".
        in_full: the same with zone and bounds.
        timing: what it comes to, with the refresh taken into account; None when nothing is due.
        next: the next times, in UTC; empty when nothing is due.
        why: in one line why it did or did not run last time.
    """

    slug: str
    name: str
    schedule: Schedule
    words: str
    in_full: str
    timing: Schedule | None
    next: list[datetime] = field(default_factory=list)
    why: str = ""

    @property
    def active(self) -> bool:
        """Whether it runs by itself: by its own schedule, or with a refresh that is on."""
        return self.timing is not None


def of(desk: Desk, slug: str) -> ScheduleLine:
    """The schedule of one export, with its next five times."""
    document = exports.load(desk.workspace, slug)
    return _lines(desk, {document.path.stem: document.value}, AHEAD)[document.path.stem]


def all_of(desk: Desk, *, ahead: int = 1) -> dict[str, ScheduleLine]:
    """The schedule of every usable export, by slug, each with its next time."""
    entries = exports.catalogue(desk.workspace).items()
    return _lines(desk, {s: e for s, e in entries if isinstance(e, Export)}, ahead)


def unusable(desk: Desk) -> list[Broken]:
    """The exports whose files cannot be used: nobody knows when they would run."""
    entries = exports.catalogue(desk.workspace).values()
    return [entry for entry in entries if isinstance(entry, Broken)]


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of asking for the run of one export."""

    slug: str
    run_id: int | None = None
    problem: SegportError | None = None


def run_all(desk: Desk) -> list[Asked]:
    """Start every export that runs by itself, and none that runs only by hand."""
    desk.require("contributor", "to run exports")
    return run_these(desk, [line.slug for line in all_of(desk, ahead=0).values() if line.active])


def run_these(desk: Desk, slugs: Sequence[str]) -> list[Asked]:
    """Start several exports. One that cannot be started does not hold up the others."""
    asked = []
    for slug in slugs:
        try:
            asked.append(Asked(slug, start(desk, slug)))
        except SegportError as error:
            asked.append(Asked(slug, problem=error))
    return asked


def scheduler(desk: Desk) -> SchedulerLife:
    """Whether a scheduler of this workspace is alive."""
    with desk.journal() as journal:
        return scheduler_alive(desk.workspace, journal)


def refresh_of(desk: Desk) -> Refresh:
    """The workspace's refresh; off when none is set."""
    return desk.settings().refresh or Refresh()


def next_with(desk: Desk, schedule: Schedule) -> tuple[list[datetime], str] | None:
    """The next five times that a schedule would have, and their zone; None when it has none."""
    timing = in_effect(schedule, _refresh(desk))
    if timing is None:
        return None
    return next_times(timing, datetime.now(UTC), AHEAD), timing.zone


def set_schedule(desk: Desk, slugs: Sequence[str], schedule: Schedule) -> list[ScheduleLine]:
    """Give these exports a new schedule, in place of what each had. All or none are changed."""
    return _change(desk, slugs, lambda _: schedule)


def switch(desk: Desk, slugs: Sequence[str], *, on: bool) -> list[ScheduleLine]:
    """Switch the schedules of these exports on or off, and keep what each one says."""
    return _change(desk, slugs, lambda now: msgspec.structs.replace(now, on=on))


def set_refresh(desk: Desk, refresh: Refresh) -> Refresh:
    """Set the workspace's refresh."""
    desk.require("administrator", "to change the refresh", "segport.toml")
    document = documents.read(desk.workspace.settings_path, Settings)
    documents.update(document, msgspec.structs.replace(document.value, refresh=refresh))
    timing = refresh.timing()
    desk.record("refresh changed", "segport.toml", said_in_full(timing) if timing else "off")
    schedule_look.note_changes(desk, datetime.now(UTC))
    return refresh


def look(desk: Desk, now: datetime, kind: Literal["run", "due"], began_at: datetime) -> Look:
    """Let the scheduler look once: claim what is due, start what can be started.

    Args:
        desk: who set the scheduler going; takes an administrator, since it starts every export.
        now: the time, with its zone.
        kind: "run" for the lasting process, "due" for a single look.
        began_at: since when this scheduler runs.
    """
    desk.require("administrator", "to run the scheduler")
    own = _scheduler(desk)
    done = schedule_look.look(own, now)
    with desk.journal() as journal:
        look_after_all(own.workspace, journal)
        judge_all(desk.workspace, journal)
        before = next((each for each in occurrences.looks(journal) if each.kind == kind), None)
        if (
            before is None
            or before.process != os.getpid()
            or not before.looked_at <= now < before.looked_at + LOOK_AT_LEAST
        ):
            with journal.writing() as db:
                occurrences.keep_look(db, kind, os.getpid(), began_at, now)
    return done


def look_after(desk: Desk, now: datetime, tell: Callable[[str], None] | None = None) -> None:
    """What a scheduler does besides: get alerts out, and once a day remove what is too old.

    What goes wrong is told, and stops nothing.
    """
    alerts.deliver(desk, tell)
    own = _scheduler(desk)
    try:
        with own.journal() as journal, journal.writing() as db:
            mine = occurrences.take_turn(db, RETENTION, os.getpid(), now, DAILY)
            if mine:
                occurrences.drop_before(db, now - KEPT)
        if mine:
            keeping.apply(own)
    except SegportError as error:
        if tell is not None:
            tell(f"What is too old could not be removed: {error}")


def _scheduler(desk: Desk) -> Desk:
    """The scheduler's own desk: what it starts was allowed when the schedule was set."""
    return Desk(open_workspace(desk.workspace.root), Operator("scheduler", "administrator"), VIA)


def _change(
    desk: Desk, slugs: Sequence[str], changed: Callable[[Schedule], Schedule]
) -> list[ScheduleLine]:
    if not slugs:
        raise UsageError("No export was named.", "Name at least one.")
    desk.require("contributor", "to change a schedule", ", ".join(slugs))
    found: list[Document[Export]] = []
    for slug in dict.fromkeys(slugs):
        document = exports.load(desk.workspace, slug)
        if document.value.connection is not None and not desk.is_administrator:
            desk.require_shared(desk.connection(document.value.connection).value)
        found.append(document)
    edited = {}
    for document in found:
        schedule = changed(document.value.timing)
        kept = None if schedule == WITH_REFRESH else schedule
        export = msgspec.structs.replace(document.value, schedule=kept)
        if export != document.value:
            documents.update(document, export)
            desk.record("schedule changed", document.path.stem, said_in_full(schedule))
        edited[document.path.stem] = export
    schedule_look.note_changes(desk, datetime.now(UTC))
    return list(_lines(desk, edited, AHEAD).values())


def _lines(desk: Desk, found: Mapping[str, Export], ahead: int) -> dict[str, ScheduleLine]:
    refresh = _refresh(desk)
    now = datetime.now(UTC)
    with desk.journal() as journal:
        life = scheduler_alive(desk.workspace, journal, now)
        marks = occurrences.marks(journal)
        newest = occurrences.newest_of_each(journal, (each.id for each in found.values()))
        last = {
            export_id: as_it_is(desk.workspace, journal, run)
            for export_id, run in runs.last_of_each(journal).items()
        }
    lines = {}
    for slug, export in found.items():
        timing = timing_of(export, refresh)
        of = _as_seen(desk, newest.get(export.id))
        facts = Known(export, timing, marks.get(export.id), of, last.get(export.id), life)
        in_full = _in_full(export.timing, refresh)
        times = next_times(timing, now, ahead)
        lines[slug] = ScheduleLine(
            slug, export.name, export.timing, _in_few(export.timing, refresh), in_full, timing,
            times, why(facts, now),
        )  # fmt: skip
    return lines


def _as_seen(desk: Desk, of: Occurrence | None) -> Occurrence | None:
    """What could not be started may name keys and addresses, which only administrators see."""
    if of is None or of.state is not Fate.SKIPPED or desk.is_administrator:
        return of
    return msgspec.structs.replace(
        of, cause=f"it could not be started. {desk.operator.whom_to_ask}"
    )


def _in_few(schedule: Schedule, refresh: Refresh | None) -> str:
    """With a refresh that is off nothing runs."""
    is_off = schedule.on and in_effect(schedule, refresh) is None
    return "refresh off" if is_off else said(schedule)


def _in_full(schedule: Schedule, refresh: Refresh | None) -> str:
    if not schedule.on or schedule.recurrence != "refresh":
        return said_in_full(schedule)
    common = in_effect(schedule, refresh)
    return f"with the refresh, {said_in_full(common) if common else 'which is off'}"


def _refresh(desk: Desk) -> Refresh | None:
    """The refresh; a settings file that cannot be read has none."""
    try:
        return settings.load(desk.workspace).refresh
    except ConfigurationError:
        return None
