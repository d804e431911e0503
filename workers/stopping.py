"""Whether a run has to stop before it is done, and as what it ends then."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from store.journal.runs import State
from workers.destinations.problems import HaltedHere

if TYPE_CHECKING:
    from store.journal.schema import Journal
    from workers.claim import Claim
    from workers.permit import Permit


@dataclass(slots=True)
class Stopping:
    """What may stop a run: a signal, a cancellation, a permit that ended, another process at the run.

    Attributes:
        noticed: set once something did; no further request leaves then.
    """

    journal: Journal
    claim: Claim
    permit: Permit
    noticed: asyncio.Event = field(default_factory=asyncio.Event)
    _why: str = ""

    def ask(self, why: str) -> None:
        """Stop it for this reason, or for the one that was given first."""
        self._why = self._why or why
        self.noticed.set()

    def is_due(self) -> bool:
        """Whether it has to stop, by what the journal and the files say now."""
        return self.noticed.is_set() or self._is_canceled() or not self.permit()

    def look(self) -> None:
        """Take notice, if it has to stop."""
        if self.is_due():
            self.noticed.set()

    async def sleep(self, seconds: float) -> None:
        """Wait, unless the run has to stop meanwhile.

        Raises:
            HaltedHere: it has to.
        """
        try:
            await asyncio.wait_for(self.noticed.wait(), seconds)
        except TimeoutError:
            return
        raise HaltedHere("The run was told to stop.")

    def ending(self) -> tuple[State, str]:
        """Canceled by somebody, unless it was stopped by what nobody asked for: that is a failure."""
        cause = self._cause()
        failed = self.permit.broken and cause == self.permit.refusal
        return (State.FAILED if failed else State.CANCELED), cause

    def _is_canceled(self) -> bool:
        row = self.journal.row(
            "select cancel_at, attempt, state from run where id = ?", self.claim.run_id
        )
        return row is None or row["cancel_at"] is not None or not self.claim.fits(row)

    def _cause(self) -> str:
        if self._why:
            return self._why
        row = self.journal.row("select cancel_by from run where id = ?", self.claim.run_id)
        if row is not None and row["cancel_by"]:
            return f"canceled by {row['cancel_by']}"
        return self.permit.refusal or "it was told to stop"
