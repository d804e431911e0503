"""Reads the frozen plan in windows: memory stays flat however many contacts there are."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import msgspec

from store.duck import explained
from store.sql import quote_text
from workers.deliver.items import Item, Ranges
from workers.plan.freeze import PLAN

if TYPE_CHECKING:
    import duckdb

Row: TypeAlias = tuple[int, str, str | None, list[int], bool]
"""Number, address, fields, positions of the lists to join, whether the ledger knows the contact."""

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
        self._plan = f"read_parquet({quote_text(str(folder / PLAN))})"
        self._lists = lists
        self._joins = {
            position: f',"_autopilot_list":{msgspec.json.encode(list_id).decode()}}}'
            for position, list_id in lists.items()
        }
        self._accepted = accepted
        self._rejected = rejected
        self.bulk_joins = True
        self.ahead: set[tuple[int, int]] = set()
        """Parts and numbers that went out ahead of their turn."""

    async def contacts(self) -> AsyncGenerator[list[Item]]:
        """Contacts with their fields, in windows; the first list rides along where that works."""

        def item(row: Row) -> Item | None:
            return self.contact(*row) if self._is_pending(0, row[0]) else None

        async for items in self._windows("send and payload is not null", item):
            yield items

    def contact(
        self,
        n: int,
        email: str,
        payload: str | None,
        missing: list[int],
        known: bool,
        *,
        is_new: bool = False,
    ) -> Item:
        """A contact with its fields, and its first list if that may ride along.

        Where bulk calls join only contacts that they make, nobody knows yet whether it worked,
        unless the contact `is_new` to the service.
        """
        rides = bool(missing) and (self.bulk_joins or not known)
        joins = rides and (self.bulk_joins or is_new)
        head = _head(email, payload)
        body = head + self._joins[missing[0]] if rides else head + "}"
        return Item(n, email, body, (0, 1) if joins else (0,), len(missing) == joins)

    async def memberships(self, part: int) -> AsyncGenerator[list[Item]]:
        """Contacts with their list number `part`, counted from 1, where it is not known to be on."""
        condition = f"send and len(missing) >= {part}"
        joined = part == 1 and self.bulk_joins
        # What was acknowledged before this attempt may have gone without its list.
        if joined and not self.has_begun:
            condition += " and payload is null"

        def item(row: Row) -> Item | None:
            n, email, payload, missing, known = row
            rode = part == 1 and payload is not None and not known
            sent_with_it = joined and payload is not None and self._is_pending(0, n)
            if self._is_pending(part, n) and not sent_with_it:
                return self.membership(n, email, missing, part, rode=rode and not joined)
            return None

        async for items in self._windows(condition, item):
            yield items

    def membership(
        self, n: int, email: str, missing: list[int], part: int, *, rode: bool = False
    ) -> Item:
        """A contact's address and one list."""
        position = missing[part - 1]
        body = _head(email, None) + self._joins[position]
        final = len(missing) == part
        return Item(n, email, body, (part,), final, self._lists[position], rode)

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

    async def specimens(self, *, any_new: bool = False) -> list[Row]:
        """Contacts that exist, or will, before they join a list; new ones first, nothing sent of any.

        Each with its number, address, fields, lists, and whether the ledger knows it.

        Args:
            any_new: also those that join a single list, which then must not ride along.
        """
        lists = 0 if any_new else 1
        rows = await asyncio.to_thread(
            self._all,
            f"""select n, email, payload, missing, known from {self._plan}
                where send and ((known and len(missing) > 0) or len(missing) > {lists})
                order by known, hash(n) limit {5 * _SPECIMENS}""",
        )
        fresh = (row for row in rows if all(self._is_pending(part, row[0]) for part in (0, 1)))
        return [(row[0], row[1], row[2], row[3], row[4]) for row in islice(fresh, _SPECIMENS)]

    async def _windows(
        self, condition: str, make: Callable[[Row], Item | None]
    ) -> AsyncGenerator[list[Item]]:
        """Items of all rows; a window is read, and its items made, while the one before is sent."""
        reading: asyncio.Future[tuple[list[Item], int | None]] | None = None
        last: int | None = -1
        try:
            while last is not None:
                items, last = await (reading or self._begin(condition, make, last))
                reading = self._begin(condition, make, last) if last is not None else None
                yield items
        finally:
            if reading is not None:
                # Whoever stops early closes the connection next, which must not be at work then.
                await asyncio.gather(reading, return_exceptions=True)

    def _begin(
        self, condition: str, make: Callable[[Row], Item | None], after: int
    ) -> asyncio.Future[tuple[list[Item], int | None]]:
        return asyncio.ensure_future(asyncio.to_thread(self._window, condition, make, after))

    def _window(
        self, condition: str, make: Callable[[Row], Item | None], after: int
    ) -> tuple[list[Item], int | None]:
        """The items of a window, and the number after which the next one begins, if there is one."""
        with explained("The frozen plan"):
            rows: list[Row] = self._connection.execute(
                f"""select n, email, payload, missing, known from {self._plan}
                    where {condition} and n > {after} order by n limit {_WINDOW}"""
            ).fetchall()
        items = [item for row in rows if (item := make(row)) is not None]
        return items, rows[-1][0] if len(rows) == _WINDOW else None

    def _all(self, sql: str) -> list[tuple[Any, ...]]:
        with explained("The frozen plan"):
            return self._connection.execute(sql).fetchall()

    def _one(self, sql: str) -> tuple[Any, ...] | None:
        return next(iter(self._all(sql)), None)


def _head(email: str, payload: str | None) -> str:
    head = '{"Email":' + msgspec.json.encode(email).decode()
    return f"{head},{payload}" if payload else head
