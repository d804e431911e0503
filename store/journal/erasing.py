"""Takes an address out of the journal: the refusals of its rows, and whatever sentence quotes it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from store.journal.keeping import erase_for_good, tidy

if TYPE_CHECKING:
    from store.journal.schema import Journal

ERASED = "(erased)"
# Where a destination's words, or ours about them, may have come to rest.
_SENTENCES = (
    ("reject", "words", ("run_id", "n")),
    ("request", "words", ("run_id", "no")),
    ("run", "cause", ("id",)),
)


def without(text: str, address: str) -> str:
    """The text without the address, however it is written."""
    return re.sub(re.escape(address), ERASED, text, flags=re.IGNORECASE)


def quoted(journal: Journal, address: str) -> int:
    """How many sentences of the journal quote the address."""
    return sum(
        len(_quoting(journal, table, column, key, address)) for table, column, key in _SENTENCES
    )


def in_audit(journal: Journal, address: str) -> int:
    """How many rows of the audit hold it; there should be none, and none can be changed."""
    row = journal.row(
        "select count(*) as count from audit where instr(lowered(subject || ' ' || detail), ?)",
        address,
    )
    return int(row["count"]) if row else 0


def named(journal: Journal) -> dict[int, list[int]]:
    """The numbers of contacts that refusals and repetitions name, by run."""
    found: dict[int, list[int]] = {}
    for row in journal.rows("select run_id, n from reject union select run_id, n from repeated"):
        found.setdefault(row["run_id"], []).append(row["n"])
    return found


def refusals(journal: Journal, rows: Mapping[int, Sequence[int]]) -> int:
    """How many refusals are kept of these rows, by run."""
    found = 0
    for run_id, numbers in rows.items():
        for n in numbers:
            found += len(journal.rows("select 1 from reject where run_id = ? and n = ?", run_id, n))
    return found


def erase(journal: Journal, address: str, rows: Mapping[int, Sequence[int]]) -> None:
    """Remove the refusals of these rows, and the address from every sentence; counts stay."""
    erase_for_good(journal)
    with journal.writing() as db:
        for run_id, numbers in rows.items():
            for n in numbers:
                db.execute("delete from reject where run_id = ? and n = ?", (run_id, n))
                db.execute("delete from repeated where run_id = ? and n = ?", (run_id, n))
        for table, column, key in _SENTENCES:
            names = " and ".join(f"{name} = ?" for name in key)
            for *ids, text in _quoting(journal, table, column, key, address):
                db.execute(
                    f"update {table} set {column} = ? where {names}",
                    (without(str(text), address), *ids),
                )
    tidy(journal)


def _quoting(
    journal: Journal, table: str, column: str, key: Sequence[str], address: str
) -> list[tuple[object, ...]]:
    rows = journal.rows(
        f"select {', '.join(key)}, {column} from {table} where instr(lowered({column}), ?)", address
    )
    return [tuple(row) for row in rows]
