"""What goes on and what has just ended: cheap enough to be asked for whenever something changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from store.journal.past import COLUMNS, as_brief
from store.journal.runs import ACTIVE, Brief, State

if TYPE_CHECKING:
    from collections.abc import Iterable

    from store.journal.schema import Journal

# What an operator wants to know of without looking for it.
FAILED: Final = frozenset({State.FAILED, State.INTERRUPTED})


def under_way(journal: Journal) -> list[Brief]:
    """Active runs, oldest first."""
    rows = journal.rows(
        f"select {COLUMNS} from run where state in ({_marks(ACTIVE)}) order by id", *sorted(ACTIVE)
    )
    return [as_brief(row) for row in rows]


def waiting(journal: Journal) -> int:
    """How many runs wait for approval."""
    return _count(journal, "state = ?", State.NEEDS_APPROVAL)


def failed_since(journal: Journal, since: str) -> int:
    """How many runs have failed, or lost their process, after this time."""
    where = f"ended_at > ? and state in ({_marks(FAILED)})"
    return _count(journal, where, since, *sorted(FAILED))


def ended_since(journal: Journal, since: str, limit: int) -> list[Brief]:
    """Runs that ended or began to wait after this time, the newest first."""
    rows = journal.rows(
        f"select {COLUMNS} from run where ended_at > ? order by ended_at desc limit ?", since, limit
    )
    return [as_brief(row) for row in rows]


def _count(journal: Journal, where: str, *values: object) -> int:
    row = journal.row(f"select count(*) as n from run where {where}", *values)
    return int(row["n"]) if row else 0


def _marks(states: Iterable[State]) -> str:
    return ", ".join("?" for _ in states)
