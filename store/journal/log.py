"""Log lines of runs: written by the run, followed by whoever looks.

Lines hold no address and no key: they speak of run and row numbers. A log that cannot be written
must not stop a delivery, but must not pass in silence either: `lost` counts what was dropped.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path

from store.journal.runs import now
from store.journal.schema import open_log, told


@dataclass(frozen=True, slots=True)
class Line:
    """One line: `level` is "info", "warning" or "error"."""

    id: int
    run_id: int
    at: str
    level: str
    text: str


class Log:
    """An open log."""

    def __init__(self, path: Path) -> None:
        self._connection = open_log(path)
        self.lost = 0

    def write(self, run_id: int, text: str, level: str = "info") -> None:
        """Add a line; one that cannot be kept is counted in `lost`."""
        try:
            self._connection.execute(
                "insert into line (run_id, at, level, text) values (?, ?, ?, ?)",
                (run_id, now(), level, text),
            )
        except sqlite3.Error:
            self.lost += 1

    def after(self, run_id: int, last: int = 0, limit: int = 2000) -> list[Line]:
        """Lines of a run that are newer than line `last`."""
        with told("log.db"):
            rows = self._connection.execute(
                """select id, run_id, at, level, text from line
                   where run_id = ? and id > ? order by id limit ?""",
                (run_id, last, limit),
            ).fetchall()
        return [Line(**dict(row)) for row in rows]

    def tail(self, run_id: int, limit: int = 1000) -> list[Line]:
        """The newest lines of a run, oldest first."""
        with told("log.db"):
            rows = self._connection.execute(
                """select id, run_id, at, level, text from line
                   where run_id = ? order by id desc limit ?""",
                (run_id, limit),
            ).fetchall()
        return [Line(**dict(row)) for row in reversed(rows)]

    def close(self) -> None:
        """Close."""
        self._connection.close()
