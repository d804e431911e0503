"""The occurrences of a schedule, as moments in UTC.

What happens when clocks change: a time of day that a change leaves out comes at the first moment
after the gap; one that a change brings twice comes once, the first time. An interval is elapsed
time, and so is a cron expression whose minutes or hours are "*": they go on through both.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Final

from store import schedules

if TYPE_CHECKING:
    from store.schedules import Schedule

# An interval without a start is counted from here, so that it falls on round times of its zone.
_ANCHOR: Final = datetime(2000, 1, 1)  # noqa: DTZ001 - wall clock time of any zone
_FIRST: Final = datetime.min.replace(tzinfo=UTC)
_LAST: Final = datetime.max.replace(tzinfo=UTC)
_MOST_COUNTED: Final = 100
_LOOK_BACK: Final = tuple(timedelta(days=n) for n in (0.05, 1.5, 32, 400, 1500))


def occurrences(schedule: Schedule, after: datetime) -> Iterator[datetime]:
    """The moments of a schedule that are later than `after`, in order; none with the refresh."""
    # The calendar ends with the year 9999, and every schedule with it.
    with suppress(OverflowError):
        yield from _occurrences(schedule, after)


def _occurrences(schedule: Schedule, after: datetime) -> Iterator[datetime]:
    last = _FIRST
    zone = schedules.zone_of(schedule.zone)
    begins = _moment(schedules.local("start", schedule.start), schedule)
    ends = _moment(schedules.local("until", schedule.until), schedule)
    if begins is not None and begins > after:
        after = begins - timedelta(seconds=1)
    if schedule.recurrence == "interval":
        found = _by_interval(schedule, begins, after)
    else:
        found = heapq.merge(*(_by_cron(each, after.astimezone(zone)) for each in _crons(schedule)))
    for moment in found:
        if ends is not None and moment > ends:
            return
        # The library may begin in the first of two equal hours, and two times may share a gap.
        if moment > after and moment > last:
            last = moment
            yield moment


def next_times(schedule: Schedule | None, after: datetime, count: int = 5) -> list[datetime]:
    """The next few moments; none for a schedule that is off, absent or over."""
    if schedule is None or not schedule.on:
        return []
    return list(islice(occurrences(schedule, after), count))


def last_due(schedule: Schedule, after: datetime, now: datetime) -> tuple[datetime, int] | None:
    """The newest moment in (after, now], and how many came before it in that span.

    The count stops at 100: after a year off, nobody needs to know how often five minutes passed.
    """
    newest = None
    for span in _LOOK_BACK:
        begin = max(after, now - span)
        for moment in occurrences(schedule, begin):
            if moment > now:
                break
            newest = moment
        if newest is not None or begin == after:
            break
    if newest is None:
        return None
    earlier = islice(occurrences(schedule, after), _MOST_COUNTED)
    return newest, sum(1 for moment in earlier if moment < newest)


def _by_interval(
    schedule: Schedule, begins: datetime | None, after: datetime
) -> Iterator[datetime]:
    length = schedules.interval(schedule.every or "")
    anchor = begins or _moment(_ANCHOR, schedule) or after
    moment = anchor + max(0, (after - anchor) // length) * length
    while True:
        yield moment
        moment += length


def _by_cron(expression: str, after: datetime) -> Iterator[datetime]:
    from cronsim import CronSim

    for moment in CronSim(expression, after):
        yield moment.astimezone(UTC)


def _crons(schedule: Schedule) -> list[str]:
    """The cron expressions that say the same."""
    if schedule.recurrence == "cron":
        return [schedule.cron or ""]
    # Monday is 1 in cron, Sunday 7.
    days = ",".join(str(schedules.WEEKDAYS.index(day) + 1) for day in schedule.days) or "*"
    clocks = [f"{int(each[3:])} {int(each[:2])}" for each in schedule.times]
    if schedule.recurrence != "monthly":
        return [f"{clock} * * {days}" for clock in clocks]
    return [f"{clock} {part}" for clock in clocks for part in _month_days(schedule)]


def _month_days(schedule: Schedule) -> list[str]:
    """The days of the months: where a month is too short, its last one."""
    day = schedule.day
    if day is None:
        return []
    if day in ("last", 31):
        return ["L * *"]
    if int(day) < 29:
        return [f"{day} * *"]
    return [f"{day} 1,3-12 *", "L 2 *"]


def _moment(wall: datetime | None, schedule: Schedule) -> datetime | None:
    if wall is None:
        return None
    try:
        return wall.replace(tzinfo=schedules.zone_of(schedule.zone)).astimezone(UTC)
    except OverflowError:
        # In UTC it would lie before the first year or after the last.
        return _LAST if wall.year > 1 else _FIRST
