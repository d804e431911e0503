"""Whether a bulk call puts a contact on a list when the contact exists already.

The API's documentation leaves it open, so one contact that is not on its list is sent first and its
membership looked up. The answer is remembered for the account.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from store.journal import delivery
from store.journal.clock import now
from store.journal.delivery import Span
from workers.deliver.items import Batch, Item
from workers.plan import frozen
from workers.plan.report import MOST_TRIES

if TYPE_CHECKING:
    import duckdb

    from store.journal.schema import Journal
    from workers.deliver.reader import Planned, Reader
    from workers.deliver.sender import Sender
    from workers.destinations.base import Destination

FEW: Final = 10
"""So many new contacts are looked up one by one: cheaper than to find out what bulk calls do."""
NAME: Final = "bulk call joins lists for contacts that exist"


def remembered(journal: Journal, origin: str, account: str) -> bool | None:
    """What an earlier run found out about this account."""
    row = journal.row(
        "select value from capability where origin = ? and account = ? and name = ?",
        origin,
        account,
        NAME,
    )
    return None if row is None else row["value"] == "yes"


async def expected(destination: Destination, candidates: Candidates) -> int:
    """The requests by which a run will find out, beside those of its batches.

    Args:
        destination: asked how many contacts there are, if it comes to that.
        candidates: in the run's plan.
    """
    specimens, fresh, riders = candidates
    if not specimens and riders > FEW:
        there = await destination.contact_count()
        specimens = fresh = 0 if there == 0 else riders
    # The contact with its fields, if it is sent, and its membership.
    return 0 if not specimens else MOST_TRIES if fresh else 1


class Candidates(NamedTuple):
    """Contacts that can tell, those of them whose fields are sent, and riders; see `Reader`."""

    specimens: int
    fresh: int
    riders: int


def candidates(connection: duckdb.DuckDBPyConnection, folder: Path, *, full: bool) -> Candidates:
    """Count them in the plan in `folder`.

    With `full`, memberships that are acknowledged are sent again; they cannot tell.
    """
    tells = "send and len(missing) > if(known, 0, 1)" + (" and not known" if full else "")
    plan = frozen.rows(folder)
    row = connection.execute(
        f"""select count(*) filter ({tells}),
                count(*) filter ({tells} and payload is not null),
                count(*) filter (send and payload is not null and not known and len(missing) > 0)
            from {plan}"""
    ).fetchone()
    return Candidates(*row) if row else Candidates(0, 0, 0)


async def find_out(reader: Reader, sender: Sender, origin: str, account: str) -> bool:
    """Send the first contact that can tell, look at its membership, and remember the answer.

    Args:
        reader: the frozen plan.
        sender: sends the contact.
        origin: of the service.
        account: at the service.

    Returns:
        Whether bulk calls can be relied on: they join, or the account holds no contact yet.
    """
    specimens = await _to_try(reader, sender)
    if isinstance(specimens, bool):
        return specimens
    for planned in specimens:
        n, email = planned.n, planned.email
        alone = planned.known or not planned.has_fields or len(planned.missing) == 1
        # A list may ride along with a contact that the call makes, and only with such a one.
        alone = alone or await sender.destination.get_contact(email) is not None
        part = 1 if alone else 2
        item = reader.membership(planned, part)
        assert item.list_id is not None
        # Somebody who is on the list already would be there whatever the call did.
        if await sender.destination.is_member(item.list_id, email):
            continue
        if planned.has_fields:
            reader.bulk_joins = False  # so that a contact that exists goes without its list
            first = reader.contact(planned, exists=alone, is_new=not alone)
            await sender.deliver(Batch("single", [first]))
            reader.ahead.update((covered, n) for covered in first.covers)
            if n in sender.rejected:
                continue
        await sender.deliver(Batch("bulk", [item]), vouched=False)
        reader.ahead.add((part, n))
        if n in sender.rejected:
            continue
        return await _looked_up(item, sender, origin, account)
    if specimens:
        sender.say(
            "Unknown whether bulk calls join lists for contacts that exist: none of those tried "
            "could tell.",
            "warning",
        )
    return False


async def _to_try(reader: Reader, sender: Sender) -> list[Planned] | bool:
    """Contacts to find out with; the answer itself, where there is no need or no use to try."""
    specimens = await reader.specimens()
    riders = await reader.riders()
    if not specimens and not riders:
        # What an earlier attempt began with may still lack its list.
        return not reader.has_begun
    if not specimens:
        # Others may have made contacts that are new only to us. How many there are says nothing of
        # who they are: some of ours may have been deleted.
        if await sender.destination.contact_count() == 0:
            return True
        if riders <= FEW:
            return False
        specimens = await reader.specimens(any_new=True)
    return specimens


async def _looked_up(item: Item, sender: Sender, origin: str, account: str) -> bool:
    """Whether the contact is on the list now; if not, it joins by a call of its own."""
    assert item.list_id is not None
    works = bool(await sender.destination.is_member(item.list_id, item.email))
    if not works:
        await sender.deliver(Batch("join", [item]))
    span = Span(item.covers[0], item.n, item.n)
    await sender.recorder.write(
        lambda connection: _remember(
            connection, sender.run_id, origin, account, works, span, item.final
        )
    )
    return works


def _remember(
    connection: sqlite3.Connection,
    run_id: int,
    origin: str,
    account: str,
    works: bool,
    span: Span,
    final: bool,
) -> None:
    connection.execute(
        "insert or replace into capability (origin, account, name, value, at)"
        " values (?, ?, ?, ?, ?)",
        (origin, account, NAME, "yes" if works else "no", now()),
    )
    if works:
        delivery.accept(connection, run_id, span, contacts=int(final))
