"""Which field of a TOML file is wrong, on which line, and what is wrong with it, in plain words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import msgspec

_ANY: Final = "[...]"
_KINDS: Final = {
    "array": "a list",
    "bool": "true or false",
    "datetime": "a date and time",
    "float": "a number",
    "int": "a whole number",
    "object": "a table",
    "str": "text",
}


class WrongField(NamedTuple):
    """What is wrong, and where.

    Attributes:
        line: the line of the field; None where it is nowhere.
        field: its name with those of the tables that it is in; empty where it is no single one.
        reason: what is wrong with it.
    """

    line: int | None
    field: str
    reason: str


def found(text: str, raw: dict[str, Any], shape: type, told: str) -> WrongField:
    """Turn msgspec's "Expected `int`, got `str` - at `$.rate`" into line, field and reason.

    Args:
        text: the file.
        raw: what TOML reads in it.
        shape: what it should be.
        told: what msgspec says of it.
    """
    matched = re.search(r" - at `(?:key in )?\$\.?(.*)`$", told)
    reason = told[: matched.start()] if matched else told
    trail = _named(raw, shape, told, _parts(matched[1]) if matched else [])
    by_shape = re.match(r"in field `(.*?)`: ", reason)
    inner = re.search(r"contains unknown field `(.*)`|missing required field `(.*)`", reason)
    if by_shape:
        reason = reason[by_shape.end() :]
        trail += _parts(by_shape[1])
    elif inner:
        trail.append(inner[1] or inner[2])
    field = ".".join(trail).replace(".[", "[")
    return WrongField(_line_of(text, trail), field, _plainly(reason))


def _parts(path: str) -> list[str]:
    return re.findall(r"[^.\[\]]+|\[\.\.\.\]|\[\d+\]", path)


def _named(raw: dict[str, Any], shape: type, told: str, trail: list[str]) -> list[str]:
    """The path with names: msgspec does not say which entry of a table it means.

    The one that is as wrong alone is it.
    """
    named: list[str] = []
    table: Any = raw
    for part in trail:
        name = part
        if part == _ANY and isinstance(table, Mapping):
            name = next(
                (key for key in table if _is_wrong_alone(raw, table, key, shape, told)), part
            )
        named.append(name)
        if re.fullmatch(r"\[\d+\]", name):
            table = table[int(name[1:-1])]
        elif isinstance(table, Mapping):
            table = table.get(name)
    return named


def _is_wrong_alone(raw: dict[str, Any], table: Any, key: str, shape: type, told: str) -> bool:  # noqa: ANN401 - a table of any file
    whole = dict(table)
    table.clear()
    table[key] = whole[key]
    try:
        msgspec.convert(raw, shape)
    except msgspec.ValidationError as error:
        return str(error) == told
    finally:
        table.clear()
        table.update(whole)
    return False


def _plainly(reason: str) -> str:
    """The types of msgspec in words of people who write TOML."""
    matched = re.match(r"Expected `([a-z |]+)`, got `([a-z]+)`$", reason)
    if not matched:
        return reason
    wanted = [_KINDS.get(kind, kind) for kind in matched[1].split(" | ") if kind != "null"]
    got = _KINDS.get(matched[2], matched[2])
    return f"expected {' or '.join(wanted)}, got {got}"


def _line_of(text: str, trail: list[str]) -> int | None:
    """The line where the last named part of a path stands, looking from top to bottom."""
    found = None
    start = 0
    lines = text.splitlines()
    for part in trail:
        named = re.compile(rf"""(^|[\s\[."'{{,]){re.escape(part)}["']?\s*([=\].]|$)""")
        for number in range(start, len(lines)):
            seen = named.search(lines[number])
            # A value may be the same word as a key: `recurrence = "cron"`.
            if seen and (seen[2] == "=" or "=" not in lines[number][: seen.start()]):
                found, start = number + 1, number
                break
    return found
