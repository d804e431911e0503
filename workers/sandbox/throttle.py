"""The token bucket of restify, which the real API very likely stands on."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workers.sandbox.modes import Modes


class Bucket:
    """Starts full, refills by the time that went by, and charges nothing for a refusal."""

    def __init__(self, capacity: float, now: float) -> None:
        self.tokens = capacity
        self.time = now

    def take(self, rate: float, capacity: float, now: float) -> bool:
        """Takes one token, or says that there is none."""
        self.tokens = min(capacity, self.tokens + rate * (now - self.time))
        self.time = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


class Throttle:
    """One bucket a key."""

    def __init__(self) -> None:
        self._buckets: dict[str, Bucket] = {}

    def allows(self, key: str, modes: Modes, now: float) -> bool:
        """Whether a request under this key may pass."""
        if not modes.rate:
            return True
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = Bucket(modes.capacity, now)
        return bucket.take(modes.rate, modes.capacity, now)

    def reset(self) -> None:
        """Fills every bucket: a changed rate starts afresh."""
        self._buckets.clear()
