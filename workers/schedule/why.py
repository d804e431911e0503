"""Why an export did or did not run last time: one line, one cause."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from store import schedules
from store.journal.occurrences import Fate
from workers.schedule.times import last_due, next_times
from workers.schedule.words import LATE, late_by

if TYPE_CHECKING:
    from store.exports import Export
    from store.journal.occurrences import Mark, Occurrence
    from store.journal.runs import Run
    from store.schedules import Schedule
    from workers.schedule.alive import SchedulerLife


@dataclass(frozen=True, slots=True)
class Known:
    """What there is to know of one export.

    Attributes:
        timing: the schedule in effect; None when nothing is due by itself.
        mark: how far a scheduler, or whoever set the schedule, has decided it.
        occurrence: the newest time that it was due.
        run: its newest run, whatever started it.
        life: whether a scheduler is alive.
    """

    export: Export
    timing: Schedule | None
    mark: Mark | None
    occurrence: Occurrence | None
    run: Run | None
    life: SchedulerLife


def why(known: Known, now: datetime) -> str:
    """One line: what happened last, or why nothing did, and why nothing will."""
    last = _last(known, now)
    ahead = _ahead(known, now)
    return " ".join(part for part in (last, ahead) if part)


def _last(known: Known, now: datetime) -> str:
    overdue = _overdue(known, now)
    if overdue:
        return overdue
    of, run = known.occurrence, known.run
    if of is not None and of.state is Fate.WAITING:
        return f"Due since {_shown(of.due, known)} and waits: {_ended(of.cause or 'its turn')}"
    if of is not None and of.state is Fate.SKIPPED:
        newer = run is None or datetime.fromisoformat(run.asked_at) < of.claimed_at
        if newer:
            return f"Did not run at {_shown(of.due, known)}: {_ended(of.cause)}"
    if run is None:
        return "Never ran."
    return _ran(known, run)


def _ran(known: Known, run: Run) -> str:
    of = known.occurrence
    asked = datetime.fromisoformat(run.asked_at)
    if of is not None and of.run_id == run.id:
        how = "on schedule" if asked - of.due < LATE else "by the schedule"
        late = late_by(of.due, of.claimed_at, of.missed)
    else:
        late = ""
        how = f"by {run.operator}" if run.started_by != "schedule" else "by the schedule"
    ran = "Asked for" if run.active else "Ran"
    return f"{ran} {_shown(asked, known)} {how} (run {run.id}): {run.state}{late}."


def _overdue(known: Known, now: datetime) -> str:
    """It is due, and nobody has looked."""
    if known.timing is None or known.mark is None or known.life.alive:
        return ""
    due = last_due(known.timing, known.mark.seen_until, now)
    if due is None or now - due[0] < LATE:
        return ""
    what = "is stuck" if known.life.life == "stuck" else "is running"
    some = "the scheduler" if known.life.life == "stuck" else "no scheduler"
    return f"Due since {_shown(due[0], known)}, but {some} {what}: start `segport schedule run`."


def _ahead(known: Known, now: datetime) -> str:
    """Why it will not run by itself; nothing where it will."""
    schedule, timing = known.export.timing, known.timing
    over = timing is not None and not next_times(timing, now, 1)
    deaf = not known.life.alive and not _overdue(known, now)
    causes = (
        (known.export.connection is None, "It has no connection, so it does not run."),
        (not schedule.on, "It is paused: it runs only by hand."),
        (timing is None, "The refresh is off, so it runs only by hand."),
        (over, "Its schedule is over."),
        (deaf, "No scheduler is running: start `segport schedule run`."),
    )
    return next((told for applies, told in causes if applies), "")


def _shown(moment: datetime, known: Known) -> str:
    """In the zone of the schedule, or of this machine; which one is said where they differ."""
    zone = schedules.zone_of(known.timing.zone) if known.timing else None
    shown, here = moment.astimezone(zone), moment.astimezone()
    named = f" {shown:%Z}" if shown.utcoffset() != here.utcoffset() else ""
    return f"{shown:%d %b %H:%M}{named}"


def _ended(cause: str) -> str:
    return cause if cause.endswith(".") else f"{cause}."
