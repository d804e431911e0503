"""The app's eye on the journal: a look that costs nothing while nobody writes."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from store.errors import SegportError
from store.journal.schema import Journal

if TYPE_CHECKING:
    from store.workspace import Workspace


class Watch:
    """Tells whether another process has written since the last look."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._journal: Journal | None = None
        self._version: int | None = None

    def changed(self) -> bool:
        """Look; the first look finds no change. A journal that cannot be read has not changed."""
        try:
            if self._journal is None:
                self._journal = Journal(self._workspace.journal_path)
            version = self._journal.data_version()
        except (SegportError, sqlite3.Error):
            # Each screen that reads the journal tells why; twice a second would be noise.
            self.close()
            return False
        before, self._version = self._version, version
        return before is not None and before != version

    def close(self) -> None:
        """Close the journal; the next look opens it again."""
        if self._journal is not None:
            self._journal.close()
            self._journal = None
