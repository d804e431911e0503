"""The files beside a simulator's data: its lock, and where it listens."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from pathlib import Path


class State(msgspec.Struct):
    """What a listening simulator says of itself."""

    port: int
    pid: int
    base_url: str
    instance: str


def write_state(state_file: Path, port: int, base_url: str, instance: str) -> None:
    """Says where a simulator listens, whole or not at all."""
    state = State(port, os.getpid(), base_url, instance)
    temporary = state_file.with_name(state_file.name + ".new")
    temporary.write_bytes(msgspec.json.encode(state))
    temporary.replace(state_file)


def lock_file(path: Path) -> Path:
    """The lock that belongs to a simulator's data file."""
    return path.with_name(path.name + ".lock")
