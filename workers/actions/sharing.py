"""Exports that meet at the destination: the same list, or a field that each feeds otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from store import connections, exports
from store.connections import Connection
from store.exports import Export
from workers.actions.connection_faults import origin_before
from workers.destinations.accounts import same_account

if TYPE_CHECKING:
    from workers.actions.desk import Desk


def sharing_with(desk: Desk, export: Export) -> list[str]:
    """Other exports to the same account that fill the same list, or feed a field otherwise."""
    known = connections.catalogue(desk.workspace)
    told = []
    for other in exports.catalogue(desk.workspace).values():
        if not isinstance(other, Export) or other.id == export.id:
            continue
        if not _same_account(known, export.connection, other.connection):
            continue
        theirs = {choice.title for choice in other.segments}
        lists = sorted({choice.title for choice in export.segments} & theirs)
        if lists:
            named = f"list{'s' if len(lists) > 1 else ''} {', '.join(lists)}"
            told.append(f"The export {other.name} fills the {named} as well.")
        told += [
            f"The export {other.name} feeds {field} from the column {its}, this one from {ours}: "
            "the later run wins."
            for field, ours, its in _fed_otherwise(export, other)
        ]
    return told


def _same_account(known: Mapping[str, object], ours: str | None, theirs: str | None) -> bool:
    """Whether two connections lead to one account, as far as that is known."""
    if ours is None or theirs is None:
        return False
    if ours == theirs:
        return True
    one, two = known.get(ours), known.get(theirs)
    return (
        isinstance(one, Connection)
        and isinstance(two, Connection)
        and same_account(one.account, two.account)
        and origin_before(one) == origin_before(two)
    )


def _fed_otherwise(export: Export, other: Export) -> Iterator[tuple[str, str, str]]:
    """Fields that two exports feed from different columns: the field, ours, theirs."""
    ours = export.fields | {name: feed.column for name, feed in export.custom_fields.items()}
    theirs = other.fields | {name: feed.column for name, feed in other.custom_fields.items()}
    for name, column in ours.items():
        if name != "Email" and theirs.get(name, column) != column:
            yield name, column, theirs[name]
