"""The lists of an account, to choose the one that a segment fills."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workers.actions.asking import asked
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
    found = find_key(desk, document.path.stem, origin_of(connection.base_url))
    async with asked(desk, connection, found.key) as destination:
        lists = await destination.lists()
    return sorted(lists, key=lambda each: (each.title.casefold(), each.id))
