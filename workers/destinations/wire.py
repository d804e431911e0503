"""Connections for `httpx`: those of `httpcore`, without its pool.

The pool looks at all its connections before and after each request, which cost more than all the rest
of a run. Here a request takes the connection that was used last, or makes one. How many there are is
for the caller to bound.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterable, AsyncIterator
from typing import Final

import httpcore
import httpx

# Servers commonly drop an idle connection after 5 s. Being quicker than they are avoids writing
# into a connection that is just being closed, whose outcome would be unknown.
_KEEP_IDLE: Final = 4.0
_TROUBLE: Final = (
    httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, OSError,
)  # fmt: skip


class Wire(httpx.AsyncBaseTransport):
    """Connections to one origin, kept while they are good.

    Args:
        origin: scheme, host and port.
        trust: for TLS.
        connect_timeout: seconds to get a connection, and as many to encrypt it.
        read_timeout: seconds of silence, or of not taking what is written, that are borne.
    """

    def __init__(
        self,
        origin: str,
        trust: ssl.SSLContext | None,
        *,
        connect_timeout: float,
        read_timeout: float,
    ) -> None:
        self._origin = httpcore.URL(origin).origin
        self._trust = trust
        self._extensions = {
            "timeout": {"connect": connect_timeout, "read": read_timeout, "write": read_timeout}
        }
        self._backend = httpcore.AnyIOBackend()
        self._idle: list[httpcore.AsyncHTTPConnection] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request and read the head of its answer; the body is read by the caller."""
        connection = await self._rested() or self._fresh()
        origin = self._origin
        asked = httpcore.Request(
            request.method,
            httpcore.URL(
                scheme=origin.scheme,
                host=origin.host,
                port=origin.port,
                target=request.url.raw_path,
            ),
            headers=request.headers.raw,
            content=request.stream,
            extensions=self._extensions,
        )
        try:
            answer = await connection.handle_async_request(asked)
        except _TROUBLE as error:
            raise _as_httpx(error) from error
        return httpx.Response(
            answer.status, headers=answer.headers, stream=_Body(self, connection, answer)
        )

    async def aclose(self) -> None:
        """Close every connection that nothing is under way on."""
        while self._idle:
            await self._idle.pop().aclose()

    def done(self, connection: httpcore.AsyncHTTPConnection) -> None:
        """Keep a connection whose answer was read to its end; any other is closed already."""
        if connection.is_idle():
            self._idle.append(connection)

    async def _rested(self) -> httpcore.AsyncHTTPConnection | None:
        """The idle connection that was used last, if it is still good."""
        while self._idle:
            connection = self._idle.pop()
            if not connection.has_expired():
                return connection
            await connection.aclose()
        return None

    def _fresh(self) -> httpcore.AsyncHTTPConnection:
        return httpcore.AsyncHTTPConnection(
            self._origin,
            self._trust,
            keepalive_expiry=_KEEP_IDLE,
            network_backend=self._backend,
        )


class _Body(httpx.AsyncByteStream):
    """The body of an answer; closing it gives the connection back."""

    def __init__(
        self, wire: Wire, connection: httpcore.AsyncHTTPConnection, answer: httpcore.Response
    ) -> None:
        self._wire = wire
        self._connection = connection
        self._answer = answer
        assert isinstance(answer.stream, AsyncIterable)
        self._parts = answer.stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for part in self._parts:
                yield part
        except _TROUBLE as error:
            raise _as_httpx(error) from error

    async def aclose(self) -> None:
        """Done with it, read to its end or not."""
        await self._answer.aclose()
        self._wire.done(self._connection)


def _as_httpx(error: Exception) -> httpx.TransportError:
    """Httpx's error of the same name, as its own transport raises it."""
    kind = getattr(httpx, type(error).__name__, None)
    if isinstance(kind, type) and issubclass(kind, httpx.TransportError):
        return kind(str(error))
    return httpx.ReadError(str(error))  # TLS that breaks later than in its handshake
