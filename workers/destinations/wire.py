"""Connections for `httpcore`, on asyncio's own transports.

`httpcore` comes with connections for any event loop, by way of `anyio`, and these cost as much as
all the rest of a request. Ours do the same for asyncio alone: connect, encrypt, write, read, each
with its time limit, and say whether an idle connection is still good.
"""

from __future__ import annotations

import asyncio
import select
import ssl
from collections.abc import Iterable
from typing import Any, Final

import httpcore

_MUCH: Final = 256 * 1024
"""Bytes that may lie unread before the other side has to wait."""
_LITTLE: Final = 4 * 1024
"""Bytes that wait for those that follow, so that a request's head and body leave together."""


class AsyncioBackend(httpcore.AsyncNetworkBackend):
    """Makes TCP connections."""

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to a host, by whichever of its addresses answers first."""
        del local_address, socket_options  # never given: our pool sets neither
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(timeout):
                transport, line = await loop.create_connection(
                    _Line, host, port, happy_eyeballs_delay=0.25
                )
        except TimeoutError as error:
            raise httpcore.ConnectTimeout from error
        except OSError as error:
            raise httpcore.ConnectError from error
        return _Stream(transport, line)


class _Line(asyncio.Protocol):
    """One side of a connection: what came in and is not read yet, and who waits."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport
        self.unread = bytearray()
        self.ended = False
        self.error: Exception | None = None
        self.crowded = False
        self.reader: asyncio.Future[None] | None = None
        self.writer: asyncio.Future[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.unread += data
        if len(self.unread) > _MUCH:
            self.transport.pause_reading()
        _wake(self.reader)

    def eof_received(self) -> None:
        self.ended = True
        _wake(self.reader)

    def connection_lost(self, error: Exception | None) -> None:
        self.ended, self.error = True, error
        _wake(self.reader)
        _wake(self.writer)

    def pause_writing(self) -> None:
        self.crowded = True

    def resume_writing(self) -> None:
        self.crowded = False
        _wake(self.writer)


class _Stream(httpcore.AsyncNetworkStream):
    """A connection as `httpcore` uses one: by one request at a time."""

    def __init__(self, transport: asyncio.Transport, line: _Line) -> None:
        self._transport = transport
        self._line = line
        self._loop = asyncio.get_running_loop()
        self._held = b""

    async def read(
        self,
        max_bytes: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
    ) -> bytes:
        """Some bytes as soon as there are any; none at the end."""
        line = self._line
        if self._held:
            await self._send(b"", timeout)
        if not line.unread and not line.ended:
            line.reader = self._loop.create_future()
            await self._wait(line.reader, timeout, httpcore.ReadTimeout)
        if line.unread:
            data = bytes(line.unread[:max_bytes])
            del line.unread[:max_bytes]
            if not line.ended and not line.unread and not self._transport.is_reading():
                self._transport.resume_reading()
            return data
        if line.error is not None:
            raise httpcore.ReadError from line.error
        return b""

    async def write(
        self,
        buffer: bytes,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
    ) -> None:
        """Hand bytes over, and wait while the other side takes none.

        A few bytes are held until more come, or until an answer is read.
        """
        if buffer and not self._held and len(buffer) < _LITTLE:
            self._held = buffer
        elif buffer or self._held:
            await self._send(buffer, timeout)

    async def _send(self, buffer: bytes, timeout: float | None) -> None:  # noqa: ASYNC109
        line = self._line
        buffer, self._held = self._held + buffer, b""
        if line.ended:
            raise httpcore.WriteError from line.error
        self._transport.write(buffer)
        if line.crowded:
            line.writer = self._loop.create_future()
            await self._wait(line.writer, timeout, httpcore.WriteTimeout)
            if line.error is not None:
                raise httpcore.WriteError from line.error

    async def aclose(self) -> None:
        """Close at once; bytes that have not left by now are not wanted any more."""
        self._transport.abort()
        await asyncio.sleep(0)  # the socket itself is closed in the loop's next round

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
    ) -> httpcore.AsyncNetworkStream:
        """Encrypt the connection."""
        try:
            async with asyncio.timeout(timeout):
                transport = await self._loop.start_tls(
                    self._transport, self._line, ssl_context, server_hostname=server_hostname
                )
        except TimeoutError as error:
            self._transport.abort()
            raise httpcore.ConnectTimeout from error
        except OSError as error:  # which ssl.SSLError is, too
            self._transport.abort()
            raise httpcore.ConnectError from error
        assert transport is not None
        self._line.transport = transport
        return _Stream(transport, self._line)

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - httpcore's signature
        """What `httpcore` asks of a connection."""
        if info == "is_readable":
            return self._is_readable()
        if info == "ssl_object":
            return self._transport.get_extra_info("ssl_object")
        return None

    def _is_readable(self) -> bool:
        """Whether something came in unasked, which for an idle connection means its end."""
        line = self._line
        if line.ended or line.unread or self._transport.is_closing():
            return True
        poll = select.poll()
        poll.register(self._transport.get_extra_info("socket").fileno(), select.POLLIN)
        return bool(poll.poll(0))

    async def _wait(
        self,
        woken: asyncio.Future[None],
        timeout: float | None,  # noqa: ASYNC109 - a timer is a third of the cost of asyncio.timeout
        expired: type[Exception],
    ) -> None:
        if timeout is None:
            await woken
            return
        timer = self._loop.call_later(timeout, _expire, woken, expired)
        try:
            await woken
        finally:
            timer.cancel()


def _wake(waiting: asyncio.Future[None] | None) -> None:
    if waiting is not None and not waiting.done():
        waiting.set_result(None)


def _expire(waiting: asyncio.Future[None], error: type[Exception]) -> None:
    if not waiting.done():
        waiting.set_exception(error())
