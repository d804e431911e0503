"""Schedules as they are typed, on the command line and in the app."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from store.errors import UsageError
from store.schedules import WEEKDAYS, Refresh, Schedule
from tui.words.every_fault import made

T = TypeVar("T")


def schedule(given: dict[str, Any], zone: str) -> Schedule | None:
    """The schedule that the options say; None when they say none.

    Args:
        given: the options of `segport schedule set`, by name.
        zone: the time zone where none is given.
    """
    kinds = [name for name in _KINDS if given.get(name)]
    parts = [name for name in ("at", "start", "until", "zone") if given.get(name)]
    if not kinds:
        if parts:
            raise UsageError(
                f"--{parts[0]} alone says not how often.",
                "Say --daily, --weekly DAYS, --monthly DAY, --every LENGTH or --cron TEXT too.",
            )
        return None
    if len(kinds) > 1:
        raise UsageError(
            f"--{_option(kinds[0])} and --{_option(kinds[1])} are two schedules.", "Choose one."
        )
    (kind,) = kinds
    if kind == "with_refresh":
        if parts:
            raise UsageError(
                "The refresh has its own times.", "Change them: segport schedule refresh."
            )
        return Schedule()
    raw: dict[str, Any] = {"recurrence": _KINDS[kind], "zone": given.get("zone") or zone}
    raw |= {name: given[name] for name in ("start", "until") if given.get(name)}
    if given.get("at"):
        raw["times"] = list(given["at"])
    if kind == "weekly":
        raw["days"] = weekdays(given["weekly"])
    elif kind == "monthly":
        raw["day"] = int(given["monthly"]) if given["monthly"].isdecimal() else given["monthly"]
    elif kind in {"every", "cron"}:
        raw[kind] = given[kind]
    return _shaped(raw, Schedule, _OPTIONS, _SEE)


def refresh(given: dict[str, Any], zone: str) -> Refresh:
    """The refresh that the options say."""
    raw = {
        "on": True,
        "times": list(given["at"]),
        "days": weekdays(given["weekly"]) if given["weekly"] else [],
        "zone": given["zone"] or zone,
    }
    return _shaped(raw, Refresh, _OPTIONS, _SEE)


def weekdays(text: str) -> list[str]:
    """Read "mon,thu" and "monday thursday"; always in the order of the week."""
    wanted = text.replace(",", " ").lower().split()
    found = set()
    for word in wanted:
        matching = [day for day in WEEKDAYS if day.startswith(word)]
        if len(word) < 2 or len(matching) != 1:
            raise UsageError(f"{word} is no weekday.", "Write them as in mon,thu.", about="days")
        found.add(matching[0])
    return [day for day in WEEKDAYS if day in found]


def machine_zone() -> str:
    """The time zone of this machine; UTC where it does not say."""
    import warnings

    import tzlocal

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            name = tzlocal.get_localzone_name() or "UTC"
            return "UTC" if name in _OTHER_UTC else name
    except Exception:  # noqa: BLE001 - a machine that is set up wrongly still has schedules
        return "UTC"


_OTHER_UTC = {"Etc/UTC", "Etc/UCT", "Etc/Universal", "Etc/Zulu", "UCT", "Universal", "Zulu"}
_KINDS = {
    "with_refresh": "refresh",
    "every": "interval",
    "daily": "daily",
    "weekly": "weekly",
    "monthly": "monthly",
    "cron": "cron",
}


def _option(name: str) -> str:
    return name.replace("_", "-")


def _shaped(raw: dict[str, Any], shape: type[T], names: Mapping[str, str], hint: str) -> T:
    """Make it, or say what is wrong with the part that somebody typed."""
    try:
        return msgspec.convert(raw, shape)
    except msgspec.ValidationError as error:
        told = str(error).partition(" - at ")[0]
        field, _, reason = told.removeprefix("in field ").partition(": ")
        if not told.startswith("in field "):
            raise UsageError(f"This is no schedule: {told}.", hint) from error
        name = field.strip("`")
        raise UsageError(f"{names.get(name, name)}: {reason}.", hint, about=name) from error


_OPTIONS = {
    "times": "--at",
    "days": "--weekly",
    "day": "--monthly",
    "every": "--every",
    "cron": "--cron",
    "zone": "--zone",
    "start": "--start",
    "until": "--until",
}
LABELS = {
    "days": "Weekdays",
    "day": "Day of the month",
    "times": "At",
    "every": "Every",
    "cron": "Cron expression",
    "zone": "Time zone",
    "start": "Not before",
    "until": "Not after",
}
_SEE = "See `segport schedule set --help`."


def shaped(raw: dict[str, Any]) -> Schedule:
    """A schedule of its parts as a form has them; what is wrong is named by the form's labels.

    Raises:
        SegportError: all that is wrong with it.
    """
    return made(lambda parts: _shaped(_read(parts), Schedule, LABELS, ""), raw, _RIGHT)


def _read(parts: dict[str, Any]) -> dict[str, Any]:
    """The parts with weekdays that are still a text taken apart."""
    if parts.get("zone") == "":
        raise UsageError("Type one, as in Europe/Berlin or UTC.", about="zone")
    days = parts.get("days")
    return parts if not isinstance(days, str) else {**parts, "days": weekdays(days)}


_RIGHT: dict[str, Any] = {
    "times": ["06:00"],
    "days": ["monday"],
    "day": 1,
    "every": "1 h",
    "cron": "0 6 * * *",
    "zone": "UTC",
    "start": None,
    "until": None,
}


def said_times(times: Sequence[Any], zone: str) -> list[str]:
    """Moments in the zone they are meant in: "Wed 25 Nov 2026 06:00 CET"."""
    from zoneinfo import ZoneInfo

    return [f"{each.astimezone(ZoneInfo(zone)):%a %d %b %Y %H:%M %Z}" for each in times]
