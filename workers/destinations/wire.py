"""HTTP/1.1 for `httpx`, on asyncio's own transports and `h11`.

`httpx` comes with a pool that serves any event loop and any protocol, and looks at all its connections
before and after each request: it cost more than all the rest of a run. Here a request takes the
connection that was used last, or makes one. How many there are is for the caller to bound.
"""

from __future__ import annotations

import asyncio
import select
import ssl
from collections.abc import AsyncIterator
from typing import Final

import h11
import httpx

_MUCH: Final = 256 * 1024
"""Bytes that may lie unread before the other side has to wait."""
_LONGEST_HEAD: Final = 100 * 1024
# Servers commonly drop an idle connection after 5 s. Being quicker than they are avoids writing
# into a connection that is just being closed, whose outcome would be unknown.
_KEEP_IDLE: Final = 4.0


class Wire(httpx.AsyncBaseTransport):
    """Connections to one origin, kept while they are good.

    Args:
        host: its name or address.
        port: its port.
        trust: for TLS; None speaks plain HTTP.
        connect_timeout: seconds to get a connection, encrypted if it is to be.
        read_timeout: seconds of silence, or of not taking what is written, that are borne.
    """

    def __init__(
        self,
        host: str,
        port: int,
        trust: ssl.SSLContext | None,
        *,
        connect_timeout: float,
        read_timeout: float,
    ) -> None:
        self._host, self._port = host, port
        self._trust = trust
        self._connect_timeout = connect_timeout
        self._read_timeout = read_timeout
        self._idle: list[_Line] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request and read the head of its answer; the body is read by the caller."""
        line = self._rested() or await self._connect()
        try:
            head = await self._exchange(line, request)
        except BaseException:
            line.abort()
            raise
        return httpx.Response(
            head.status_code,
            headers=head.headers.raw_items(),
            stream=_Body(self, line),
        )

    async def aclose(self) -> None:
        """Close every connection that nothing is under way on."""
        for line in self._idle:
            line.abort()
        self._idle.clear()
        await asyncio.sleep(0)  # the sockets themselves are closed in the loop's next round

    def done(self, line: _Line) -> None:
        """Keep a connection whose answer was read to its end; close any other."""
        if line.is_reusable():
            line.idle_since = asyncio.get_running_loop().time()
            self._idle.append(line)
        else:
            line.abort()

    def _rested(self) -> _Line | None:
        """The idle connection that was used last, if it is still good."""
        while self._idle:
            line = self._idle.pop()
            expires = line.idle_since + _KEEP_IDLE
            if asyncio.get_running_loop().time() < expires and not line.has_something():
                return line
            line.abort()
        return None

    async def _connect(self) -> _Line:
        """Connect to the host, by whichever of its addresses answers first."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._connect_timeout):
                _, line = await loop.create_connection(
                    lambda: _Line(self._read_timeout),
                    self._host,
                    self._port,
                    ssl=self._trust,
                    server_hostname=self._host if self._trust else None,
                    happy_eyeballs_delay=0.25,
                )
        except TimeoutError as error:
            raise httpx.ConnectTimeout("no connection in time") from error
        except OSError as error:  # which ssl.SSLError is, too
            raise httpx.ConnectError(str(error)) from error
        return line

    @staticmethod
    async def _exchange(line: _Line, request: httpx.Request) -> h11.Response:
        http = line.http
        assert isinstance(request.stream, httpx.SyncByteStream)
        parts = [
            http.send(
                h11.Request(
                    method=request.method.encode(),
                    target=request.url.raw_path,
                    headers=request.headers.raw,
                )
            ),
            *(http.send(h11.Data(data=part)) for part in request.stream if part),
            http.send(h11.EndOfMessage()),
        ]
        await line.write(b"".join(part for part in parts if part))
        while not isinstance(event := await line.event(), h11.Response):
            pass
        return event


class _Body(httpx.AsyncByteStream):
    """The body of an answer; closing it gives the connection back."""

    def __init__(self, wire: Wire, line: _Line) -> None:
        self._wire = wire
        self._line = line

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while not isinstance(event := await self._line.event(), h11.EndOfMessage):
            if isinstance(event, h11.Data):
                yield bytes(event.data)

    async def aclose(self) -> None:
        """Done with it, read to its end or not."""
        self._wire.done(self._line)


class _Line(asyncio.Protocol):
    """One connection: what came in and is not read yet, and who waits."""

    def __init__(self, patience: float) -> None:
        self.http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_LONGEST_HEAD)
        self.idle_since = 0.0
        self._patience = patience
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport
        self._unread = bytearray()
        self._ended = False
        self._error: Exception | None = None
        self._crowded = False
        self._reader: asyncio.Future[None] | None = None
        self._writer: asyncio.Future[None] | None = None

    # What asyncio tells.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._unread += data
        if len(self._unread) > _MUCH:
            self._transport.pause_reading()
        _wake(self._reader)

    def eof_received(self) -> None:
        self._ended = True
        _wake(self._reader)

    def connection_lost(self, error: Exception | None) -> None:
        self._ended, self._error = True, error
        _wake(self._reader)
        _wake(self._writer)

    def pause_writing(self) -> None:
        self._crowded = True

    def resume_writing(self) -> None:
        self._crowded = False
        _wake(self._writer)

    # What a request does.

    async def write(self, data: bytes) -> None:
        """Hand bytes over, and wait while the other side takes none.

        A side that is gone is no error yet: it may have answered before it went.
        """
        if self._ended:
            return
        self._transport.write(data)
        if self._crowded:
            self._writer = self._loop.create_future()
            await self._wait(self._writer, httpx.WriteTimeout)

    async def event(self) -> h11.Event:
        """The next part of the answer.

        Raises:
            httpx.RemoteProtocolError: it is not HTTP, or ended too early.
            httpx.ReadTimeout: nothing came for too long.
            httpx.ReadError: the connection broke.
        """
        http = self.http
        try:
            while (event := http.next_event()) is h11.NEED_DATA:
                data = await self._read()
                if not data and http.their_state is h11.SEND_RESPONSE:
                    raise httpx.RemoteProtocolError("the connection ended before the answer")
                http.receive_data(data)
        except h11.RemoteProtocolError as error:
            raise httpx.RemoteProtocolError(str(error)) from error
        if isinstance(event, h11.Event):
            return event
        raise httpx.RemoteProtocolError("the connection went on to something else")

    async def _read(self) -> bytes:
        """What there is, as soon as there is any; nothing at the end."""
        if not self._unread and not self._ended:
            self._reader = self._loop.create_future()
            await self._wait(self._reader, httpx.ReadTimeout)
        if self._unread:
            data, self._unread = bytes(self._unread), bytearray()
            if not self._ended and not self._transport.is_reading():
                self._transport.resume_reading()
            return data
        if self._error is not None:
            raise httpx.ReadError(str(self._error)) from self._error
        return b""

    async def _wait(
        self, woken: asyncio.Future[None], expired: type[httpx.TimeoutException]
    ) -> None:
        # A timer is a third of the cost of asyncio.timeout.
        timer = self._loop.call_later(self._patience, _expire, woken, expired)
        try:
            await woken
        finally:
            timer.cancel()

    # What becomes of it.

    def is_reusable(self) -> bool:
        """Whether question and answer are complete and both sides go on; readies it if so."""
        http = self.http
        if self._ended or http.our_state is not h11.DONE or http.their_state is not h11.DONE:
            return False
        http.start_next_cycle()
        return True

    def has_something(self) -> bool:
        """Whether something came in unasked, which for an idle connection means its end."""
        if self._ended or self._unread or self._transport.is_closing():
            return True
        poll = select.poll()
        poll.register(self._transport.get_extra_info("socket").fileno(), select.POLLIN)
        return bool(poll.poll(0))

    def abort(self) -> None:
        """Close at once; bytes that have not left by now are not wanted any more."""
        self._transport.abort()


def _wake(waiting: asyncio.Future[None] | None) -> None:
    if waiting is not None and not waiting.done():
        waiting.set_result(None)


def _expire(waiting: asyncio.Future[None], error: type[httpx.TimeoutException]) -> None:
    if not waiting.done():
        waiting.set_exception(error("nothing happened in time"))
