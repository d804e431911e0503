"""Modes and rules as a command line gives them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from store.errors import UsageError
from workers.sandbox.faults import Fault, parse
from workers.sandbox.modes import Modes, changed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


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
        raise UsageError(f"The modes cannot be used: {error}.") from error


def read_faults(path: Path) -> list[Fault]:
    """Rules from a file.

    Raises:
        UsageError: a name or a value does not fit, or the file cannot be read.
    """
    try:
        return parse(msgspec.json.decode(path.read_bytes()))
    except (OSError, msgspec.MsgspecError) as error:
        raise UsageError(f"The rules in {path.name} cannot be used: {error}.") from error
