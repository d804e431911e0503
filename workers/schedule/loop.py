"""The lasting scheduler: looks when something is due, and every few seconds in between."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, Protocol

from store import locks
from store.errors import Busy, ConfigurationError, NotFound, SegportError
from workers.actions import schedules
from workers.schedule.alive import lock_path

if TYPE_CHECKING:
    from workers.actions.desk import Desk
    from workers.schedule.look import Happening

# Files are edited and clocks are set without a word, so it never sleeps for long.
_TICK: Final = timedelta(seconds=10)


class Clock(Protocol):
    """What a scheduler takes its time from."""

    def now(self) -> datetime:
        """The time, with its zone."""

    def wait(self, span: timedelta) -> None:
        """Let time pass, until `span` is over or somebody wakes it."""


class SystemClock:
    """The machine's own."""

    def __init__(self) -> None:
        self._woken = threading.Event()

    def now(self) -> datetime:
        """The time in UTC."""
        return datetime.now(UTC)

    def wait(self, span: timedelta) -> None:
        """Sleep; `wake` ends it."""
        self._woken.wait(max(0.0, span.total_seconds()))

    def wake(self) -> None:
        """End every sleep from now on."""
        self._woken.set()


class Scheduler:
    """One per workspace: it holds the scheduler's lock for as long as it lives."""

    def __init__(self, desk: Desk, clock: Clock, tell: Callable[[Happening | str], None]) -> None:
        self._desk = desk
        self._clock = clock
        self._tell = tell
        self._trouble = ""
        self._aside: threading.Thread | None = None
        self.stopping = False

    def run(self) -> None:
        """Look until `stopping` is set.

        Raises:
            Busy: another one is running in this workspace.
            NotPermitted: this operator may not run it, or no longer.
        """
        self._desk.require("administrator", "to run the scheduler")
        lock = locks.acquire(lock_path(self._desk.workspace))
        if lock is None:
            process = locks.holder(lock_path(self._desk.workspace))
            raise Busy(
                "A scheduler of this workspace is running already"
                + (f": process {process}." if process else "."),
                "One is enough; `segport schedule show` says since when it runs.",
            )
        lock.sign()
        try:
            self._desk.record("scheduler started", "workspace")
            self._say_for_what()
            self._look_on()
        finally:
            lock.release()

    def _say_for_what(self) -> None:
        """Whoever starts it sees that it is at work; what cannot be read is told at the first look."""
        with suppress(SegportError):
            lines = schedules.all_of(self._desk, ahead=0).values()
            active = sum(line.active for line in lines)
            self._tell(
                f"Looking for what is due: {active} of {len(lines)} exports run by themselves."
            )

    def _look_on(self) -> None:
        began_at = self._clock.now()
        while not self.stopping:
            self._sit_again()
            now = self._clock.now()
            due = None
            try:
                look = schedules.look(self._desk, now, "run", began_at)
            except SegportError as error:
                # A full disk or a broken journal must not end it; it says so once.
                self._say(str(error))
            else:
                self._say("")
                due = look.next_due
                for happening in look.happenings:
                    self._tell(happening)
                self._look_after()
            if not self.stopping:
                self._clock.wait(min(_TICK, (due or now + _TICK) - self._clock.now()))

    def _sit_again(self) -> None:
        """Whoever is taken the role loses the scheduler with it, at once.

        While nobody can read the roles, nobody can have taken it: the last word holds.
        """
        with suppress(ConfigurationError, NotFound):
            self._desk = self._desk.with_known_role()
            self._desk.require("administrator", "to run the scheduler")

    def _look_after(self) -> None:
        """Alerts and retention, beside the clock: a mail server that hangs delays no start."""
        if self._aside is None or not self._aside.is_alive():
            self._aside = threading.Thread(
                target=schedules.look_after, args=(self._desk, self._clock.now(), self._tell),
                daemon=True,
            )  # fmt: skip
            self._aside.start()

    def _say(self, trouble: str) -> None:
        if trouble != self._trouble:
            self._tell(trouble or "It is well again.")
        self._trouble = trouble
