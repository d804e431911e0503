"""One batch, until each of its contacts has a fate.

Nothing is guessed: what is not acknowledged is tried again, alone if need be; a refusal of the whole
is halved until the bad contact stands alone; what left without an answer is `unknown`, is sent again,
and its contacts count as possibly repeated.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from store.journal import delivery
from store.journal.delivery import Fate, Intent, Reject, Span
from workers.deliver.complaints import Complaints
from workers.deliver.departure import Departures
from workers.deliver.items import Batch, Item, Ranges, spans
from workers.deliver.patience import Again, NoProgress, persist
from workers.destinations.base import (
    Delivered,
    Halted,
    KeyRefused,
    Misdirected,
    NotSent,
    Outcome,
    Refused,
    Throttled,
    Unknown,
)
from workers.seams import seam

if TYPE_CHECKING:
    from collections.abc import Callable

    from workers.deliver.recorder import Recorder
    from workers.destinations.base import Destination

HOPELESS: Final = 100
"""Contacts refused one by one, and none accepted, after which it is not about the contacts."""


class Halt(Exception):
    """The run was told to stop: nothing more may leave."""


class GivenUp(Exception):
    """Every further request would end alike.

    Attributes:
        over: so would those of a later attempt.
    """

    def __init__(self, reason: str, *, over: bool = False) -> None:
        super().__init__(reason)
        self.over = over


@dataclass(slots=True)
class Sender:
    """Sends batches of one run.

    Attributes:
        say: writes a log line.
        rejected: numbers of the contacts refused so far.
        doubtful: what an earlier attempt sent, and nobody acknowledged.
        sent_before: the same of earlier runs; numbers of contacts, whatever part, as part 0.
        progress: requests that brought something, so far.
        throttled: requests that came too fast, so far.
    """

    run_id: int
    attempt: int
    destination: Destination
    recorder: Recorder
    departures: Departures
    say: Callable[[str, str], None]
    next_no: int
    rejected: set[int]
    doubtful: Ranges
    sent_before: Ranges = field(default_factory=Ranges)
    progress: int = 0
    throttled: int = 0
    _turned_down: int = 0
    _unnamed: set[int] = field(default_factory=set)
    _complaints: Complaints = field(init=False)

    def __post_init__(self) -> None:
        self._complaints = Complaints(self.say)

    @property
    def halt(self) -> asyncio.Event:
        """Set when nothing more may leave."""
        return self.departures.halt

    async def deliver(self, batch: Batch, *, vouched: bool = True, doubt: bool = False) -> None:
        """Send a batch until every contact in it has a fate.

        Args:
            batch: what to send.
            vouched: False keeps the acknowledgement back: the caller looks first.
            doubt: it may have arrived already, as part of another batch.

        Raises:
            Halt: the run was told to stop.
            GivenUp: there is no use in going on.
        """
        stop = NoProgress(lambda: self.progress, doubt=doubt)
        try:
            followers = await self._try(batch, stop, vouched=vouched)
        except Again as first:
            followers = await self._persist(batch, stop, first, vouched=vouched)
        for follower in followers:
            await self.deliver(follower, doubt=stop.doubt)

    async def _persist(
        self, batch: Batch, stop: NoProgress, first: Again, *, vouched: bool
    ) -> list[Batch]:
        try:
            return await persist(
                lambda: self._try(batch, stop, vouched=vouched), first, stop, self._sleep
            )
        except Again as error:
            raise GivenUp(
                f"Autopilot did not take a request in {stop.tries} tries ({error})."
            ) from error

    async def _try(self, batch: Batch, stop: NoProgress, *, vouched: bool) -> list[Batch]:
        if self.halt.is_set():
            raise Halt
        again: list[int] = []
        if stop.doubt or self.doubtful or self.sent_before or self._unnamed:
            again = [item.n for item in batch.items if stop.doubt or self._is_doubtful(item)]
        with self.departures.of(self._intend(batch)) as departure:
            outcome = await self._send(batch)
        seam("after-receive")
        if isinstance(outcome, Halted) or not departure.noted:
            self.halt.set()
            raise Halt
        milliseconds = (time.monotonic() - departure.left_at) * 1000
        answer = _Answer(departure.intent, milliseconds, again)
        return await self._judge(batch, outcome, answer, stop, vouched=vouched)

    def _intend(self, batch: Batch) -> Intent:
        no, self.next_no = self.next_no, self.next_no + 1
        first, last = batch.items[0].n, batch.items[-1].n
        return Intent(
            self.run_id, no, self.attempt, batch.kind, batch.part, first, last, len(batch.items)
        )

    async def _send(self, batch: Batch) -> Outcome:
        item = batch.items[0]
        if batch.kind == "join":
            assert item.list_id is not None
            return await self.destination.join_list(item.list_id, item.email)
        if batch.kind == "single":
            return await self.destination.send_one(item.body, item.email)
        return await self.destination.send_bulk(
            [item.body for item in batch.items], [item.email for item in batch.items]
        )

    async def _judge(
        self, batch: Batch, outcome: Outcome, answer: _Answer, stop: NoProgress, *, vouched: bool
    ) -> list[Batch]:
        match outcome:
            case Delivered(missing=missing):
                return await self._accept(batch, answer, missing, vouched=vouched)
            case Refused() as refused:
                return await self._refused(batch, answer, refused)
            case Throttled(wait=wait, words=words):
                await self._conclude(answer, Fate.REFUSED, status=429, words=words)
                self.throttled += 1
                self._complaints.add(
                    f"Request {answer.intent.no}", "too fast for Autopilot; waiting"
                )
                raise Again("too many requests", wait)
            case NotSent(reason=reason):
                await self._conclude(answer, Fate.NOT_SENT, words=reason)
                self._complaints.add(f"Request {answer.intent.no}", f"it did not leave: {reason}")
                raise Again(reason)
            case Unknown(reason=reason, status=status, wait=wait):
                stop.doubt = True
                await self._conclude(answer, Fate.UNKNOWN, status=status, words=reason)
                self.say(
                    f"Request {answer.intent.no}: unknown what came of it ({reason}); "
                    "it is sent again.", "warning",
                )  # fmt: skip
                raise Again(reason, wait)
            case KeyRefused(words=words, status=status):
                await self._conclude(answer, Fate.REFUSED, status=status, words=words)
                raise GivenUp(
                    "The key was refused. Copy it again from the account's settings, and give it to "
                    "the connection."
                )
            case Misdirected(reason=reason, status=status):
                await self._conclude(answer, Fate.REFUSED, status=status, words=reason)
                # Where it points to may hold an address, and this goes into the log.
                raise GivenUp(f"What answers at the base URL is not Autopilot (status {status}).")
            case _:
                raise TypeError(outcome)

    async def _accept(
        self, batch: Batch, answer: _Answer, missing: Sequence[int], *, vouched: bool
    ) -> list[Batch]:
        """The answer vouches for all but `missing`; these are tried alone, once each."""
        lost = set(missing)
        taken = [place not in lost for place in range(len(batch.items))]
        accepted = spans(batch.items, taken) if vouched else []
        final = sum(item.final for item, good in zip(batch.items, taken, strict=True) if good)
        alone = [item for item, good in zip(batch.items, taken, strict=True) if not good]
        rejects: list[Reject] = []
        if alone and batch.kind != "bulk":
            words = "The answer does not name this contact."
            rejects = [Reject(item.n, 200, "not acknowledged", words) for item in alone]
            self.rejected.update(item.n for item in alone)
            alone = []
        await self._conclude(
            answer, Fate.ANSWERED, status=200, accepted=accepted, rejects=rejects,
            accepted_contacts=final if vouched else 0,
        )  # fmt: skip
        self.progress += 1
        # They may have been taken all the same: what is sent of them again is possibly a repeat.
        self._unnamed.update(item.n for item in alone)
        return [Batch("single", [item]) for item in alone]

    async def _refused(self, batch: Batch, answer: _Answer, refused: Refused) -> list[Batch]:
        """A no to the whole: halve it, until the contact that it is about stands alone."""
        status, words = refused.status, refused.words
        if refused.list_is_gone and any(item.covers != (0,) for item in batch.items):
            await self._conclude(answer, Fate.REFUSED, status=status, words=words)
            raise GivenUp(
                "A list that the run fills is gone; a new run plans with those there are.",
                over=True,
            )
        if len(batch.items) > 1:
            await self._conclude(answer, Fate.REFUSED, status=status, words=words)
            self.say(
                f"Request {answer.intent.no} was refused as a whole ({status}); "
                "its contacts are tried in halves.", "warning",
            )  # fmt: skip
            return list(batch.halves())
        item = batch.items[0]
        self.rejected.add(item.n)
        self._turned_down += 1
        reject = Reject(item.n, status, _reason(status), words)
        await self._conclude(answer, Fate.REFUSED, status=status, words=words, rejects=[reject])
        if self.progress == 0 and self._turned_down >= HOPELESS:
            # Its words may quote the contact, and this goes into the log: they stand with the rejects.
            raise GivenUp(
                f"Autopilot refused the first {HOPELESS} contacts, the last one as {reject.reason}; "
                f"`segport run rejects {self.run_id} --by-reason` shows its words."
            )
        return []

    async def _conclude(
        self,
        answer: _Answer,
        fate: Fate,
        *,
        status: int | None = None,
        words: str = "",
        accepted: Sequence[Span] = (),
        rejects: Sequence[Reject] = (),
        accepted_contacts: int = 0,
    ) -> None:
        # What was refused as a whole, or stayed here, was not taken, so it is no repeat.
        repeated = answer.again if fate in {Fate.ANSWERED, Fate.UNKNOWN} else []
        await self.recorder.write(
            lambda connection: delivery.conclude(
                connection,
                answer.intent,
                fate,
                status=status,
                ms=answer.milliseconds,
                words=words,
                accepted=accepted,
                rejects=rejects,
                accepted_contacts=accepted_contacts,
                repeated=repeated,
            )
        )

    def _is_doubtful(self, item: Item) -> bool:
        return (
            item.n in self._unnamed
            or self.sent_before.holds(0, item.n)
            or any(self.doubtful.holds(part, item.n) for part in item.covers)
        )

    async def _sleep(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self.halt.wait(), seconds)
        except TimeoutError:
            return
        raise Halt


@dataclass(frozen=True, slots=True)
class _Answer:
    """A request that has left, and what is known of it."""

    intent: Intent
    milliseconds: float
    again: list[int]


def _reason(status: int) -> str:
    return {
        400: "refused as invalid",
        404: "the list or the contact is not there",
        409: "in conflict with another contact",
        413: "too large",
    }.get(status, f"refused with status {status}")
