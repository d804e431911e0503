"""Who is on a list already: looked up where a bulk call may or may not have put them there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import ceil
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from workers.deliver.items import Item
    from workers.destinations.base import Destination

_PAGE: Final = 100


@dataclass(slots=True)
class Roll:
    """Reads a list as a whole where that takes fewer requests than a call for each contact.

    Attributes:
        joins: for each list id, how many contacts are to be on it after this run.
    """

    destination: Destination
    joins: Mapping[str, int]
    _members: dict[str, set[str] | None] = field(default_factory=dict)

    async def holds(self, item: Item) -> bool:
        """Whether the contact is on the list that the item is about.

        Of a list that was not read, only those are looked up who may be on it already: for the
        others, to ask costs as much as to join.
        """
        list_id = item.list_id
        assert list_id is not None
        if list_id not in self._members:
            self._members[list_id] = await self._read(list_id)
        members = self._members[list_id]
        if members is not None:
            return item.email in members
        return item.rode and bool(await self.destination.is_member(list_id, item.email))

    async def _read(self, list_id: str) -> set[str] | None:
        size = await self.destination.list_size(list_id)
        if size is None or ceil(size / _PAGE) > self.joins.get(list_id, 0):
            return None
        return {email async for email in self.destination.members(list_id)}
