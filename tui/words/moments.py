"""Points in time as people type them, in the zone of this terminal."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta

from store.errors import UsageError

_AGO = re.compile(r"(\d{1,5})\s*(h|d|w)")
_UNITS = {"h": "hours", "d": "days", "w": "weeks"}
FORMS = "today, yesterday, 36h, 7d, 4w, 2026-03-31 or 2026-03-31T14:00"


def since(text: str) -> str:
    """The moment from which on, as the journal writes times."""
    return _journal(_moment(text, closing=False))


def until(text: str) -> str:
    """The moment before which; a day is meant with all its hours."""
    return _journal(_moment(text, closing=True))


def since_until(text: str) -> tuple[str, str | None]:
    """`7d`, or `2026-03-01 .. 2026-03-31`: from when on, and until when if that is said."""
    first, dots, last = text.partition("..")
    begin = since(first)
    if not dots:
        return begin, None
    end = until(last)
    if end <= begin:
        raise UsageError(f"{text!r} ends before it begins.", "Write the earlier time first.")
    return begin, end


def start_of_day(days_ago: int) -> str:
    """Midnight so many days ago, as the journal writes times."""
    return _journal(_midnight(datetime.now().astimezone().date() - timedelta(days=days_ago)))


def _moment(text: str, *, closing: bool) -> datetime:
    word = text.strip().lower()
    now = datetime.now().astimezone()
    if word in ("today", "yesterday"):
        day = now.date() - timedelta(days=word == "yesterday")
        return _midnight(day + timedelta(days=closing))
    if found := _AGO.fullmatch(word):
        return _back(now, found)
    try:
        if len(word) == 10:
            return _midnight(date.fromisoformat(word) + timedelta(days=closing))
        return datetime.fromisoformat(word).astimezone()
    except (ValueError, OverflowError):
        raise UsageError(f"{text!r} is not a time.", f"Write {FORMS}.") from None


def _back(now: datetime, found: re.Match[str]) -> datetime:
    try:
        return now - timedelta(**{_UNITS[found[2]]: int(found[1])})
    except OverflowError:
        raise UsageError(f"{found[0]} ago is before there were dates.") from None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time()).astimezone()


def _journal(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")
