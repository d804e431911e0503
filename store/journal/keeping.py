"""What of a run's history may go, and what somebody may still need."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from store.journal.runs import RESUMABLE, State

if TYPE_CHECKING:
    from store.journal.schema import Journal

# Under way, waiting, not in the ledger yet, or stopped, able to go on, and no later run has begun.
_NEEDED: Final = f"""
    select r.id from run as r where r.unsettled = 1
        or r.state in ({", ".join(f"'{state}'" for state in (
            State.QUEUED, State.PLANNING, State.SENDING, State.NEEDS_APPROVAL))})
        or (r.state in ({", ".join(f"'{state}'" for state in sorted(RESUMABLE))}) and r.over = 0
            and not exists (select 1 from run as l where l.export_id = r.export_id
                and l.id > r.id and l.began_at is not null))"""  # fmt: skip


def needed(journal: Journal) -> set[int]:
    """The runs that keep everything: see `workers.retention`."""
    return {row["id"] for row in journal.rows(_NEEDED)}


def over(journal: Journal, before: str) -> set[int]:
    """The runs that ended before a time and that nobody needs any more."""
    rows = journal.rows(f"select id from run where ended_at < ? and id not in ({_NEEDED})", before)
    return {row["id"] for row in rows}


def drop_rejects(journal: Journal, before: str | None, *, only_look: bool = False) -> int:
    """Remove refusals and the destination's words of such runs; the counts stay.

    Returns:
        How many refusals went, or would go.
    """
    if before is None:
        return 0
    which = f"run_id in (select id from run where ended_at < ? and id not in ({_NEEDED}))"
    if only_look:
        row = journal.row(f"select count(*) as count from reject where {which}", before)
        return int(row["count"]) if row else 0
    erase_for_good(journal)
    with journal.writing() as db:
        gone = db.execute(f"delete from reject where {which}", (before,)).rowcount
        db.execute(f"update request set words = '' where words <> '' and {which}", (before,))
    tidy(journal)
    return gone


def erase_for_good(journal: Journal) -> None:
    """From now on, what this connection removes is overwritten and not only unlinked."""
    journal.rows("pragma secure_delete = on")


def tidy(journal: Journal) -> None:
    """Move what is in the write-ahead log into the database, so that no old page stays behind."""
    journal.rows("pragma wal_checkpoint(truncate)")
