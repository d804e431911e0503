"""The course of a run: its turn, its plan, its sending, its end. Each step is in the journal first."""

from __future__ import annotations

import asyncio
import math
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from store import locks
from store.errors import SegportError
from store.journal import clock
from store.journal.runs import State
from store.keys import secrets
from workers import planned
from workers.deliver.complaints import Complaints
from workers.deliver.delivery import in_flight
from workers.deliver.patience import FRUITLESS
from workers.destinations.address import origin_of
from workers.destinations.problems import HaltedHere
from workers.sending import send

if TYPE_CHECKING:
    from store.keys.secrets import Key
    from workers.destinations.autopilot import Autopilot
    from workers.destinations.service import Patience
    from workers.under_way import UnderWay

_TURN = 0.3
_HEARTBEAT = 2.0


@dataclass(frozen=True, slots=True)
class Course:
    """The steps of one run.

    Attributes:
        under_way: the run.
        handed_key: what was handed to this process, in place of the key that is kept.
    """

    under_way: UnderWay
    handed_key: str | None = None

    async def follow(self) -> None:
        """Go through with it."""
        run = self.under_way.run
        if run.cause or run.attempt > 1:
            self.under_way.say(f"Attempt {run.attempt} begins.")
        key = self._key()
        fingerprint = key.fingerprint(secrets.workspace_secret(self.under_way.workspace))
        self.under_way.note(key_fingerprint=fingerprint)
        turn = await self._turn(fingerprint)
        if turn is None:
            return
        self.under_way.hold(turn)
        watch = asyncio.create_task(self._watch())
        try:
            await self._at_destination(key, fingerprint)
        except HaltedHere:
            self.under_way.end_stopped()
        finally:
            watch.cancel()
            with suppress(asyncio.CancelledError):
                await watch
            turn.release()

    def _key(self) -> Key:
        run = self.under_way.run
        origin = origin_of(run.frozen.connection.base_url)
        if self.handed_key is not None:
            return secrets.Key(self.handed_key)
        return secrets.find_key(self.under_way.workspace, run.connection_slug, origin).key

    async def _turn(self, fingerprint: str) -> locks.Lock | None:
        """One sender a key: wait until it is this run's turn, or it was canceled."""
        path = self.under_way.workspace.locks_folder / f"key-{fingerprint}.lock"
        told = False
        while (lock := locks.acquire(path)) is None:
            if not told:
                self.under_way.say("Waiting: another run sends with the same key.")
                told = True
            if self.under_way.stopping.is_due():
                self.under_way.end_stopped()
                return None
            await asyncio.sleep(_TURN)
        return lock

    async def _at_destination(self, key: Key, fingerprint: str) -> None:
        from workers.destinations.autopilot import Autopilot
        from workers.pacing import pacer_of

        connection = self.under_way.run.frozen.connection
        workspace = self.under_way.workspace
        with closing(pacer_of(workspace, fingerprint, connection.rate)) as pacer:
            async with Autopilot(
                connection.base_url,
                key,
                pacer,
                in_flight=in_flight(connection.rate),
                patience=self._patience(),
            ) as destination:
                await self._work(destination)

    def _patience(self) -> Patience:
        """As for contacts, where the service wants a pause; of the rest `send` says when it is borne with."""
        from workers.destinations.service import Patience

        return Patience(
            waits=FRUITLESS,
            longest=math.inf,
            sleep=self.under_way.stopping.sleep,
            say=Complaints(self.under_way.say).add,
        )

    async def _work(self, destination: Autopilot) -> None:
        under_way = self.under_way
        if under_way.stopping.is_due():
            under_way.end_stopped()
            return
        report = None
        if under_way.run.plan is None:
            report = await planned.plan(under_way, destination)
        elif under_way.run.began_at is None:
            report = planned.report_of(under_way.run)
        if report is not None and not planned.may_be_sent(under_way, report):
            return
        under_way.reload()
        if under_way.stopping.is_due():
            under_way.end_stopped()
        elif under_way.run.to_send == 0:
            # It never begins to send, so an earlier run that was interrupted may still go on.
            under_way.end(State.SUCCESSFUL)
        else:
            await send(under_way, destination)

    async def _watch(self) -> None:
        """Say that this process lives, and hear of a cancellation between requests."""
        while True:
            await asyncio.sleep(_HEARTBEAT)
            # A journal that is locked for a while ends no run by itself, and changes no end.
            with suppress(SegportError):
                self.under_way.note(heartbeat=clock.now())
                self.under_way.stopping.look()
