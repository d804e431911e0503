"""Who did what. Rows are only ever added."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING

from store.journal.runs import now

if TYPE_CHECKING:
    from store.journal.schema import Journal


@dataclass(frozen=True, slots=True)
class Deed:
    """One act of one operator."""

    at: str
    operator: str
    via: str
    action: str
    subject: str
    detail: str


def record(
    connection: sqlite3.Connection,
    *,
    operator: str,
    via: str,
    action: str,
    subject: str,
    detail: str = "",
) -> None:
    """Write down an act, inside the transaction that does it."""
    connection.execute(
        "insert into audit (at, operator, via, action, subject, detail) values (?, ?, ?, ?, ?, ?)",
        (now(), operator, via, action, subject, detail),
    )


def deeds(journal: Journal, *, limit: int = 100) -> list[Deed]:
    """The newest acts first."""
    rows = journal.rows(
        """select at, operator, via, action, subject, detail from audit
           order by id desc limit ?""",
        limit,
    )
    return [Deed(**dict(row)) for row in rows]
