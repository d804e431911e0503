"""Points in time as people type them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from store.errors import UsageError


def read_moment(text: str, *, end: bool = False) -> str:
    """A day or a point in time as the journal writes it: UTC, ISO 8601.

    Args:
        text: as in 2026-11-24 or "2026-11-24 15:30"; in this terminal's zone, unless it names one.
        end: a bare day means the end of it.
    """
    try:
        found = _day(date.fromisoformat(text.strip()), end)
    except ValueError:
        try:
            found = datetime.fromisoformat(text.strip())
        except ValueError as error:
            raise UsageError(
                f"{text} is not a day or a point in time.",
                'Write it as 2026-11-24 or "2026-11-24 15:30".',
            ) from error
    return found.astimezone(UTC).isoformat(timespec="milliseconds")


def _day(day: date, end: bool) -> datetime:
    # A naive time is this terminal's to astimezone().
    return datetime.combine(day + timedelta(days=1) if end else day, time.min)
