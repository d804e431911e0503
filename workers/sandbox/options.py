"""Modes and rules as a command line gives them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args, get_origin, get_type_hints

import msgspec

from store.errors import UsageError
from workers.sandbox.faults import Fault, parse
from workers.sandbox.modes import Modes, changed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


_HINT = "`segport sandbox modes` lists what there is."


class Option(NamedTuple):
    """A mode, or a part of a rule: its default, and what it may be; no default is one to give."""

    name: str
    default: object
    values: str


def options(kind: type[Modes | Fault]) -> list[Option]:
    """What can be said of the simulator's modes, or in a rule of what goes wrong."""
    types = get_type_hints(kind)
    return [
        Option(
            found.name,
            _default(found.default),
            _values(types[found.name]),
        )
        for found in msgspec.structs.fields(kind)
    ]


def _default(value: object) -> object:
    if value is msgspec.NODEFAULT:
        return None
    return ", ".join(value) if isinstance(value, tuple) else value


def _values(kind: Any) -> str:  # noqa: ANN401 - a type, of which typing has many
    if get_origin(kind) is Literal:
        return ", ".join(map(str, get_args(kind)))
    if get_origin(kind) is tuple:
        return f"a list of {_values(get_args(kind)[0])}"
    named = {bool: "true, false", int: "number", float: "number", str: "text"}
    if kind in named:
        return named[kind]
    inner = [each for each in get_args(kind) if each is not type(None)]
    return _values(inner[0]) if inner else "list"


def read_switches(pairs: Sequence[str]) -> dict[str, object]:
    """Modes given as `NAME=VALUE`; a value is JSON, or the text itself.

    Raises:
        UsageError: there is no `=`.
    """
    switches: dict[str, object] = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals:
            raise UsageError(f"{pair!r} is not a mode.", "Write NAME=VALUE.")
        try:
            switches[name.strip().replace("-", "_")] = msgspec.json.decode(text.encode())
        except msgspec.DecodeError:
            switches[name.strip().replace("-", "_")] = text
    return switches


def read_modes(path: Path | None, switches: dict[str, object]) -> Modes:
    """Modes from a file, with some replaced.

    Raises:
        UsageError: a name or a value does not fit, or the file cannot be read.
    """
    try:
        modes = msgspec.json.decode(path.read_bytes(), type=Modes) if path else Modes()
        return changed(modes, switches)
    except (OSError, msgspec.MsgspecError) as error:
        raise UsageError(f"The modes cannot be used: {error}.", _HINT) from error


def read_faults(path: Path) -> list[Fault]:
    """Rules from a file.

    Raises:
        UsageError: a name or a value does not fit, or the file cannot be read.
    """
    try:
        return parse(msgspec.json.decode(path.read_bytes()))
    except (OSError, msgspec.MsgspecError) as error:
        raise UsageError(f"The rules in {path.name} cannot be used: {error}.", _HINT) from error
