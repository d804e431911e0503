"""A service asked with patience, and its refusals told in its own name."""

from __future__ import annotations

import random
import re
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Final

from workers.destinations import problems
from workers.destinations.answers import Answer, content, verdict
from workers.destinations.base import Misdirected, Outcome, Throttled, Unknown

if TYPE_CHECKING:
    from workers.destinations.transport import Slots, Transport

_LONGEST_PAUSE: Final = 15.0
_NAMED: Final = re.compile(r"/(list|contact|contacts)/[^/]+")


class Service:
    """What reads and writes of one account have in common.

    Args:
        name: of the service, as operators know it.
        transport: takes requests there, and answers back.
        pacer: hears of every 429.
        tries: how often a question is asked before it is given up.
        sleep: how it waits before it asks again.
    """

    def __init__(
        self,
        name: str,
        transport: Transport,
        pacer: Slots,
        *,
        tries: int,
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._name = name
        self._transport = transport
        self._pacer = pacer
        self._tries = tries
        self._sleep = sleep

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
            pause = _pause(outcome, attempt)
            if attempt >= self._tries or pause is None:
                raise self.problem(outcome, path)
            await self._sleep(pause)
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


def _pause(outcome: Outcome, attempt: int) -> float | None:
    """Seconds to wait before reading again; None if that is hopeless or would take too long."""
    if not isinstance(outcome, (Throttled, Unknown)):
        return None
    seconds = 2.0 ** (attempt - 1) if outcome.wait is None else outcome.wait
    if seconds > _LONGEST_PAUSE:
        return None
    return seconds * random.uniform(1.0, 1.25)  # noqa: S311 - jitter, nothing secret
