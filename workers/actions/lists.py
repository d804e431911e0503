"""The lists of an account, to choose the one that a segment fills."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.keys import secrets
from workers.actions.sight import find_key
from workers.destinations.address import origin_of

if TYPE_CHECKING:
    from workers.actions.desk import Desk
    from workers.destinations.base import RemoteList


async def listed(desk: Desk, slug: str) -> list[RemoteList]:
    """Every list of a connection's account, by title. Nothing is sent but the question.

    Raises:
        NotPermitted: for those who may not build exports on it.
        DestinationError: what is wrong, in a sentence.
    """
    desk.require("contributor", "to see the lists of an account", slug)
    document = desk.connection(slug)
    connection = document.value
    desk.require_shared(connection)
    from workers.destinations.autopilot import Autopilot
    from workers.pacing import Pacer

    found = find_key(desk, document.path.stem, origin_of(connection.base_url))
    fingerprint = found.key.fingerprint(secrets.workspace_secret(desk.workspace))
    pacer = Pacer(desk.workspace.locks_folder / f"pace-{fingerprint}", connection.rate)
    async with Autopilot(
        connection.base_url, found.key, pacer,
        connect_timeout=8.0, read_timeout=10.0, deadline=15.0, tries=1,
    ) as destination:  # fmt: skip
        lists = await destination.lists()
    return sorted(lists, key=lambda each: (each.title.casefold(), each.id))
