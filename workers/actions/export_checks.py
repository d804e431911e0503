"""What an export must be before it is saved: its shape, its name, and the columns that it names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store import exports
from store.duck import explained
from store.errors import SegmentError, UsageError
from store.exports import Export
from store.names import unplain
from store.segments.catalogue import find
from store.segments.joins import joined
from store.segments.malformed import malformed
from store.sql import quote_name, subquery
from workers.actions.planning import data_session
from workers.plan.payload import check_matching, fed_fields, refuse_unsendable
from workers.plan.stage import columns_of

if TYPE_CHECKING:
    import duckdb

    from store.segments.relations import Relation
    from workers.actions.desk import Desk


def check_shape(export: Export) -> None:
    """Refuse what no run could be made of, whatever the data."""
    check_matching(export)
    check_name(export)
    share = export.guards.excluded_percent
    if share != "off" and share > 100:
        raise UsageError(
            f"The guard excluded_percent is {share}: a share is 100 at the most.",
            "Give it a number from 0 to 100, or off.",
            about="guards",
        )
    if not export.segments:
        raise UsageError(
            "The export has no segment.", "Choose at least one: --segment NAME.", about="segments"
        )
    names = [choice.segment for choice in export.segments]
    if len(set(names)) < len(names):
        raise UsageError(
            "The export names a segment twice.", "Name each segment once.", about="segments"
        )


def check_name(export: Export) -> None:
    """Refuse a name that no file and no list could carry."""
    if (fault := unplain("An export", export.name)) is not None:
        raise fault


def check_data(desk: Desk, export: Export) -> list[str]:
    """Every column that is matched must be there, in every segment.

    Returns:
        What a run would fail by now all the same: data is mended apart from exports.
    """
    fields = fed_fields(export)
    wanted = columns_of(export, fields)
    notes = []
    with data_session(desk) as connection:
        for choice in export.segments:
            segment = find(desk.workspace, choice.segment)
            found = joined(connection, desk.workspace, segment, desk.settings(), wanted)
            refuse_unsendable(fields, {column.name: column.type for column in found.columns})
            try:
                _read_through(connection, found)
            except SegmentError as error:
                notes.append(f"It cannot run as things are: {error}")
    return notes


def _read_through(connection: duckdb.DuckDBPyConnection, found: Relation) -> None:
    """Read every value; what is wrong further down in a file shows in no other way."""
    values = ", ".join(f"bit_xor(hash({quote_name(column.name)}))" for column in found.columns)
    with explained(found.what):
        connection.execute(f"select {values} from {subquery(found.sql, 's')}").fetchall()
    malformed(connection, found, limit=1)


def refuse_taken(desk: Desk, export: Export) -> None:
    """Refuse a name that another export has."""
    for entry in exports.catalogue(desk.workspace).values():
        if (
            isinstance(entry, Export)
            and entry.id != export.id
            and entry.name.casefold() == export.name.casefold()
        ):
            raise UsageError(
                f"There is an export {export.name} already.", "Choose another name.", about="name"
            )
