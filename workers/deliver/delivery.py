"""Delivers a frozen plan: lists, then contacts, then further memberships."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Final

from store.errors import SegportError
from store.figures import per_second
from store.journal import delivery as journal
from store.journal.delivery import Span
from workers.deliver import probe
from workers.deliver.items import Batch, Item
from workers.deliver.roll import Roll
from workers.deliver.sender import GivenUp, Halt
from workers.destinations.problems import ListGone
from workers.request_size import is_full

if TYPE_CHECKING:
    import sqlite3

    from workers.deliver.reader import Reader
    from workers.deliver.sender import Sender

_MOST_IN_FLIGHT: Final = 21
_OFTEN: Final = 5


def in_flight(rate: float) -> int:
    """Requests under way at once: enough to hold the rate at a latency of a second."""
    return min(_MOST_IN_FLIGHT, ceil(rate) + 1)


@dataclass(slots=True)
class Delivery:
    """One run's sending.

    Attributes:
        bulk_joins: what is known of the account; None makes the run find out.
    """

    reader: Reader
    sender: Sender
    rate: float
    account: str
    bulk_joins: bool | None
    say: Callable[[str, str], None]

    async def run(self) -> None:
        """Send everything that is pending.

        Raises:
            Halt: the run was told to stop; what had left was waited for.
            GivenUp: there is no use in going on; what had left was waited for.
        """
        sender, reader = self.sender, self.reader
        if self.bulk_joins is None:
            origin = sender.destination.origin
            self.bulk_joins = await probe.find_out(reader, sender, origin, self.account)
        reader.bulk_joins = self.bulk_joins
        joins = await reader.joins()
        if not self.bulk_joins and sum(joins.values()) > probe.FEW:
            self.say(
                "Contacts that exist take a request for each list, since bulk calls are not known to "
                "join them, and who is on the lists is looked up: this run takes longer than planned.",
                "warning",
            )
        await self._send(_batches(reader.contacts()))
        roll = Roll(sender.destination, joins)
        for part in range(1, await reader.most_lists() + 1):
            items = reader.memberships(part)
            await self._send(_batches(items) if self.bulk_joins else self._alone(items, roll))
        if sender.throttled >= _OFTEN:
            self.say(
                f"Autopilot said {sender.throttled:,} times that requests came too fast: "
                f"{per_second(self.rate)} is more than it allows. Set a lower rate on the connection (--rate).",
                "warning",
            )

    async def _alone(
        self, windows: AsyncGenerator[list[Item]], roll: Roll
    ) -> AsyncGenerator[Batch]:
        """A call for each membership, but for those that are there already."""
        async with aclosing(windows):
            async for items in windows:
                there = {item.n for item in items if await roll.holds(item)}
                await self._accept([item for item in items if item.n in there])
                for item in items:
                    if item.n not in there:
                        yield Batch("join", [item])

    async def _accept(self, items: list[Item]) -> None:
        """Count memberships that were looked up as acknowledged."""
        run_id = self.sender.run_id

        def deed(connection: sqlite3.Connection) -> None:
            for item in items:
                span = Span(item.covers[0], item.n, item.n)
                journal.accept(connection, run_id, span, contacts=int(item.final))

        if items:
            await self.sender.recorder.write(deed)

    async def _send(self, batches: AsyncGenerator[Batch]) -> None:
        """Keep as many requests under way as latency needs; stop all when one has to."""
        pulling = asyncio.Lock()
        ends: list[BaseException] = []

        async def work() -> None:
            while not ends:
                try:
                    async with pulling:
                        batch = await anext(batches, None)
                    if batch is None:
                        return
                    await self.sender.deliver(batch)
                except SegportError as error:
                    # A question that stayed here because the run was told to stop is no failure.
                    halted = self.sender.halt.is_set()
                    gone = isinstance(error, ListGone)
                    ends.append(Halt() if halted else GivenUp(str(error), over=gone))
                except Exception as error:  # noqa: BLE001 - raised below, once all have come to an end
                    # The others write down what comes of what has left, and send nothing more.
                    ends.append(error)
                else:
                    continue
                self.sender.halt.set()

        async with aclosing(batches):
            await asyncio.gather(*(work() for _ in range(in_flight(self.rate))))
        if ends:
            # A reason to give up says more than the halt that it caused in the others.
            raise next((end for end in ends if not isinstance(end, Halt)), ends[0])


async def _batches(windows: AsyncGenerator[list[Item]]) -> AsyncGenerator[Batch]:
    """Batches of up to 100 contacts and about 1 MB, in the order of the plan."""
    waiting: list[Item] = []
    size = 0
    async with aclosing(windows):
        async for items in windows:
            for item in items:
                weight = item.size + 1
                if is_full(len(waiting), size, weight):
                    yield Batch("bulk", waiting)
                    waiting, size = [], 0
                waiting.append(item)
                size += weight
    if waiting:
        yield Batch("bulk", waiting)
