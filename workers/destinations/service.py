"""A service asked with patience, and its refusals told in its own name."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from workers.destinations import problems
from workers.destinations.answers import Answer, content, verdict
from workers.destinations.base import Cause, Misdirected, NotSent, Outcome, Throttled, Unknown

if TYPE_CHECKING:
    from workers.destinations.transport import Slots, Transport

_LONGEST_BACKOFF: Final = 30.0
# What may be another in a moment: a name server or a service that is being started anew.
_PASSING: Final = frozenset({Cause.NAME, Cause.REFUSED, Cause.SILENT, Cause.UNREACHABLE})
_NAMED: Final = re.compile(r"/(list|contact|contacts)/[^/]+")


@dataclass(frozen=True, slots=True)
class Patience:
    """How long it is borne with a service that gives no answer of use.

    Attributes:
        tries: how often it is asked that gives none, or cannot be reached.
        waits: how often it is asked that is too fast for it, or that says when to come back.
        longest: seconds between two of these; where it wants more, that is the answer.
        sleep: how to wait.
        say: hears of each wait: how long it is, and why.
    """

    tries: int = 3
    waits: int = 3
    longest: float = 15.0
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    say: Callable[[str, str], None] = lambda how_long, why: None


class Service:
    """What reads and writes of one account have in common.

    Args:
        name: of the service, as operators know it.
        transport: takes requests there, and answers back.
        pacer: hears of every 429.
        patience: how often it is asked before it is given up.
    """

    def __init__(
        self,
        name: str,
        transport: Transport,
        pacer: Slots,
        patience: Patience,
    ) -> None:
        self._name = name
        self._transport = transport
        self._pacer = pacer
        self._patience = patience

    def persevere(self, tries: int) -> None:
        """Ask so often from now on."""
        self._patience = replace(self._patience, tries=tries)

    async def call(self, method: str, path: str, body: bytes | None = None) -> Answer | Outcome:
        """Every call goes through here, and every 429 is told to the pacer here."""
        answer = await self._transport.exchange(method, path, body)
        if isinstance(answer, Answer) and answer.status == 429:
            outcome = verdict(answer)
            assert isinstance(outcome, Throttled)
            self._pacer.penalise(outcome.wait)
        return answer

    async def ask(self, path: str, bearable: tuple[int, ...] = (404,)) -> Answer:
        """Read with patience: what the service cannot answer now is asked for again shortly.

        Returns:
            A success, or an answer with a status that the caller can bear.

        Raises:
            DestinationProblem: it was refused, or asked for in vain.
        """
        attempt = 1
        while True:
            answer = await self.call("GET", path)
            if isinstance(answer, Answer) and (answer.is_success or answer.status in bearable):
                return answer
            outcome = outcome_of(answer)
            if not await self._waited(outcome, attempt):
                raise self.problem(outcome, path)
            attempt += 1

    async def insist(self, method: str, path: str, body: bytes) -> Answer | Outcome:
        """Write with patience: of what came too fast, or did not leave, nothing was taken."""
        attempt = 1
        while True:
            answer = await self.call(method, path, body)
            outcome = outcome_of(answer)
            if not isinstance(outcome, (Throttled, NotSent)) or not await self._waited(
                outcome, attempt
            ):
                return answer
            attempt += 1

    async def read(self, path: str) -> Any:  # noqa: ANN401 - whatever the service sent
        """The content of an answer.

        Raises:
            DestinationProblem: there is none.
        """
        answer = await self.ask(path)
        if not answer.is_success:
            raise self.problem(verdict(answer))
        body = content(answer)
        if body is None:
            raise self.foreign()
        return body

    async def _waited(self, outcome: Outcome, attempt: int) -> bool:
        """Wait before the next try; False where that is hopeless or would take too long."""
        match outcome:
            case NotSent(cause=cause) if cause in _PASSING:
                wait = None
            case Throttled(wait=wait) | Unknown(wait=wait):
                pass
            case _:
                return False
        patience = self._patience
        is_wanted = isinstance(outcome, Throttled) or wait is not None
        seconds = min(2.0 ** (attempt - 1), _LONGEST_BACKOFF) if wait is None else wait
        if attempt >= (patience.waits if is_wanted else patience.tries):
            return False
        if seconds > patience.longest:
            return False
        patience.say(f"Waiting {seconds:.0f} s", self._why_wait(outcome, is_wanted=is_wanted))
        await patience.sleep(seconds * random.uniform(1.0, 1.25))  # noqa: S311 - jitter, nothing secret
        return True

    def _why_wait(self, outcome: NotSent | Throttled | Unknown, *, is_wanted: bool) -> str:
        if isinstance(outcome, Throttled):
            return f"requests come too fast for {self._name}"
        if isinstance(outcome, NotSent):
            return f"{self._name} cannot be reached ({outcome.reason})"
        if is_wanted:
            return f"{self._name} asks for a pause ({outcome.reason})"
        return f"{self._name} gave no usable answer ({outcome.reason})"

    def expect_not_found(self, answer: Answer) -> None:
        """Refuse a failure that says more than that what was asked for is not there."""
        outcome = verdict(answer)
        if answer.status != 404 or isinstance(outcome, Misdirected):
            raise self.problem(outcome)

    def problem(self, outcome: Outcome, path: str = "") -> problems.DestinationProblem:
        """What went wrong, as operators are told it."""
        if isinstance(outcome, Misdirected) and outcome.status == 405 and path:
            # What is asked for by id or address is not named.
            return problems.not_answered(self._name, _NAMED.sub(r"/\1/...", path), outcome)
        host = self._transport.origin.partition("//")[2]
        return problems.problem_of(outcome, self._name, host)

    def foreign(self) -> problems.DestinationProblem:
        """It answered, as this service does not answer."""
        return self.problem(Misdirected("an answer in another shape", 200))


def outcome_of(answer: Answer | Outcome) -> Outcome:
    """What came of a call whose answer was of no use."""
    if isinstance(answer, Outcome):
        return answer
    if answer.is_success:
        return Unknown(answer.flaw or "the answer does not say what was done", answer.status)
    return verdict(answer)
