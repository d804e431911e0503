"""What the machine decides, and no workspace may: which commands Segport runs here.

A workspace can come from anywhere, git included, so a command in it would be somebody else's.
Commands are read from this account's own configuration, then from the machine's.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

import msgspec

from store import documents
from store.errors import ConfigurationError

FILE = "config.toml"


class Machine(msgspec.Struct, forbid_unknown_fields=True):
    """The machine's configuration.

    Attributes:
        key_commands: for a connection's slug, a command that prints its key: a program and its
            arguments, run without a shell.
    """

    key_commands: dict[str, list[str]] = {}


def load() -> Machine:
    """Both configurations in one; this account's entries win over the machine's."""
    merged = Machine()
    for path in reversed(paths()):
        if path.is_file():
            _check_owner(path)
            merged.key_commands.update(documents.read(path, Machine).value.key_commands)
    return merged


def paths() -> list[Path]:
    """Where the configuration may lie: this account's, then the machine's."""
    import platformdirs

    return [
        platformdirs.user_config_path("segport") / FILE,
        platformdirs.site_config_path("segport") / FILE,
    ]


def _check_owner(path: Path) -> None:
    """Refuse a file of commands that another account can write."""
    status = path.stat()
    if status.st_uid not in (0, os.geteuid()) or status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise ConfigurationError(
            f"{path} can be written by other accounts, so its commands are not run.",
            f"Make it yours or root's, and run `chmod go-w {path}`.",
        )
