"""The simulator's own record: what it was asked, when, and whom it accepted.

Tests hold a sender's story against this one.
"""

from __future__ import annotations

from collections import Counter, deque
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

KEPT_REQUESTS = 500_000


class Visit(msgspec.Struct, kw_only=True):
    """One request that arrived under /v1."""

    number: int
    time: float
    """When its head arrived, on the monotonic clock of this machine."""
    wall: float
    """The same on the wall clock, in seconds since 1970."""
    method: str
    path: str
    contacts: int = 0
    """How many contacts its body carried."""
    accepted: int = 0
    """How many of them were stored."""
    left_out: int = 0
    """How many of them the answer of a bulk call does not name."""
    status: int | None = None
    """The status that was answered; None while at work, or if no answer was given."""
    fault: str = ""
    """The action of the rule that hit it."""
    took: float = 0.0
    """Seconds until the answer was given or withheld."""


class Record:
    """Everything seen since the start."""

    def __init__(self) -> None:
        self.visits: deque[Visit] = deque(maxlen=KEPT_REQUESTS)
        self.accepted: Counter[str] = Counter()
        self.seen = 0

    def arrive(self, method: str, path: str, *, time: float, wall: float) -> Visit:
        """Notes a request."""
        self.seen += 1
        visit = Visit(number=self.seen, time=time, wall=wall, method=method, path=path)
        self.visits.append(visit)
        return visit

    def accept(self, visit: Visit, addresses: Iterable[str]) -> None:
        """Notes whom a request stored."""
        self.accepted.update(addresses)
        visit.accepted = visit.contacts

    def since(self, number: int) -> list[Visit]:
        """The requests after this number."""
        return [visit for visit in self.visits if visit.number > number]

    def clear(self) -> None:
        """Forgets everything but the numbering."""
        self.visits.clear()
        self.accepted.clear()


def busiest_second(visits: Sequence[Visit], *, accepted_only: bool = False) -> int:
    """The most requests in any sliding second, by their times of arrival."""
    times = sorted(v.time for v in visits if not (accepted_only and v.status == 429))
    most = first = 0
    for last, time in enumerate(times):
        while times[first] <= time - 1:
            first += 1
        most = max(most, last - first + 1)
    return most
