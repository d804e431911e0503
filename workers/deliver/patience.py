"""How often a request is tried again, and how long is waited in between."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from tenacity import RetryCallState

T = TypeVar("T")

FRUITLESS: Final = 8
"""Tries of one request in a row, with nothing at all accepted meanwhile, after which a run gives up."""


class Again(Exception):
    """A request is to be tried again, after so many seconds if the service said how many."""

    def __init__(self, reason: str, wait: float | None = None) -> None:
        super().__init__(reason)
        self.wait = wait


class NoProgress:
    """Stops tries that are in vain: so many in a row, and nothing accepted anywhere meanwhile.

    Args:
        progress: how many requests of the run have brought something so far.
        doubt: whether it may have arrived already.

    Attributes:
        tries: how often it was tried.
        doubt: whether it may have arrived, before or by one of the tries.
    """

    def __init__(self, progress: Callable[[], int], *, doubt: bool = False) -> None:
        self._progress = progress
        self._seen = progress()
        self._fruitless = 0
        self.tries = 0
        self.doubt = doubt

    def __call__(self, state: RetryCallState) -> bool:
        """Whether to stop, as tenacity asks it."""
        self.tries = state.attempt_number
        progress = self._progress()
        if progress != self._seen:
            self._seen, self._fruitless = progress, 0
        self._fruitless += 1
        return self._fruitless >= FRUITLESS


async def persist(
    attempt: Callable[[], Awaitable[T]],
    first: Again,
    stop: NoProgress,
    sleep: Callable[[float], Awaitable[None]],
) -> T:
    """Try again what was in vain once. Apart, since hardly any request needs the machinery.

    Args:
        attempt: one more try.
        first: how the first ended, which was made already, and counts.
        stop: says when it is enough.
        sleep: waits between two tries.

    Raises:
        Again: the last try was in vain, too.
    """
    from tenacity import AsyncRetrying, retry_if_exception_type

    known: list[Again] = [first]

    async def once() -> T:
        if known:
            raise known.pop()
        return await attempt()

    retrying = AsyncRetrying(
        retry=retry_if_exception_type(Again), wait=_pause, stop=stop, sleep=sleep, reraise=True
    )
    return await retrying(once)


def _pause(state: RetryCallState) -> float:
    """Seconds until the next try: what the service asked for, or longer and longer."""
    from tenacity.wait import wait_exponential_jitter

    error = state.outcome.exception() if state.outcome else None
    hint = error.wait if isinstance(error, Again) else None
    backoff = wait_exponential_jitter(initial=0.5, max=30, jitter=0.5)
    return backoff(state) if hint is None else hint
