"""Connect: the service is called with a key, and says whose account it opens and what is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from store import connections, documents
from store.errors import UsageError
from store.journal import reached
from store.keys import secrets
from workers.actions.asking import asked
from workers.actions.connection_faults import origin_before
from workers.destinations.accounts import same_account
from workers.destinations.address import origin_of

if TYPE_CHECKING:
    from store.connections import Connection
    from store.keys.secrets import Key
    from workers.actions.desk import Desk
    from workers.destinations.base import ConnectReport


async def try_out(desk: Desk, draft: Connection, key: Key) -> ConnectReport:
    """Connect with a key that is not kept yet, and say what is there.

    Raises:
        DestinationError: what is wrong, in a sentence.
    """
    desk.require("administrator", "to make a connection", draft.name)
    connections.refuse_bare(draft.base_url)
    if (fault := connections.unusable_rate(draft.rate)) is not None:
        raise fault
    return await _try(desk, draft, key)


async def try_key(desk: Desk, slug: str, key: Key) -> ConnectReport:
    """Connect to a connection's account with a key that is not kept yet.

    Raises:
        DestinationError: what is wrong, in a sentence.
    """
    desk.require("administrator", "to change a connection", slug)
    return await _try(desk, connections.load(desk.workspace, slug).value, key)


async def test(  # no test of pytest: an act on a connection
    desk: Desk,
    slug: str,
    base_url: str | None = None,  # noqa: PT028
) -> ConnectReport:
    """Connect with the key that is kept.

    Args:
        desk: who, and where.
        slug: the connection.
        base_url: an address that is not kept yet, of the origin that the key is for: then what the
            service answers is not kept either.

    Raises:
        UsageError: the address is of another origin; the kept key does not go there.
        DestinationError: what is wrong, in a sentence.
    """
    desk.require("administrator", "to test a connection", slug)
    document = connections.load(desk.workspace, slug)
    if base_url is not None:
        connections.refuse_bare(base_url)
        before = origin_before(document.value)
        if origin_of(base_url) != before:
            given_for = f"The key was given for {before or 'another address'}."
            raise UsageError(given_for, "Give it again to try this one.", about="key")
    draft = msgspec.structs.replace(document.value, base_url=base_url or document.value.base_url)
    origin = origin_of(draft.base_url)
    found = secrets.find_key(desk.workspace, document.path.stem, origin)
    with desk.noting("connection tested", document.path.stem):
        report = await _connect(desk, draft, found.key)
    if base_url is not None:
        return report
    with desk.journal() as journal, journal.writing() as db:
        reached.note(db, document.path.stem)
    account = report.account.email
    if account and not same_account(account, document.value.account):
        documents.update(document, msgspec.structs.replace(document.value, account=account))
    return report


async def _try(desk: Desk, connection: Connection, key: Key) -> ConnectReport:
    """The same with a key that no connection has yet."""
    from workers.destinations.problems import KeyNotAccepted

    try:
        return await _connect(desk, connection, key)
    except KeyNotAccepted as error:
        error.hint = "Copy it again from the account's settings."
        raise


async def _connect(desk: Desk, connection: Connection, key: Key) -> ConnectReport:
    async with asked(desk, connection, key) as destination:
        return await destination.connect()
