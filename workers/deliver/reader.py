"""Reads the frozen plan in windows: memory stays flat however many contacts there are."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from functools import lru_cache
from itertools import islice, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from store.duck import explained
from store.journal.delivery import Span
from workers.deliver.items import Item, Ranges
from workers.plan import frozen

if TYPE_CHECKING:
    import duckdb

COLUMNS: Final = f"""n, email,
    {frozen.HEAD} as head, strlen(head) as size,
    to_json({{has_fields: payload is not null, known: known, missing: missing}})::varchar as kind"""
"""What `Planned` is made of, in its order."""


class Planned(msgspec.Struct, frozen=True, gc=False):
    """A row of the plan.

    Attributes:
        n: the contact's number.
        email: its address.
        head: its JSON text with the fields that are sent, up to the list to join.
        size: the bytes of `head`.
        kind: the rest as JSON text. Few differ, so that what follows from it is worked out once.
    """

    n: int
    email: str
    head: str
    size: int
    kind: str

    @property
    def has_fields(self) -> bool:
        """Whether any fields are sent."""
        return _kind(self.kind).has_fields

    @property
    def known(self) -> bool:
        """Whether the ledger knows the contact."""
        return _kind(self.kind).known

    @property
    def missing(self) -> list[int]:
        """Positions of the lists to join."""
        return _kind(self.kind).missing


class _Kind(msgspec.Struct, frozen=True):
    has_fields: bool
    known: bool
    missing: list[int]


@lru_cache(maxsize=1000)
def _kind(text: str) -> _Kind:
    return msgspec.json.decode(text, type=_Kind)


class _Tail(msgspec.Struct, frozen=True):
    """What ends a contact's JSON text, and what an acknowledgement then covers."""

    text: str
    size: int
    covers: tuple[int, ...]
    final: bool


_WINDOW: Final = 20_000
_SPECIMENS: Final = 10


class Reader:
    """Items of a frozen plan, in the order of their numbers.

    Args:
        connection: can read the run's folder.
        folder: the run's folder.
        lists: the id of the list at each position.
        bulk_joins: whether a bulk call puts contacts that exist on a list.
        accepted: what was acknowledged before.
        rejected: numbers of contacts that the destination refused; grows while the run goes on.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        folder: Path,
        lists: Mapping[int, str],
        *,
        accepted: Ranges,
        rejected: set[int],
    ) -> None:
        self._connection = connection
        self._plan = frozen.rows(folder)
        self._lists = lists
        self._joins = {
            position: f',"_autopilot_list":{msgspec.json.encode(list_id).decode()}}}'
            for position, list_id in lists.items()
        }
        self._accepted = accepted
        self._rejected = rejected
        self._tails: dict[tuple[str, bool, bool, bool], _Tail] = {}
        self.bulk_joins = True
        self.ahead: set[tuple[int, int]] = set()
        """Parts and numbers that went out ahead of their turn."""

    async def contacts(self) -> AsyncGenerator[list[Item]]:
        """Contacts with their fields, in windows; the first list rides along where that works."""

        def item(planned: Planned) -> Item | None:
            return self.contact(planned) if self._is_pending(0, planned.n) else None

        async for items in self._windows("send and payload is not null", item):
            yield items

    def contact(self, planned: Planned, *, exists: bool = False, is_new: bool = False) -> Item:
        """A contact with its fields, and its first list if that may ride along.

        Where bulk calls join only contacts that they make, nobody knows yet whether it worked,
        unless the contact `is_new` to the service.

        Args:
            planned: the contact.
            exists: the service has it, though the ledger may not know.
            is_new: the service does not have it.
        """
        key = planned.kind, exists, is_new, self.bulk_joins
        tail = self._tails.get(key) or self._tails.setdefault(key, self._tail(*key))
        return Item(
            planned.n, planned.email, planned.head + tail.text, planned.size + tail.size,
            tail.covers, tail.final,
        )  # fmt: skip

    def _tail(self, kind: str, exists: bool, is_new: bool, bulk_joins: bool) -> _Tail:
        known, missing = _kind(kind).known or exists, _kind(kind).missing
        rides = bool(missing) and (bulk_joins or not known)
        joins = rides and (bulk_joins or is_new)
        text = self._joins[missing[0]] if rides else "}"
        return _Tail(text, len(text.encode()), (0, 1) if joins else (0,), len(missing) == joins)

    async def memberships(self, part: int) -> AsyncGenerator[list[Item]]:
        """Contacts with their list number `part`, counted from 1, where it is not known to be on."""
        condition = f"send and len(missing) >= {part}"
        joined = part == 1 and self.bulk_joins
        # What was acknowledged before this attempt may have gone without its list.
        if joined and not self.has_begun:
            condition += " and payload is null"

        def item(planned: Planned) -> Item | None:
            rode = part == 1 and planned.has_fields and not planned.known
            sent_with_it = joined and planned.has_fields and self._is_pending(0, planned.n)
            if self._is_pending(part, planned.n) and not sent_with_it:
                return self.membership(planned, part, rode=rode and not joined)
            return None

        async for items in self._windows(condition, item):
            yield items

    def membership(self, planned: Planned, part: int, *, rode: bool = False) -> Item:
        """A contact's address and one list."""
        missing = planned.missing
        position = missing[part - 1]
        body = f'{{"Email":{msgspec.json.encode(planned.email).decode()}{self._joins[position]}'
        final = len(missing) == part
        return Item(
            planned.n, planned.email, body, len(body.encode()), (part,), final,
            self._lists[position], rode,
        )  # fmt: skip

    async def sent_before(self) -> Ranges:
        """Whom an earlier run sent without an acknowledgement, as numbers of part 0."""
        rows = await asyncio.to_thread(
            self._all, f"select n from {self._plan} where send and doubtful"
        )
        return Ranges.of(Span(0, n, n) for (n,) in rows)

    async def riders(self) -> int:
        """How many contacts that the ledger does not know take their first list along."""
        row = await asyncio.to_thread(
            self._one,
            f"""select count(*) from {self._plan}
                where send and payload is not null and not known and len(missing) > 0""",
        )
        return int(row[0]) if row else 0

    async def joins(self) -> dict[str, int]:
        """For each list id, how many contacts the plan puts on it."""
        rows = await asyncio.to_thread(
            self._all,
            f"""select position, count(*) from (
                    select unnest(missing) as position from {self._plan} where send)
                group by all""",
        )
        return {self._lists[position]: count for position, count in rows}

    @property
    def has_begun(self) -> bool:
        """Whether an earlier attempt got anything acknowledged."""
        return self._accepted.any_of(0)

    def _is_pending(self, part: int, n: int) -> bool:
        return (
            n not in self._rejected
            and not self._accepted.holds(part, n)
            and (part, n) not in self.ahead
        )

    async def most_lists(self) -> int:
        """The most list memberships that one contact waits for."""
        row = await asyncio.to_thread(
            self._one, f"select coalesce(max(len(missing)), 0) from {self._plan} where send"
        )
        return int(row[0]) if row else 0

    async def specimens(self, *, any_new: bool = False) -> list[Planned]:
        """Contacts that exist, or will, before they join a list; new ones first, nothing sent of any.

        Args:
            any_new: also those that join a single list, which then must not ride along.
        """
        lists = 0 if any_new else 1
        rows = await asyncio.to_thread(
            self._all,
            f"""select {COLUMNS} from {self._plan}
                where send and ((known and len(missing) > 0) or len(missing) > {lists})
                order by known, hash(n) limit {5 * _SPECIMENS}""",
        )
        fresh = (row for row in rows if all(self._is_pending(part, row[0]) for part in (0, 1)))
        return [Planned(*row) for row in islice(fresh, _SPECIMENS)]

    async def _windows(
        self, condition: str, make: Callable[[Planned], Item | None]
    ) -> AsyncGenerator[list[Item]]:
        """Items of all rows; a window is read, and its items made, while the one before is sent."""
        first, *others = await asyncio.to_thread(self._bounds, condition)
        reading = self._begin(first, make)
        try:
            for window in others:
                items = await reading
                reading = self._begin(window, make)
                yield items
            yield await reading
        finally:
            # Whoever stops early closes the connection next, which must not be at work then.
            await asyncio.gather(reading, return_exceptions=True)

    def _bounds(self, condition: str) -> list[str]:
        """A condition for each window; numbers have gaps, and to look for the next so many is slow."""
        rows = self._all(
            f"""select n from (select n, row_number() over (order by n) as place
                    from {self._plan} where {condition})
                where place % {_WINDOW} = 0 order by n"""
        )
        ends = [row[0] for row in rows]
        return [
            *(
                f"{condition} and n > {after} and n <= {end}"
                for after, end in pairwise([-1, *ends])
            ),
            f"{condition} and n > {ends[-1] if ends else -1}",
        ]

    def _begin(
        self, window: str, make: Callable[[Planned], Item | None]
    ) -> asyncio.Future[list[Item]]:
        return asyncio.ensure_future(asyncio.to_thread(self._window, window, make))

    def _window(self, window: str, make: Callable[[Planned], Item | None]) -> list[Item]:
        rows = self._all(f"select {COLUMNS} from {self._plan} where {window} order by n")
        return [item for row in rows if (item := make(Planned(*row))) is not None]

    def _all(self, sql: str) -> list[tuple[Any, ...]]:
        with explained("The frozen plan"):
            return self._connection.execute(sql).fetchall()

    def _one(self, sql: str) -> tuple[Any, ...] | None:
        return next(iter(self._all(sql)), None)
