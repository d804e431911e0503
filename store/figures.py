"""Numbers as they are said, on every floor: the one place that knows one from several."""

from __future__ import annotations


def number(value: int | None) -> str:
    """`1,234`; a dash for what is not known."""
    return "-" if value is None else f"{value:,}"


def many(count: int, one: str, several: str | None = None) -> str:
    """`1 contact`, `2 contacts`; with `several` also `1 row has`, `2 rows have`."""
    return f"{number(count)} {one if count == 1 else several or one + 's'}"


def with_contacts(requests: int) -> str:
    """`22 requests with contacts`: what a run counts, as opposed to those that make lists."""
    return many(requests, "request with contacts", "requests with contacts")


def per_second(rate: float) -> str:
    """`1 request a second`, `2.5 requests a second`."""
    return f"{rate:g} request{'' if rate == 1 else 's'} a second"


def duration(seconds: float | None) -> str:
    """`under a second`, `42 s`, `12 min 05 s`, `7 h 03 min`."""
    if seconds is None:
        return "-"
    if seconds < 1:
        return "under a second"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02} min"
