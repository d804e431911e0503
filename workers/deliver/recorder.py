"""Commits to the journal from a thread of its own: several requests share a commit."""

from __future__ import annotations

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from store.journal.schema import Journal
from workers.seams import seam

T = TypeVar("T")
Deed = Callable[[sqlite3.Connection], T]


class Recorder:
    """Writes deeds in the order in which they come; each is on disk before its `await` ends."""

    def __init__(self, path: Path) -> None:
        self._journal = Journal(path)
        self._loop = asyncio.get_running_loop()
        self._deeds: queue.SimpleQueue[tuple[Deed[object], asyncio.Future[object]] | None] = (
            queue.SimpleQueue()
        )
        self._thread = threading.Thread(target=self._work, name="recorder", daemon=True)
        self._thread.start()

    async def write(self, deed: Deed[T]) -> T:
        """Do `deed` in a transaction and return its result once it is kept.

        Raises:
            StorageError: the journal cannot be written; nothing of the transaction is kept.
        """
        future: asyncio.Future[object] = self._loop.create_future()
        self._deeds.put((deed, future))
        return await future  # type: ignore[return-value]  # what the deed returned

    async def close(self) -> None:
        """Write what is waiting, and stop."""
        self._deeds.put(None)
        await asyncio.to_thread(self._thread.join)

    def _work(self) -> None:
        with self._journal as journal:
            while (first := self._deeds.get()) is not None:
                together = [first]
                ending = False
                while not self._deeds.empty():
                    more = self._deeds.get()
                    if more is None:
                        ending = True
                        break
                    together.append(more)
                self._commit(journal, together)
                if ending:
                    return

    def _commit(
        self, journal: Journal, together: list[tuple[Deed[object], asyncio.Future[object]]]
    ) -> None:
        try:
            with journal.writing() as connection:
                results = [deed(connection) for deed, _ in together]
                seam("before-commit")
        except Exception as error:  # noqa: BLE001 - whoever waits must hear of it, or waits for ever
            self._loop.call_soon_threadsafe(_fail, [future for _, future in together], error)
            return
        seam("after-commit")
        # Once for all of them: waking the loop costs more than the rest of it.
        self._loop.call_soon_threadsafe(_resolve, [future for _, future in together], results)


def _resolve(futures: list[asyncio.Future[object]], results: list[object]) -> None:
    for future, result in zip(futures, results, strict=True):
        if not future.done():
            future.set_result(result)


def _fail(futures: list[asyncio.Future[object]], error: Exception) -> None:
    for future in futures:
        if not future.done():
            future.set_exception(error)
