"""Schedules in a few words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from store.schedules import Refresh, Schedule


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


def _days(days: Sequence[str]) -> str:
    return ", ".join(day[:3] for day in days)
