"""Schedules in a few words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from store.schedules import Refresh, Schedule

LATE: Final = timedelta(minutes=5)
"""What is started within this time was started when it was due."""


def said(schedule: Schedule) -> str:
    """A schedule for a narrow column, without its zone: "daily 06:00", "every 4 h", "by hand"."""
    if not schedule.on:
        return "by hand"
    times = ", ".join(schedule.times)
    day = "last day" if schedule.day == "last" else f"day {schedule.day}"
    return {
        "refresh": "with refresh",
        "interval": f"every {schedule.every}",
        "daily": f"daily {times}",
        "weekly": f"{_days(schedule.days)} {times}",
        "monthly": f"monthly, {day} {times}",
        "cron": f"cron {schedule.cron}",
    }[schedule.recurrence]


def said_in_full(schedule: Schedule) -> str:
    """The same with its zone and bounds."""
    text = said(schedule)
    if not schedule.on or schedule.recurrence == "refresh":
        return text
    text += f" ({schedule.zone})"
    if schedule.start:
        text += f", from {schedule.start}"
    if schedule.until:
        text += f", until {schedule.until}"
    return text


def said_of_refresh(refresh: Refresh | None) -> str:
    """The workspace's refresh: "off", or its days, times and zone."""
    timing = refresh.timing() if refresh else None
    return "off" if timing is None else said_in_full(timing)


def late_by(due: datetime, seen: datetime, missed: int) -> str:
    """How late it was seen to be due, for the end of a sentence; nothing when in time."""
    if seen - due < LATE and not missed:
        return ""
    text = f", {_length(seen - due)} late: no scheduler was looking at {due:%d %b %H:%M} UTC"
    if missed:
        more = f"{missed} or more" if missed >= 100 else f"{missed}"
        times = "times that passed before are" if missed > 1 else "time that passed before is"
        text += f"; {more} {times} not made up for"
    return text


def waited(since: datetime, now: datetime, cause: str) -> str:
    """How long it waited and what for, for the end of a sentence; nothing when it did not."""
    return f", after {_length(now - since)} of waiting: {cause}" if cause else ""


def _length(span: timedelta) -> str:
    minutes = int(span / timedelta(minutes=1))
    if minutes < 1:
        return f"{int(span.total_seconds())} s"
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"


def _days(days: Sequence[str]) -> str:
    return ", ".join(day[:3] for day in days)
