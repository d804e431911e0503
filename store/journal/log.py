"""Log lines of runs: written by the run, followed by whoever looks.

Lines hold no address and no key: they speak of run and row numbers. A log that cannot be written
must not stop a delivery, but must not pass in silence either: `lost` counts what was dropped.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from pathlib import Path

import msgspec

from store.journal.clock import now
from store.journal.erasing import without
from store.journal.schema import open_log, told


class Line(msgspec.Struct, frozen=True):
    """One line: `level` is "info", "warning" or "error"."""

    id: int
    run_id: int
    at: str
    level: str
    text: str


class Sought(msgspec.Struct, frozen=True):
    """Which lines: those that hold a text, those that are warnings or errors, or both."""

    text: str = ""
    trouble: bool = False


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

    def after(
        self, run_id: int, last: int = 0, limit: int = 2000, sought: Sought | None = None
    ) -> list[Line]:
        """Lines of a run that are newer than line `last`, the oldest first."""
        return self._lines("id > ? {} order by id", (run_id, last), sought, limit)

    def tail(self, run_id: int, limit: int = 1000, sought: Sought | None = None) -> list[Line]:
        """The newest lines of a run, the oldest first."""
        found = self._lines("1 {} order by id desc", (run_id,), sought, limit)
        return found[::-1]

    def newest(self, run_id: int) -> int:
        """The number of the run's newest line; 0 before the first."""
        with told("log.db"):
            row = self._connection.execute(
                "select max(id) from line where run_id = ?", (run_id,)
            ).fetchone()
        return int(row[0] or 0)

    def _lines(
        self, bound: str, values: tuple[int, ...], sought: Sought | None, limit: int
    ) -> list[Line]:
        narrowed, more = "", list[str]()
        if sought is not None and sought.text:
            # Case does not count; % and _ are meant as they are.
            narrowed, more = "and instr(lowered(text), ?) > 0", [sought.text.lower()]
        if sought is not None and sought.trouble:
            narrowed += " and level <> 'info'"
        with told("log.db"):
            rows = self._connection.execute(
                f"""select id, run_id, at, level, text from line
                    where run_id = ? and {bound.format(narrowed)} limit ?""",
                (*values, *more, limit),
            ).fetchall()
        return [Line(**dict(row)) for row in rows]

    def drop_before(
        self, before: str | None, kept: Collection[int], *, only_look: bool = False
    ) -> int:
        """Remove lines that are older, but none of the `kept` runs; returns how many."""
        if before is None:
            return 0
        # Numbers of our own journal, not values.
        which = f"at < ? and run_id not in ({', '.join(map(str, sorted(kept)))})"
        with told("log.db"):
            if only_look:
                sql = f"select count(*) from line where {which}"
                return int(self._connection.execute(sql, (before,)).fetchone()[0])
            return self._connection.execute(f"delete from line where {which}", (before,)).rowcount

    def quoting(self, address: str) -> int:
        """How many lines quote an address; there should be none."""
        with told("log.db"):
            found = self._connection.execute(
                "select count(*) from line where instr(lowered(text), ?)", (address,)
            ).fetchone()
        return int(found[0])

    def scrub(self, address: str) -> int:
        """Take an address out of every line; there should be none. Returns how many lines had it."""
        with told("log.db"):
            self._connection.execute("pragma secure_delete = on")
            rows = self._connection.execute(
                "select id, text from line where instr(lowered(text), ?)", (address,)
            ).fetchall()
            for row in rows:
                self._connection.execute(
                    "update line set text = ? where id = ?",
                    (without(row["text"], address), row["id"]),
                )
            if rows:
                self._connection.execute("pragma wal_checkpoint(truncate)")
        return len(rows)

    def close(self) -> None:
        """Close."""
        self._connection.close()
