"""Keeps the transport of each open connection, so that a fault can close or reset it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from uvicorn.protocols.http.auto import AutoHTTPProtocol

if TYPE_CHECKING:
    import asyncio


def protocol_noting(open_connections: dict[object, asyncio.Transport]) -> type[asyncio.Protocol]:
    """The protocol of uvicorn, noting each transport under its client, as a scope names it."""

    class Noting(AutoHTTPProtocol):  # type: ignore[misc, valid-type] # chosen when imported
        def connection_made(self, transport: asyncio.Transport) -> None:
            super().connection_made(transport)
            open_connections[self.client] = transport

        def connection_lost(self, exc: Exception | None) -> None:
            open_connections.pop(self.client, None)
            super().connection_lost(exc)

    return Noting
