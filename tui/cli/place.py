"""Where a command works: the workspace it was given or found, and the operator's desk in it."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from store.errors import ConfigurationError
    from store.workspace import Workspace
    from workers.actions.desk import Desk

# The one place that a person who came through the gate works in.
_fixed: list[Place] = []

# What `--workspace` said, kept for a report that is written after the command has gone.
_named: list[Path] = []

# What is wrong with the settings, for a command that works all the same: told when it has ended.
_notes: list[ConfigurationError] = []


class Place:
    """Opens the workspace when it is first needed: `--help` needs none."""

    def __init__(self, named: Path | None, *, mouse: bool = True) -> None:
        self.named = named
        self.mouse = mouse
        _named[:] = [named] if named else []

    @classmethod
    def given(cls, named: Path | None, *, mouse: bool) -> Place:
        """The place of a command: behind the gate, the one that the gate leads to."""
        if not _fixed:
            return cls(named, mouse=mouse)
        _fixed[0].mouse = mouse
        return _fixed[0]

    def fix(self) -> None:
        """Every further command of this process works here."""
        _fixed[:] = [self]

    @cached_property
    def workspace(self) -> Workspace:
        """The workspace, found as git finds its folder."""
        from store import settings
        from store import workspace as workspaces

        found = workspaces.find(self.named)
        problem = settings.problem(found)
        _notes[:] = [problem] if problem is not None else []
        return found

    def heed(self) -> None:
        """The command tells by itself what is wrong with the settings."""
        _notes.clear()

    @cached_property
    def desk(self) -> Desk:
        """The door to everything that changes something or needs permission."""
        from workers.actions.desk import sit_down

        return sit_down(self.workspace, "command line")


pass_place = click.make_pass_decorator(Place)


def notes() -> list[ConfigurationError]:
    """What is wrong with the settings, if the command did not say it."""
    return list(_notes)


def named_workspace() -> Path | None:
    """What `--workspace` said, if anything."""
    return _named[0] if _named else None
