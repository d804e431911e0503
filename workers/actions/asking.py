"""The service asked while somebody sits and waits."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from typing import TYPE_CHECKING

from store.keys import secrets

if TYPE_CHECKING:
    from store.connections import Connection
    from store.keys.key import Key
    from workers.actions.desk import Desk
    from workers.destinations.autopilot import Autopilot


@asynccontextmanager
async def asked(
    desk: Desk,
    connection: Connection,
    key: Key,
    *,
    tries: int = 1,
    read_timeout: float = 10.0,
    deadline: float = 15.0,
) -> AsyncIterator[Autopilot]:
    """The destination of a connection, at the key's own pace and with little patience.

    Args:
        desk: who, and where.
        connection: where to ask, and how fast.
        key: of the account.
        tries: how often each question is asked.
        read_timeout: seconds of silence that are borne.
        deadline: seconds for a whole answer.
    """
    from workers.destinations.autopilot import Autopilot
    from workers.destinations.service import Patience
    from workers.pacing import pacer_of

    fingerprint = key.fingerprint(secrets.workspace_secret(desk.workspace))
    with closing(pacer_of(desk.workspace, fingerprint, connection.rate)) as pacer:
        async with Autopilot(
            connection.base_url,
            key,
            pacer,
            connect_timeout=8.0,
            read_timeout=read_timeout,
            deadline=deadline,
            patience=Patience(tries=tries, waits=tries),
        ) as destination:
            yield destination
