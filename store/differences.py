"""What differs between two versions of a configuration file, in words for the audit."""

from __future__ import annotations

import json
import tomllib
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

_LONGEST_VALUE: Final = 60
_LONGEST: Final = 600


def of_texts(before: str | None, after: str | None) -> str:
    """What differs between two texts of a TOML file; None is no file."""
    was, now = _read(before), _read(after)
    if now is None:
        return "it is no valid TOML now"
    if was is None:
        return "it was no valid TOML before"
    return of_values(was, now) or "nothing but comments and layout"


def of_structs(before: msgspec.Struct, after: msgspec.Struct) -> str:
    """What differs between two states of a configuration."""
    return of_values(msgspec.to_builtins(before), msgspec.to_builtins(after))


def of_values(before: dict[str, Any], after: dict[str, Any]) -> str:
    """What differs, as in "rate: 4 to 10; consent.operator: ann to nothing"; empty for nothing."""
    was, now = _flat(before), _flat(after)
    told = [
        f"{name}: {_told(was.get(name))} to {_told(now.get(name))}"
        for name in sorted(was.keys() | now.keys())
        if was.get(name) != now.get(name)
    ]
    text = "; ".join(told)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}... ({len(told)} in all)"


def _read(text: str | None) -> dict[str, Any] | None:
    try:
        return tomllib.loads(text or "")
    except (tomllib.TOMLDecodeError, RecursionError):
        return None


def _flat(value: dict[str, Any], trail: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, item in value.items():
        if isinstance(item, dict):
            found |= _flat(item, f"{trail}{name}.")
        elif item is not None:
            found[f"{trail}{name}"] = item
    return found


def _told(value: object) -> str:
    if value is None:
        return "nothing"
    text = value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)
    if "://" in text:
        text = _address(text)
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}..."


def _address(text: str) -> str:
    """What stands before or behind the host of an address may be a secret."""
    try:
        found = urlsplit(text)
        port = f":{found.port}" if found.port else ""
    except ValueError:
        return "an address"
    return f"{found.scheme}://{found.hostname}{port}/..."
