"""Between a request's slot and its first byte: may it still leave? Then the journal says so first."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from store.journal import delivery
from workers.claim import Claim
from workers.seams import seam

if TYPE_CHECKING:
    import sqlite3

    from store.journal.delivery import Intent
    from workers.deliver.recorder import Recorder


@dataclass(slots=True)
class Departure:
    """A request that is about to leave.

    Attributes:
        intent: what the journal says of it.
        noted: whether the journal does.
        left_at: when it left, on the monotonic clock.
    """

    intent: Intent
    noted: bool = False
    left_at: float = 0.0


@dataclass(slots=True)
class Departures:
    """Lets the requests of one run leave.

    Attributes:
        recorder: writes their intents.
        halt: set when nothing more may leave.
        permitted: asked before each: whether the run still may.
    """

    recorder: Recorder
    halt: asyncio.Event = field(default_factory=asyncio.Event)
    permitted: Callable[[], bool] = lambda: True
    _current: ContextVar[Departure] = field(default_factory=lambda: ContextVar("departure"))

    @contextmanager
    def of(self, intent: Intent) -> Iterator[Departure]:
        """What is sent inside is the request that `intent` speaks of."""
        departure = Departure(intent)
        token = self._current.set(departure)
        try:
            yield departure
        finally:
            self._current.reset(token)

    async def before_send(self) -> bool:
        """Whether the request may leave; one that writes is in the journal then."""
        departure = self._current.get(None)
        if departure is None:  # a reading call
            return not self.halt.is_set()
        if self.halt.is_set() or not self.permitted():
            self.halt.set()
            return False
        departure.noted = await self.recorder.write(
            lambda connection: _note(connection, departure.intent)
        )
        if not departure.noted:
            self.halt.set()
            return False
        seam("before-send")
        departure.left_at = time.monotonic()
        return True


def _note(connection: sqlite3.Connection, intent: Intent) -> bool:
    """Write the intent down, unless the run was canceled or taken over meanwhile."""
    row = connection.execute(
        "select cancel_at, attempt, state from run where id = ?", (intent.run_id,)
    ).fetchone()
    claim = Claim(intent.run_id, intent.attempt)
    if row is None or row["cancel_at"] is not None or not claim.fits(row):
        return False
    delivery.intend(connection, intent)
    return True
