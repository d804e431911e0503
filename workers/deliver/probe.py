"""Whether a bulk call puts a contact on a list when the contact exists already.

The API's documentation leaves it open, so one contact that is not on its list is sent first and its
membership looked up. The answer is remembered for the account.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Final

from store.journal import delivery
from store.journal.clock import now
from store.journal.delivery import Span
from workers.deliver.items import Batch, Item

if TYPE_CHECKING:
    from store.journal.schema import Journal
    from workers.deliver.reader import Reader
    from workers.deliver.sender import Sender

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


async def find_out(reader: Reader, sender: Sender, origin: str, account: str, ours: int) -> bool:
    """Send the first contact that can tell, look at its membership, and remember the answer.

    Args:
        reader: the frozen plan.
        sender: sends the contact.
        origin: of the service.
        account: at the service.
        ours: how many contacts the ledger knows; if the account holds no more, they are all ours.

    Returns:
        Whether bulk calls can be relied on: they join, or nobody here exists at the service yet.
    """
    specimens = await reader.specimens()
    riders = await reader.riders()
    if not specimens and riders:
        # Somebody else may have made contacts that are new only to us.
        there = await sender.destination.contact_count()
        if there is not None and there <= ours:
            return True
        if riders <= FEW or reader.has_begun:
            return False
        specimens = await reader.specimens(any_new=True)
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
            "could tell. Who is on the lists is looked up afterwards.",
            "warning",
        )
    return not specimens


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
