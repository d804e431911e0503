"""Whether a run may go on, asked before every request: its consent stands, its journal and locks are there."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from store import connections
from store.errors import ConfigurationError, NotFound
from workers.destinations.address import origin_of

if TYPE_CHECKING:
    from pathlib import Path

    from store.journal.runs import Run
    from store.journal.schema import Journal
    from store.locks import Lock
    from store.workspace import Workspace


@dataclass(slots=True)
class Permit:
    """The consent that the run was asked for with, for as long as it stands.

    Attributes:
        locks: what the run holds, so that others see it live and nobody sends beside it.
        refusal: why it does not stand; empty while it does.
        broken: what the run itself needs is gone, which nobody does who wants to end it.
    """

    workspace: Workspace
    journal: Journal
    run: Run
    locks: list[Lock] = field(default_factory=list)
    refusal: str = ""
    broken: bool = False
    _seen: tuple[int, int] | None = None
    _path: Path | None = None

    def __call__(self) -> bool:
        """Whether it may; the connection's file is read only after a change."""
        if not self.journal.is_in_place():
            self.broken = True
            self.refusal = "the journal was removed, so nobody would know what is sent"
            return False
        if not all(lock.is_in_place() for lock in self.locks):
            self.broken = True
            self.refusal = "its lock file was removed, so nobody could see that it is under way"
            return False
        if self._path is None:
            self._path = connections.path_of(self.workspace, self.run.connection_slug)
        try:
            status = os.stat(self._path)  # noqa: PTH116 - before every request, so without an object more
        except FileNotFoundError:
            self._seen = None
            self.refusal = "the connection was removed"
            return False
        except OSError:
            self._seen = None
            self.refusal = "the connection's file cannot be read any more"
            return False
        mark = (status.st_mtime_ns, status.st_ino)
        if mark != self._seen:
            self._seen = mark
            self.refusal = self._read()
        return not self.refusal

    def _read(self) -> str:
        try:
            found = connections.load(self.workspace, self.run.connection_slug).value
        except NotFound:
            return "the connection was removed"
        except ConfigurationError:
            return "the connection's file cannot be read any more"
        origin = origin_of(self.run.frozen.connection.base_url)
        if found.consent is None:
            return "the consent of the connection was withdrawn"
        if found.consent.origin != origin:
            return "the consent of the connection is for another address now"
        return ""
