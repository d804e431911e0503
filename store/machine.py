"""What the machine decides, and no workspace may: which commands Segport runs here, and its looks.

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


class Machine(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """The machine's configuration.

    Attributes:
        theme: the colours of the app: `dark`, `light`, `dark-16` or `light-16` (the terminal's own
            sixteen colours), or another theme of Textual by its name.
        mouse: `false` leaves the mouse to the terminal, which then selects text as everywhere.
        keys: other keys for actions, by the ids that `segport keys` lists.
        key_commands: for a connection's slug, a command that prints its key: a program and its
            arguments, run without a shell.
        alert_command: a command that is given each alert on its standard input.
        alert_certificates: a file (PEM) of certificate authorities of your own, trusted beside the
            system's when alerts go by mail or webhook.
    """

    theme: str | None = None
    mouse: bool | None = None
    keys: dict[str, str | dict[str, str]] = {}
    key_commands: dict[str, list[str]] = {}
    alert_command: list[str] | None = None
    alert_certificates: str | None = None

    @property
    def keymap(self) -> dict[str, str]:
        """Keys by the id of their action: TOML makes a table in a table of `exports.new = "a"`."""
        found: dict[str, str] = {}
        for name, value in self.keys.items():
            if isinstance(value, str):
                found[name] = value
            else:
                found |= {f"{name}.{rest}": key for rest, key in value.items()}
        return found


def load() -> Machine:
    """Both configurations in one; this account's entries win over the machine's."""
    merged = Machine()
    for path in reversed(paths()):
        if documents.is_there(path):
            _check_owner(path)
            _overlay(merged, documents.read(path, Machine).value)
    return merged


def keep_theme(theme: str) -> Path:
    """Write this account's choice of a theme into its configuration; returns the file."""
    path = paths()[0]
    if documents.is_there(path):
        document = documents.read(path, Machine)
        documents.update(document, msgspec.structs.replace(document.value, theme=theme))
    else:
        documents.create(path, Machine(theme=theme))
    return path


def _overlay(merged: Machine, more: Machine) -> None:
    for name in Machine.__struct_fields__:
        value = getattr(more, name)
        if isinstance(value, dict):
            getattr(merged, name).update(value)
        elif value is not None:
            setattr(merged, name, value)


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
