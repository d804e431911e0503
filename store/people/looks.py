"""When each operator last looked: what is new to one may be old to another.

A file an operator, of no worth beyond that: one that is lost or damaged means that nothing is new.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from store.people.own_files import own_file

if TYPE_CHECKING:
    from store.workspace import Workspace

_FOLDER = "looks"


class Looks(msgspec.Struct, frozen=True):
    """Times in UTC, ISO 8601, as the journal writes them.

    Attributes:
        here: until then this operator had the app open and saw which runs ended.
        runs: then they looked at the history last.
    """

    here: str
    runs: str


def load(workspace: Workspace, operator: str) -> Looks | None:
    """When this operator looked; None if that is not known."""
    try:
        return msgspec.json.decode(_path(workspace, operator).read_bytes(), type=Looks)
    except (OSError, msgspec.MsgspecError):
        return None


def save(workspace: Workspace, operator: str, looks: Looks) -> None:
    """Keep it; one that cannot be written is no loss worth a word."""
    path = _path(workspace, operator)
    scratch = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        file = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(file, "wb") as open_file:
            open_file.write(msgspec.json.encode(looks))
        scratch.replace(path)
    except OSError:
        scratch.unlink(missing_ok=True)


def _path(workspace: Workspace, operator: str) -> Path:
    return own_file(workspace, _FOLDER, operator)
