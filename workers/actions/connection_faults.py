"""What keeps a connection from being saved: all of it at once, each with the part that it is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store import connections
from store.connections import Connection
from store.errors import SegportError, UsageError
from store.names import unplain
from workers.destinations.address import origin_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from store.keys.key import Key
    from workers.actions.desk import Desk


def faults(
    desk: Desk, wanted: Connection, slug: str | None = None, *, key: Key | None, agreed: bool
) -> list[SegportError]:
    """All that keeps a connection from being kept as it is wanted; `about` says which part.

    Args:
        desk: who, and where.
        wanted: the connection as it shall be.
        slug: of the one that is changed; None for a new one.
        key: given with it, if any.
        agreed: whether the operator agrees to `consent.STATEMENT` with it.
    """
    to = "to make a connection" if slug is None else "to change a connection"
    desk.require("administrator", to, slug or wanted.name)
    before = connections.load(desk.workspace, slug).value if slug is not None else None
    named = wanted.name if before is None or wanted.name != before.name else None
    found = [*_name_faults(desk, named, slug)]
    if (fault := connections.unusable_rate(wanted.rate)) is not None:
        found.append(fault)
    try:
        connections.refuse_bare(wanted.base_url)
        origin = origin_of(wanted.base_url)
    except SegportError as error:
        return [*found, error]
    if before is None:
        if not agreed:
            found.append(UsageError(
                "A connection is saved only after you agree to the data privacy statement.",
                "Read it, then choose I agree; on the command line give --agree.", about="agreed",
            ))  # fmt: skip
    elif origin != origin_before(before):
        given_for = f"given for {origin_before(before) or 'another address'}."
        if key is None:
            found.append(UsageError(f"The key was {given_for}", "Give it again.", about="key"))
        if not agreed:
            told = UsageError(f"The consent was {given_for}", "Give it again.", about="agreed")
            found.append(told)
    return found


def origin_before(connection: Connection) -> str:
    """The origin that a connection has; empty where its file names none that can be."""
    try:
        return origin_of(connection.base_url)
    except SegportError:
        return ""


def _name_faults(desk: Desk, name: str | None, slug: str | None) -> Iterator[SegportError]:
    """What is wrong with a name that is new; nothing with one that stays."""
    if name is None:
        return
    if not name.strip():
        yield UsageError("The connection has no name.", "Give it one.", about="name")
        return
    if (fault := unplain("A connection", name)) is not None:
        yield fault
    for known, entry in connections.catalogue(desk.workspace).items():
        if (
            known != slug
            and isinstance(entry, Connection)
            and entry.name.casefold() == name.casefold()
        ):
            yield UsageError(
                f"There is a connection {name} already.", "Choose another name.", about="name"
            )
