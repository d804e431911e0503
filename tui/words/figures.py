"""Numbers, times and sizes as the screens say them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from store.figures import duration, many, number, per_second

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from store.journal.runs import Brief, Options, Run
    from store.segments.malformed import MalformedRow

__all__ = [
    "asked_for",
    "between",
    "clock",
    "differences",
    "duration",
    "joined",
    "lost_words",
    "many",
    "moment",
    "moment_in",
    "number",
    "per_second",
    "percent",
    "rows_words",
    "run_time",
    "share",
    "short_number",
    "size",
]


def percent(share: float | None) -> str:
    """`99.7 %`, and never all of it or nothing by rounding; a dash for what is not known."""
    if share is None:
        return "-"
    if 0 < share < 0.001 or 0.999 < share < 1:
        return "< 0.1 %" if share < 0.5 else "> 99.9 %"
    return (
        f"{share:.0%}".replace("%", " %") if share in (0, 1) else f"{share:.1%}".replace("%", " %")
    )


def short_number(count: int) -> str:
    """`942`, `12.3k`, `4.1M`: for where four figures have to do."""
    amount, unit = float(count), ""
    for unit in ("", "k", "M", "G"):  # noqa: B007 - the last one is used
        if amount < 1000:
            break
        amount /= 1000
    return f"{amount:.0f}{unit}" if not unit or amount >= 100 else f"{amount:.1f}{unit}"


def rows_words(rows: int, malformed: int) -> str:
    """`1,234`, or `1,236, 2 unreadable`: a line that cannot be read is one, as it is in a plan.

    Args:
        rows: those that can be read.
        malformed: lines that cannot.
    """
    all_rows = number(rows + malformed)
    return f"{all_rows}, {number(malformed)} unreadable" if malformed else all_rows


def lost_words(lost: Sequence[MalformedRow], malformed: int) -> str:
    """Where the first lines stand that cannot be read, and what is wrong with them; empty without any."""
    told = [f"line {number(each.line)} of {Path(each.file).name} ({each.kind})" for each in lost]
    if malformed > len(lost):
        told.append("...")
    return ", ".join(told)


def run_time(run: Brief | Run) -> float | None:
    """Seconds from when a run was asked for to its end, with all that it waited for; its log's span."""
    return between(run.asked_at, run.ended_at) if run.ended_at else None


def size(count: int) -> str:
    """Bytes in the unit that fits."""
    amount = float(count)
    for unit in ("B", "KB", "MB", "GB"):
        if amount < 1000:
            return (
                f"{amount:.0f} {unit}" if unit == "B" or amount >= 100 else f"{amount:.1f} {unit}"
            )
        amount /= 1000
    return f"{amount:.1f} TB"


def moment(value: str | datetime | None) -> str:
    """A point in time in the zone of this terminal: to the minute, in another year to the day."""
    found = _parsed(value)
    if found is None:
        return "-"
    return _short(found.astimezone())


def moment_in(value: datetime | None, zone: str, *, named: bool = False) -> str:
    """The same in the zone of a schedule, which is said where it is not the terminal's clock.

    Args:
        value: when.
        zone: as in "Asia/Taipei".
        named: say that name, always: `25 Nov 18:30 Asia/Taipei`; otherwise `25 Nov 18:30 CST`.
    """
    if value is None or not zone:
        return "-"
    from zoneinfo import ZoneInfo

    there = value.astimezone(ZoneInfo(zone))
    if named:
        return f"{_short(there)} {zone}"
    elsewhere = there.utcoffset() != value.astimezone().utcoffset()
    return f"{_short(there)} {there:%Z}" if elsewhere else _short(there)


def _short(there: datetime) -> str:
    recent = there.year == datetime.now(there.tzinfo).year
    return there.strftime("%d %b %H:%M") if recent else there.strftime("%Y-%m-%d")


def clock(value: str | datetime | None) -> str:
    """The time of day alone, for log lines."""
    found = _parsed(value)
    return "--:--:--" if found is None else found.astimezone().strftime("%H:%M:%S")


def between(start: str | None, end: str | None) -> float | None:
    """Seconds from one time to another, or to now."""
    began = _parsed(start)
    if began is None:
        return None
    return max(0.0, ((_parsed(end) or datetime.now(UTC)) - began).total_seconds())


def share(part: int, whole: int, width: int) -> str:
    """A bar of `width` cells."""
    filled = min(width, width * part // whole) if whole else 0
    return "█" * filled + "░" * (width - filled)


def joined(parts: Iterable[str], none: str = "-") -> str:
    """Names one after the other."""
    return ", ".join(parts) or none


def differences(theirs: str, ours: str, most: int = 14) -> str:
    """Two versions of a file, line by line where they differ: `- ` theirs, `+ ` ours."""
    from difflib import ndiff

    lines = [
        line
        for line in ndiff(theirs.splitlines(), ours.splitlines())
        if line.startswith(("- ", "+ "))
    ]
    more = [f"... and {many(len(lines) - most, 'line')} more"] if len(lines) > most else []
    return "\n".join(["- as it is there now, + as it would be", *lines[:most], *more])


def asked_for(options: Options) -> str:
    """What sets a run apart from an ordinary one; empty for that one."""
    if options.retry_of is not None:
        return f"retry of run {options.retry_of}"
    if options.limit is not None:
        return f"the first {number(options.limit)} only"
    return "everything again (--full)" if options.full else ""


def _parsed(value: str | datetime | None) -> datetime | None:
    if value is None or isinstance(value, datetime):
        return value
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return None
