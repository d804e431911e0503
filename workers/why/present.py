"""A person in the segments, ledgers and exports as they are now. The destination is not asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from store import ledger
from store.duck import explained, session
from store.errors import SegportError
from store.exports import Export
from store.look_folder import look_folder
from store.segments.catalogue import BrokenSegment, catalogue, profiles
from store.segments.joins import joined
from store.segments.readers import ROW
from store.segments.relations import relation
from store.sql import quote_name, quote_text
from workers.plan import address, distinct, frozen
from workers.plan.compare import ADD, CHANGE, MEMBERSHIP, UNCHANGED, WITHHELD, Comparison
from workers.plan.freeze import freeze
from workers.plan.make import suppress
from workers.plan.payload import fed_fields
from workers.plan.stage import stage
from workers.plan.targets import assign
from workers.why.answer import EXCLUDED, ExportNow, Known, Place, SegmentNow, Unread
from workers.why.past import Found, fields_of, rows_in

if TYPE_CHECKING:
    import duckdb

    from store.segments.catalogue import Segment
    from store.settings import Settings
    from store.workspace import Workspace

_MOST_ROWS = 20


def in_segments(
    connection: duckdb.DuckDBPyConnection,
    workspace: Workspace,
    settings: Settings,
    exports: Mapping[str, Export],
    person: str,
) -> tuple[list[SegmentNow], list[Unread]]:
    """Every segment that holds the person, and those that cannot be read."""
    found: list[SegmentNow] = []
    unread: list[Unread] = []
    try:
        segments = catalogue(workspace)
    except SegportError as error:
        return [], [Unread("the segments", error.message)]
    for segment in segments:
        if isinstance(segment, BrokenSegment):
            unread.append(Unread(f"segment {segment.name}", segment.reason))
            continue
        try:
            found += _in_segment(connection, workspace, settings, segment, exports, person)
        except SegportError as error:
            unread.append(Unread(f"segment {segment.name}", error.message))
    return found, unread


def _in_segment(
    connection: duckdb.DuckDBPyConnection,
    workspace: Workspace,
    settings: Settings,
    segment: Segment,
    exports: Mapping[str, Export],
    person: str,
) -> Iterator[SegmentNow]:
    users: dict[str, list[str]] = {}
    for slug, export in exports.items():
        if any(choice.segment == segment.name for choice in export.segments):
            users.setdefault(export.fields["Email"], []).append(slug)
    if not users:
        column = _guessed(connection, workspace, settings, segment)
        users = {column: []} if column else {}
    for column, slugs in users.items():
        source = joined(connection, workspace, segment, settings, [column])
        with explained(source.what):
            rows = connection.execute(
                f"select {quote_name(ROW)} from {address.rows_of(person, column, source.sql)}"
                f" order by {quote_name(ROW)}"
            ).fetchall()
        if rows:
            yield SegmentNow(
                segment.name, column, [row[0] for row in rows[:_MOST_ROWS]], len(rows), slugs
            )


def _guessed(
    connection: duckdb.DuckDBPyConnection,
    workspace: Workspace,
    settings: Settings,
    segment: Segment,
) -> str | None:
    """The column of addresses of a segment that no export sends: its own, or the profile table's."""
    own = relation(connection, workspace, segment, settings).names
    column = address.column_named(own)
    if column is None and address.column_named(own, settings.profile_key) is not None:
        table = profiles(workspace)
        if table is not None:
            column = address.column_named(relation(connection, workspace, table, settings).names)
    return column


def suppressed_by(
    connection: duckdb.DuckDBPyConnection, workspace: Workspace, settings: Settings, person: str
) -> list[str]:
    """The files of suppressed addresses that name the person."""
    suppress(connection, workspace, settings, "email")
    rows = connection.execute(
        f"select file from suppressing where email = {quote_text(person)} order by file"
    ).fetchall()
    return [file for (file,) in rows]


def next_run(
    workspace: Workspace,
    settings: Settings,
    slug: str,
    export: Export,
    person: str,
    *,
    suppressors: Sequence[str],
    known: Known | None,
    kept: Path | None,
) -> ExportNow:
    """What the next run would do with a person who is in a segment of the export.

    `known` is what the export's ledger, at `kept`, holds of the person.
    """
    try:
        with look_folder(workspace) as folder:
            found, titles = _planned(workspace, settings, export, person, folder, kept)
    except SegportError as error:
        return ExportNow(slug, export.name, "unknown", problem=error.message)

    def place(n: int) -> Place:
        return Place(*frozen.row_of(export, n))

    merged = [place(n) for n, reason in found.left_out if reason == "merged"]
    if found.contact is None:
        reason = found.left_out[0][1] if found.left_out else "its rows are gone"
        return ExportNow(slug, export.name, EXCLUDED, reason)
    _, verdict, _, payload, missing = found.contact
    fields = fields_of(payload)
    before = known.fields if known else {}
    changed = [name for name, value in fields.items() if before.get(name) != value]
    changed = changed if verdict == CHANGE else []
    reasons = {
        ADD: "the ledger does not know this address",
        CHANGE: f"{', '.join(changed) or 'a field'} is not what was acknowledged",
        MEMBERSHIP: "the fields are there, a list is missing",
        UNCHANGED: "all of it was acknowledged",
        WITHHELD: f"suppressed by {' and '.join(suppressors) or 'a file'}",
    }
    joins = [titles.get(position, f"list {position}") for position in missing]
    return ExportNow(slug, export.name, verdict, reasons[verdict], changed, fields, joins, merged)


def _planned(
    workspace: Workspace,
    settings: Settings,
    export: Export,
    person: str,
    folder: Path,
    kept: Path | None,
) -> tuple[Found, dict[int, str]]:
    """The plan of one person, by the very SQL of the plan; and the lists by position."""
    files = [kept] if kept else []
    with session(readable=[workspace.data, folder], files=files, scratch=folder) as connection:
        head = ledger.header(connection, kept) if kept else None
        targets = assign(export.segments, head.lists if head else [], None)
        fields = fed_fields(export)
        stage(connection, workspace, settings, export, fields, folder, person)
        with explained("The plan"):
            distinct.prepare(connection, folder)
        suppress(connection, workspace, settings, export.fields["Email"])
        table = ledger.rows(kept) if kept and head else ledger.NOTHING
        freeze(connection, Comparison(table, targets.positions), folder, "")
        with explained("The plan"):
            found = rows_in(connection, folder, person)
    return found, {target.position: target.title for target in targets.lists}
