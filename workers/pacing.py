"""Pacing: no request leaves before its time, whichever process of this machine sends it.

Sends follow an absolute schedule (GCRA), 0.5 % slower than the rate, so that late wake-ups do not
add up. A lateness of up to half an interval is made good; a longer one is a stall, and what was
missed in it stays missed. Beside the schedule, a guard looks at the recorded times of sending:
never more than the rate in any sliding second, whatever the schedule says.

The limit belongs to the key, so schedule and record lie in a file that every process with that
key shares. A slot is claimed at the moment it is used, never ahead of it.
"""

from __future__ import annotations

import asyncio
import math
import random
import time
from collections import deque
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from workers.timetable import CAPACITY, Pace, PrivateTimetable, SharedTimetable, Timetable

if TYPE_CHECKING:
    from store.workspace import Workspace

# An event loop wakes up to about a millisecond late; above 100 requests a second half an interval
# is no longer enough to make that good.
_LEAST_LATENESS: Final = 0.005
_WIDEST: Final = 8.0
_SLOWEST: Final = 1.0
"""Seconds between two requests, however much too high the rate was set."""
_LONGEST_BACKOFF: Final = 8.0
_RECENT: Final = 20
_FREQUENT: Final = 4


class Pacer:
    """Says when the next request may leave.

    Args:
        state_file: shared by all processes that send with one key; None for a private one.
        rate: requests per second that may leave.
        margin: the share by which the schedule is slower than the rate.
        clock: monotonic seconds, the same in every process.
        sleep: how to wait.

    Attributes:
        rate: requests per second that may leave.
        interval: seconds between two requests as it is now; wider after the service complained.
    """

    def __init__(
        self,
        state_file: Path | None,
        rate: float,
        *,
        margin: float = 0.005,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        if not (math.isfinite(rate) and rate > 0):
            raise ValueError(rate)
        self.rate = rate
        self.interval = (1.0 + margin) / rate
        self._widest = max(self.interval * _WIDEST, _SLOWEST)
        self._most = max(1, min(math.floor(rate), CAPACITY))
        self._pace = self._make_pace(max(self.interval / 2, _LEAST_LATENESS))
        self._clock = clock
        self._sleep = sleep
        self._turn = asyncio.Lock()
        self._timetable: Timetable = (
            PrivateTimetable(self._most) if state_file is None else SharedTimetable(state_file)
        )
        self._not_before = float("-inf")
        self._sends = 0
        self._complaints: deque[int] = deque(maxlen=_FREQUENT)
        self._backoffs = 0

    async def slot(self) -> float:
        """Wait for the next slot and take it; the time it returns counts as the time of sending."""
        async with self._turn:
            while True:
                now = self._clock()
                again = self._timetable.claim(now, self._pace, self._not_before)
                if again is None:
                    self._sends += 1
                    return now
                await self._sleep(again - now)

    def penalise(self, seconds: float | None) -> None:
        """Slow down, since the service said 429: pause, then send in wider intervals.

        Several complaints about requests that were under way together count as one.

        Args:
            seconds: how long the service asked us to wait, if it did.
        """
        is_new = not self._complaints or self._complaints[-1] != self._sends
        pause = seconds or 0.0
        if is_new:
            frequent = self._note_complaint()
            self._widen(2.0 if frequent else 1.01)
            if not pause:
                pause = self._backoff() if frequent else self.interval
        if pause:
            self._not_before = max(self._not_before, self._clock() + pause)
            self._timetable.push(self._not_before)

    def close(self) -> None:
        """Let go of the shared file."""
        self._timetable.close()

    def _note_complaint(self) -> bool:
        """Write a complaint down; says whether they have become frequent."""
        complaints = self._complaints
        if complaints and complaints[-1] < self._sends - _RECENT:
            self._backoffs = 0
        complaints.append(self._sends)
        return len(complaints) == _FREQUENT and complaints[0] > self._sends - _RECENT

    def _widen(self, factor: float) -> None:
        self.interval = min(self.interval * factor, self._widest)
        # A service that complained counts strictly: from now on every send is spaced from the
        # actual time of the last one.
        self._pace = self._make_pace(0.0)

    def _backoff(self) -> float:
        seconds = min(2.0**self._backoffs, _LONGEST_BACKOFF)
        self._backoffs += 1
        return seconds * random.uniform(1.0, 1.25)  # noqa: S311 - jitter, nothing secret

    def _make_pace(self, lateness: float) -> Pace:
        return Pace(self.interval, lateness, self._most, self._most / self.rate)


def pacer_of(workspace: Workspace, fingerprint: str, rate: float) -> Pacer:
    """The pacer that every process of a workspace shares for one key."""
    return Pacer(workspace.locks_folder / f"pace-{fingerprint}", rate)
