"""Who did what, when, from where. Rows are only ever added, and each is chained to the one before."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import msgspec

from store.journal import chain
from store.journal.clock import now

if TYPE_CHECKING:
    from collections.abc import Iterator

    from store.journal.schema import Journal

_TRIGGERS = {"audit_is_not_changed", "audit_is_not_cut", "audit_is_not_replaced"}


class Deed(msgspec.Struct, frozen=True):
    """One act of one operator.

    Attributes:
        at: UTC, ISO 8601.
        via: "command line", "app" or what else started it.
        session: the SSH connection and key it came by; empty when it came by none.
        role: what the operator was at that time; empty for what acts by itself. None in rows from
            before it was written down.
        result: "done", "refused" (by their role), "failed", or the state that a run ended in. None
            in rows from before it was written down.
    """

    id: int
    at: str
    operator: str
    via: str
    session: str
    action: str
    subject: str
    detail: str
    role: str | None = None
    result: str | None = None

    @property
    def act(self) -> str:
        """What was done and what came of it: for where there is no room for a column of its own.

        What came to nothing says so first: a narrow column cuts the end.
        """
        if self.result in {None, "done", "noticed"}:
            return self.action
        if self.result in {"refused", "failed"}:
            return f"{self.result}: {self.action}"
        return f"{self.action} ({self.result})"


class Wanted(msgspec.Struct, frozen=True):
    """Which deeds; what is None does not matter.

    Attributes:
        who: the operator's name, exactly.
        action: a part of the action, as in "run".
        subject: what it was done to, exactly.
        since: not before this; UTC, ISO 8601, as the journal writes times.
        until: before this.
        before: with a smaller number, for the next page.
        result: what came of it, exactly, as in refused.
    """

    who: str | None = None
    action: str | None = None
    subject: str | None = None
    since: str | None = None
    until: str | None = None
    before: int | None = None
    result: str | None = None


class Verdict(msgspec.Struct, frozen=True):
    """What came of going through the chain.

    Attributes:
        rows: how many rows are there.
        last: the number of the last row that holds; 0 for none.
        seal: the seal of that row.
        wrong: what is wrong with the first row that does not hold; empty when all do.
    """

    rows: int
    last: int
    seal: str
    wrong: str = ""

    @property
    def holds(self) -> bool:
        """Whether order and completeness are proved."""
        return not self.wrong


def record(
    connection: sqlite3.Connection,
    *,
    operator: str,
    via: str,
    action: str,
    subject: str,
    detail: str = "",
    session: str = "",
    role: str = "",
    result: str = "done",
) -> None:
    """Write down an act, inside the transaction that does it. Never with a customer's data."""
    last = connection.execute("select id, seal from audit order by id desc limit 1").fetchone()
    number, before = (last[0] + 1, last[1]) if last is not None else (1, chain.START)
    row = (number, now(), operator, via, session, action, subject, detail, role, result)
    connection.execute(
        f"insert into audit ({', '.join(chain.COLUMNS)}, seal) values ({', '.join('?' * len(row))}, ?)",
        (*row, chain.seal(before, row)),
    )


def deeds(journal: Journal, wanted: Wanted | None = None, *, limit: int = 100) -> list[Deed]:
    """The newest acts first."""
    conditions = [
        ("operator = ?", wanted and wanted.who),
        ("instr(lower(action), lower(?)) > 0", wanted and wanted.action),
        ("subject = ?", wanted and wanted.subject),
        ("at >= ?", wanted and wanted.since),
        ("at < ?", wanted and wanted.until),
        ("id < ?", wanted and wanted.before),
        ("result = ?", wanted and wanted.result),
    ]
    asked = [(sql, value) for sql, value in conditions if value is not None]
    where = " and ".join(["1", *(sql for sql, _ in asked)])
    rows = journal.rows(
        f"select {', '.join(chain.COLUMNS)} from audit where {where} order by id desc limit ?",
        *(value for _, value in asked),
        limit,
    )
    return [Deed(*row) for row in rows]


def verify(journal: Journal) -> Verdict:
    """Go through the chain from its first row."""
    count, last, before = 0, 0, chain.START
    wrong = ""
    for row, kept in _rows(journal):
        count += 1
        if wrong:
            continue
        if row[0] != last + 1:
            wrong = f"row {last + 1} is missing"
        elif kept != chain.seal(before, row):
            wrong = f"row {row[0]} is not as it was written"
        else:
            last, before = row[0], kept
    return Verdict(count, last, before, wrong or _cut_off(journal, last) or _open(journal))


def seal_of(journal: Journal, number: int) -> str | None:
    """The seal of one row."""
    row = journal.row("select seal from audit where id = ?", number)
    return None if row is None else str(row["seal"])


def _rows(journal: Journal) -> Iterator[tuple[tuple[object, ...], str]]:
    cursor = journal.connection.execute(
        f"select {', '.join(chain.COLUMNS)}, seal from audit order by id"
    )
    for *row, kept in cursor:
        yield tuple(row), kept


def _cut_off(journal: Journal, last: int) -> str:
    """SQLite keeps the highest number that was ever given, also when rows are gone."""
    row = journal.row("select seq from sqlite_sequence where name = 'audit'")
    given = int(row["seq"]) if row is not None else 0
    return "" if given == last else f"row {last + 1} is missing"


def _open(journal: Journal) -> str:
    """The rows hold, but nothing keeps the table from being changed."""
    rows = journal.rows(
        "select name from sqlite_master where type = 'trigger' and name like 'audit_%'"
    )
    gone = _TRIGGERS - {row["name"] for row in rows}
    return f"all rows hold, but {', '.join(sorted(gone))} was taken away" if gone else ""
