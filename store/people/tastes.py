"""What an operator behind the gate chose for themselves: the account's own settings are everybody's.

A file an operator, of no worth beyond that: one that is lost or damaged means the usual.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from store import private_files
from store.people.own_files import own_file

if TYPE_CHECKING:
    from pathlib import Path

    from store.workspace import Workspace

_FOLDER = "tastes"


class Taste(msgspec.Struct, frozen=True):
    """What somebody chose.

    Attributes:
        theme: the colours of the app, by the name that was chosen.
    """

    theme: str | None = None


def load(workspace: Workspace, operator: str) -> Taste:
    """What this operator chose."""
    try:
        return msgspec.json.decode(_path(workspace, operator).read_bytes(), type=Taste)
    except (OSError, msgspec.MsgspecError):
        return Taste()


def keep_theme(workspace: Workspace, operator: str, theme: str) -> None:
    """Keep this operator's colours.

    Raises:
        StorageError: it cannot be written.
    """
    private_files.write(_path(workspace, operator), msgspec.json.encode(Taste(theme)))


def _path(workspace: Workspace, operator: str) -> Path:
    return own_file(workspace, _FOLDER, operator)
