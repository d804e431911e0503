"""When exports run: the workspace's refresh, and each export's own schedule.

Times are wall clock times of a named zone, so 06:00 stays 06:00 when the clocks change.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Literal, NoReturn, get_args

import msgspec

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

Recurrence = Literal["refresh", "interval", "daily", "weekly", "monthly", "cron"]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: Final[tuple[Weekday, ...]] = get_args(Weekday)

MOST_TIMES: Final = 4
_CLOCK: Final = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_EVERY: Final = re.compile(r"(\d{1,5}) ?(min|h|d)")
_UNITS: Final = {"min": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
_SHORTEST: Final = timedelta(minutes=5)
_LONGEST: Final = timedelta(days=366)
# What each recurrence takes, and what it cannot do without.
_TAKES: Final[dict[Recurrence, tuple[set[str], set[str]]]] = {
    "refresh": (set(), set()),
    "interval": ({"every", "start", "until"}, {"every"}),
    "daily": ({"times", "start", "until"}, {"times"}),
    "weekly": ({"times", "days", "start", "until"}, {"times", "days"}),
    "monthly": ({"times", "day", "start", "until"}, {"times", "day"}),
    "cron": ({"cron", "start", "until"}, {"cron"}),
}

_SAID: Final[dict[Recurrence, str]] = {
    "refresh": "what runs with the refresh",
    "interval": "a schedule at an interval",
    "daily": "a daily schedule",
    "weekly": "a weekly schedule",
    "monthly": "a monthly schedule",
    "cron": "a schedule by a cron expression",
}
_MISSING: Final = {
    "times": 'a time of day, as in "06:00"',
    "days": 'a weekday or several, as in "monday"',
    "day": "a day of the month: 1 to 31, or last",
    "every": 'a length, as in "4 h"',
    "cron": 'one, as in "0 6 * * 1-5"',
}


class Refresh(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True, frozen=True):
    """The workspace's refresh: the times of every export that has no schedule of its own.

    Attributes:
        on: off is the default, and then nothing runs with it.
        times: one to four times of day, as in "06:00".
        days: the weekdays; every day when none is named.
        zone: the time zone of the times, as in "Europe/Berlin".
    """

    on: bool = False
    times: list[str] = []
    days: list[Weekday] = []
    zone: str = "UTC"

    def __post_init__(self) -> None:
        """Refuse what could never run."""
        zone_of(self.zone)
        _check_times(self.times)
        _check_once("days", self.days)
        if self.on and not self.times:
            _wrong("times", "the refresh is on and has no time of day")

    def timing(self) -> Schedule | None:
        """The same as a schedule; None while it is off."""
        if not self.on:
            return None
        kind: Recurrence = "weekly" if self.days else "daily"
        return Schedule(recurrence=kind, times=self.times, days=self.days, zone=self.zone)


class Schedule(
    msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True, kw_only=True, frozen=True
):
    """When one export runs.

    Attributes:
        on: off means only by hand; what else is set is kept for when it is on again.
        recurrence: "refresh" is with the workspace's refresh, and the default.
        times: one to four times of day, for daily, weekly and monthly.
        days: the weekdays, for weekly.
        day: the day of the month, or "last"; in a month that has no such day, its last one.
        every: the interval, as in "4 h", "30 min" or "2 d": elapsed time, counted from `start`.
        cron: five fields, for cron.
        zone: the time zone that all of it is meant in.
        start: nothing before this time of the zone, as in "2026-12-01 06:00".
        until: nothing after this time.
    """

    on: bool = True
    recurrence: Recurrence = "refresh"
    times: list[str] = []
    days: list[Weekday] = []
    day: int | str | None = None
    every: str | None = None
    cron: str | None = None
    zone: str = "UTC"
    start: str | None = None
    until: str | None = None

    def __post_init__(self) -> None:
        """Refuse what could never run, and what the recurrence would ignore."""
        zone_of(self.zone)
        takes, needs = _TAKES[self.recurrence]
        for name in ("times", "days", "day", "every", "cron", "start", "until"):
            given = getattr(self, name) not in (None, [])
            if given and name not in takes:
                _wrong(name, f"{_SAID[self.recurrence]} has no use for it")
            if not given and name in needs:
                _wrong(name, f"{_SAID[self.recurrence]} takes {_MISSING[name]}")
        _check_times(self.times)
        _check_once("days", self.days)
        if self.day not in (None, "last", *range(1, 32)):
            _wrong("day", f'"{self.day}" is no day of a month: it is 1 to 31, or last')
        if self.every is not None:
            interval(self.every)
        if self.cron is not None:
            _check_cron(self.cron)
        begins, ends = local("start", self.start), local("until", self.until)
        if begins and ends and ends < begins:
            _wrong("until", "it is before the start")

    @property
    def by_hand(self) -> bool:
        """Whether it runs only when somebody starts it."""
        return not self.on


def zone_of(name: str) -> ZoneInfo:
    """The time zone of that name.

    Raises:
        ValueError: there is none, in words that name the field.
    """
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        _wrong("zone", f'there is no time zone "{name}"; one is named as in "Europe/Berlin"')


def interval(every: str) -> timedelta:
    """The length of "4 h", "30 min" or "2 d".

    Raises:
        ValueError: it is none, or it is too short or too long to be meant.
    """
    found = _EVERY.fullmatch(every.strip())
    if found is None:
        _wrong("every", f'"{every}" is no interval; write it as in "30 min", "4 h" or "2 d"')
    length = int(found[1]) * _UNITS[found[2]]
    if not _SHORTEST <= length <= _LONGEST:
        _wrong("every", f'"{every}" is not between 5 minutes and 366 days')
    return length


def local(name: str, text: str | None) -> datetime | None:
    """A date and time of day without a zone, as in "2026-12-01 06:00".

    Raises:
        ValueError: it is none.
    """
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is not None:
        _wrong(name, f'"{text}" is no time; write it as in "2026-12-01 06:00", without a zone')
    return found


def _check_times(times: list[str]) -> None:
    for each in times:
        if not _CLOCK.fullmatch(each):
            _wrong("times", f'"{each}" is no time of day; write it as in "06:00"')
    if len(times) > MOST_TIMES:
        _wrong("times", f"there are {len(times)} of them, and up to {MOST_TIMES} are allowed")
    _check_once("times", times)


def _check_once(name: str, values: list[Weekday] | list[str]) -> None:
    if len(set(values)) < len(values):
        _wrong(name, "one of them is named twice")


def _check_cron(text: str) -> None:
    from cronsim import CronSim, CronSimError

    problem = ""
    if len(text.split()) != 5:
        problem = "it takes five fields: minute, hour, day of month, month, day of week"
    else:
        try:
            next(CronSim(text, datetime(2024, 1, 1)))  # noqa: DTZ001 - wall clock time
        except CronSimError as error:
            problem = str(error)[:1].lower() + str(error)[1:]
        except StopIteration:
            problem = "it never comes about"
    if problem:
        _wrong("cron", f'"{text}" is no schedule: {problem}')


def _wrong(name: str, reason: str) -> NoReturn:
    raise ValueError(f"in field `{name}`: {reason}")


WITH_REFRESH: Final = Schedule()
