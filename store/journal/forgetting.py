"""Who is being erased, and what of it is left to do: so that a kill leaves nothing half done unseen.

The address itself is never here: a person goes by a keyed digest, the rows of plans by their numbers.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from store.journal.clock import now

if TYPE_CHECKING:
    from store.journal.schema import Journal


@dataclass(frozen=True, slots=True)
class Begun:
    """An erasure that has begun and not ended.

    Attributes:
        person: the keyed digest of the address.
        begun_at: UTC, ISO 8601.
    """

    person: str
    begun_at: str
    operator: str


def begin(db: sqlite3.Connection, person: str, operator: str) -> None:
    """Say that this person is being erased; begun before, it goes on."""
    db.execute(
        """insert into forgetting (person, begun_at, operator) values (?, ?, ?)
           on conflict do nothing""",
        (person, now(), operator),
    )


def mark(db: sqlite3.Connection, run_id: int, numbers: Iterable[int]) -> set[int]:
    """Rows to take out of a run's plan; returns those that were not marked yet."""
    return {
        n
        for n in numbers
        if db.execute(
            "insert into forgotten (run_id, n) values (?, ?) on conflict do nothing", (run_id, n)
        ).rowcount
    }


def marked(journal: Journal) -> dict[int, list[int]]:
    """Rows that are still to be taken out of plans, by run."""
    found: dict[int, list[int]] = {}
    for row in journal.rows("select run_id, n from forgotten order by run_id, n"):
        found.setdefault(row["run_id"], []).append(row["n"])
    return found


def taken_out(db: sqlite3.Connection, run_id: int) -> None:
    """They are out of this run's plan."""
    db.execute("delete from forgotten where run_id = ?", (run_id,))


def end(db: sqlite3.Connection, person: str) -> None:
    """Nothing of this person is left to erase."""
    db.execute("delete from forgetting where person = ?", (person,))


def begun(journal: Journal) -> list[Begun]:
    """Erasures that were cut off, or are under way just now."""
    rows = journal.rows("select person, begun_at, operator from forgetting order by begun_at")
    return [Begun(row["person"], row["begun_at"], row["operator"]) for row in rows]
