"""Connections to one origin: those of `httpcore`, without its pool.

The pool looks at all its connections before and after each request, which cost more than all the rest
of a run. Here a request takes the connection that was used last, or makes one. How many there are is
for the caller to bound. Nothing follows a redirect, keeps a cookie or reads proxy settings.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

import httpcore

from workers.destinations.stream import Stream

# Servers commonly drop an idle connection after 5 s. Being quicker than they are avoids writing
# into a connection that is just being closed, whose outcome would be unknown.
_KEEP_IDLE: Final = 4.0
# How long an address may be silent until the host's next one is tried beside it.
_NEXT_ADDRESS: Final = 0.25


class Wire:
    """Connections to one origin, kept while they are good.

    Args:
        origin: scheme, host and port.
        trust: for TLS; None where the origin speaks without.
        connect_timeout: seconds to get a connection, encrypted if it is to be.
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
        if trust is not None:
            trust.set_alpn_protocols(["http/1.1"])
        self._trust = trust
        self._connect_timeout = connect_timeout
        self._extensions = {"timeout": {"read": read_timeout, "write": read_timeout}}
        self._idle: list[httpcore.AsyncHTTP11Connection] = []

    @asynccontextmanager
    async def answer(
        self,
        method: str,
        target: str,
        headers: Sequence[tuple[bytes, bytes]],
        body: bytes | None,
    ) -> AsyncIterator[httpcore.Response]:
        """Send a request; the head of the answer is there then, and its body is read inside.

        Raises:
            httpcore.ConnectError: nothing left, nor did it if that took too long (ConnectTimeout).
        """
        connection = await self._rested() or await self._fresh()
        origin = self._origin
        url = httpcore.URL(scheme=origin.scheme, host=origin.host, port=origin.port, target=target)
        response = await connection.handle_async_request(
            httpcore.Request(
                method, url, headers=headers, content=body, extensions=self._extensions
            )
        )
        try:
            yield response
        finally:
            # One whose answer was read to its end rests; any other is closed by this.
            await response.aclose()
            if connection.is_idle():
                self._idle.append(connection)

    async def aclose(self) -> None:
        """Close every connection that nothing is under way on."""
        while self._idle:
            await self._idle.pop().aclose()

    async def _rested(self) -> httpcore.AsyncHTTP11Connection | None:
        """The idle connection that was used last, if it is still good."""
        while self._idle:
            connection = self._idle.pop()
            if not connection.has_expired():
                return connection
            await connection.aclose()
        return None

    async def _fresh(self) -> httpcore.AsyncHTTP11Connection:
        host = self._origin.host.decode()
        try:
            async with asyncio.timeout(self._connect_timeout):
                _, stream = await asyncio.get_running_loop().create_connection(
                    Stream, host, self._origin.port, ssl=self._trust,
                    happy_eyeballs_delay=_NEXT_ADDRESS,
                )  # fmt: skip
        except TimeoutError as error:
            raise httpcore.ConnectTimeout from error
        except (OSError, ValueError) as error:  # a name may be none that can be asked for
            raise httpcore.ConnectError from error
        return httpcore.AsyncHTTP11Connection(self._origin, stream, _KEEP_IDLE)
