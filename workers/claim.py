"""That a run is this process's: it is under way, in the attempt that this process was started for.

Another process can be at it, or think that this one is gone, only where lock files were removed or the
journal was put back. Then this one writes nothing more about the run but what became of its requests.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from store.journal import runs

if TYPE_CHECKING:
    import sqlite3

    from store.journal.schema import Journal


_ROW: Final = "select attempt, state from run where id = ?"


@dataclass(frozen=True, slots=True)
class Claim:
    """A process's claim to a run."""

    run_id: int
    attempt: int

    def fits(self, row: sqlite3.Row | None) -> bool:
        """Whether it does by `attempt` and `state` of the run's row, as the journal has it now."""
        return row is not None and row["attempt"] == self.attempt and row["state"] in runs.ACTIVE

    def stands(self, journal: Journal) -> bool:
        """Whether it does."""
        return self.fits(journal.row(_ROW, self.run_id))

    def note(self, journal: Journal, **columns: object) -> bool:
        """Set columns of the run if the claim stands; says whether it does."""
        with journal.writing() as db:
            standing = self.fits(db.execute(_ROW, (self.run_id,)).fetchone())
            if standing:
                runs.note(db, self.run_id, **columns)
        return standing
