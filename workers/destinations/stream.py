"""The bytes of one connection, as asyncio's transports carry them, in the shape that `httpcore` asks for.

httpcore's own streams go through anyio, which gives way to everything else before and after each read
and write: a third of what a request costs.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

import httpcore

_MOST_UNREAD: Final = 256 * 1024
# A request's head comes by itself and is far smaller: it leaves together with its body.
_SMALL: Final = 8 * 1024


class Stream(asyncio.Protocol, httpcore.AsyncNetworkStream):
    """A connection, once its transport has been made."""

    _transport: asyncio.Transport

    def __init__(self) -> None:
        self._unread = bytearray()
        self._unsent = bytearray()
        self._ended = False
        self._trouble: Exception | None = None
        self._news = asyncio.Event()
        self._writable = asyncio.Event()
        self._writable.set()

    # What httpcore calls.

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
        """What has come, and what came before an end; nothing after it.

        Raises:
            httpcore.ReadTimeout: nothing came for so long.
            httpcore.ReadError: the connection broke.
        """
        self._flush()
        if not self._unread and not self._ended:
            self._news.clear()
            await _within(timeout, self._news, httpcore.ReadTimeout)
        found = bytes(self._unread[:max_bytes])
        if not found and self._trouble is not None:
            raise httpcore.ReadError(str(self._trouble)) from self._trouble
        del self._unread[:max_bytes]
        self._transport.resume_reading()
        return found

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        """Hand it to the network, and wait until that has taken most of it.

        What is small waits for more, or until the answer is to be read.

        Raises:
            httpcore.WriteTimeout: it was not taken for so long.
            httpcore.WriteError: the connection has ended.
        """
        self._unsent += buffer
        if len(self._unsent) > _SMALL and not self._ended:
            self._flush()
            if not self._writable.is_set():
                await _within(timeout, self._writable, httpcore.WriteTimeout)
        if self._ended:
            raise httpcore.WriteError(str(self._trouble)) from self._trouble

    async def aclose(self) -> None:
        """Let go of it at once: nothing that was not sent yet matters any more."""
        self._transport.abort()

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - as httpcore has it
        """Whether there is something to read, which on a connection that rests is its end."""
        return bool(self._unread or self._ended) if info == "is_readable" else None

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It can be written to."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Keep it; when much is kept, the other side has to wait."""
        self._unread += data
        if len(self._unread) > _MOST_UNREAD:
            self._transport.pause_reading()
        self._news.set()

    def eof_received(self) -> None:
        """Nothing more will come, and whatever is still to be written is in vain."""
        self._end()

    def connection_lost(self, exc: Exception | None) -> None:
        """It is over: by the other side's will, by ours, or because it broke."""
        self._trouble = exc
        self._end()

    def pause_writing(self) -> None:
        """The network takes no more."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """It does again."""
        self._writable.set()

    def _flush(self) -> None:
        if self._unsent and not self._ended:
            self._transport.write(self._unsent)
        self._unsent = bytearray()

    def _end(self) -> None:
        self._ended = True
        self._news.set()
        self._writable.set()


async def _within(seconds: float | None, event: asyncio.Event, late: type[Exception]) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError as error:
        raise late from error
