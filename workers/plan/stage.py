"""Reads every segment once, cleans its rows, and keeps them as Parquet: the source may change then.

A row's number `n` is its segment's place in the export times 2^40 plus its row number there. It is
the one name of a row everywhere: plan, requests, rejects, log.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from store.duck import PARQUET, explained
from store.segments.catalogue import find
from store.segments.joins import joined
from store.segments.malformed import count_malformed, malformed
from store.segments.readers import NO_PROFILE, ROW
from store.segments.steady import of_segment, steadily
from store.sql import quote_file, quote_name, quote_text
from workers.plan import address
from workers.plan.freeze import SHIFT
from workers.plan.payload import Fed, misfit_sql, moment_told, payload_sql, refuse_unsendable
from workers.seams import seam

if TYPE_CHECKING:
    import duckdb

    from store.exports import Export
    from store.segments.relations import Relation
    from store.settings import Settings
    from store.workspace import Workspace

_EXACT: Final = "decimal(38, 9)"
LARGEST_PAYLOAD: Final = 900_000
"""Bytes: a contact must fit into a request of 1 MB together with its envelope."""

TOO_LARGE: Final = "fields too large"
NO_PROFILE_REASON: Final = "no profile for its key"
UNREADABLE: Final = "line cannot be read"


@dataclass(slots=True)
class Staged:
    """What staging one segment found.

    Attributes:
        place: the segment's place in the export.
        name: its name.
        file: its cleaned rows.
        unreadable: CSV lines that could not be read.
        misfits: field to rows whose value is not of the field's type.
        newest_unreadable: filled values of the deciding column that are neither date nor number.
    """

    place: int
    name: str
    file: Path
    unreadable: int
    misfits: dict[str, int]
    newest_unreadable: int


def stage(
    connection: duckdb.DuckDBPyConnection,
    workspace: Workspace,
    settings: Settings,
    export: Export,
    fields: list[Fed],
    folder: Path,
) -> list[Staged]:
    """Read the segments of an export, in its order."""
    columns = columns_of(export, fields)

    def read(place: int, name: str) -> Staged:
        source = joined(connection, workspace, find(workspace, name), settings, columns)
        staged = stage_one(connection, source, place, export, fields, folder)
        seam("read")
        return staged

    return [
        steadily(
            f'The segment "{choice.segment}"',
            partial(of_segment, workspace, choice.segment),
            partial(read, place, choice.segment),
        )
        for place, choice in enumerate(export.segments)
    ]


def columns_of(export: Export, fields: Sequence[Fed]) -> list[str]:
    """The profile columns that a plan of the export reads, the address first."""
    wanted = [export.fields["Email"], *(fed.column for fed in fields)]
    if export.newest_by:
        wanted.append(export.newest_by)
    return list(dict.fromkeys(wanted))


def stage_one(
    connection: duckdb.DuckDBPyConnection,
    source: Relation,
    place: int,
    export: Export,
    fields: list[Fed],
    folder: Path,
) -> Staged:
    """Clean the rows of the segment at a place of the export.

    Args:
        connection: reads and writes.
        source: its rows, as `joined` has them.
        place: which segment it is.
        export: whose.
        fields: what is fed.
        folder: where the cleaned rows go.

    Raises:
        SegmentError: a value cannot be read.
        UsageError: a column cannot be sent.
    """
    staged = Staged(
        place, export.segments[place].segment, folder / f"stage-{place}.parquet", 0, {}, 0
    )
    types = _sendable(source, export, fields)
    misfits = list(misfit_sql(fields, types))
    newest = _newest(export.newest_by, types)
    payload = payload_sql(fields, types)
    sql = _select(source, place, export.fields["Email"], payload, newest, misfits)
    with explained(source.what):
        connection.execute(f"copy ({sql}) to {quote_text(str(staged.file))} ({PARQUET})")
        _count_misfits(connection, staged, misfits)
    staged.unreadable = _unreadable(connection, source)
    return staged


def check_one(
    connection: duckdb.DuckDBPyConnection, source: Relation, export: Export, fields: list[Fed]
) -> None:
    """Refuse a segment that `stage_one` would refuse, where none of its rows is wanted."""
    _sendable(source, export, fields)
    _unreadable(connection, source)


def _sendable(source: Relation, export: Export, fields: list[Fed]) -> dict[str, str]:
    """The types of the columns, all of which can be sent."""
    types = {column.name: column.type for column in source.columns}
    email = Fed("Email", "Email", export.fields["Email"], "string", custom=False)
    refuse_unsendable([email, *fields], types)
    return types


def _unreadable(connection: duckdb.DuckDBPyConnection, source: Relation) -> int:
    """How many lines of a source that was read to its end could not be."""
    count = count_malformed(connection, source)
    if count:
        malformed(connection, source, limit=1)  # refuses a file that an open quote has swallowed
    return count


def _select(
    source: Relation,
    place: int,
    email: str,
    payload: str,
    newest: str,
    misfits: Sequence[tuple[Fed, str]],
) -> str:
    flags = "".join(f", {condition} as m{i}" for i, (_, condition) in enumerate(misfits))
    kept = "".join(f", m{i}" for i in range(len(misfits)))
    # Nested, so that trimming and the fields are worked out once a row.
    return f"""
        select n, place, case when reason is null then {address.identity("raw")} end as email,
            case when reason is null then payload end as payload,
            newest, newest_exactly, newest_lost, reason,
            case when reason is not null then left(raw, 320) end as raw {kept}
        from (
            select *, case when lost then {quote_text(NO_PROFILE_REASON)}
                else coalesce({address.reason("raw")},
                    case when strlen(payload) > {LARGEST_PAYLOAD} then {quote_text(TOO_LARGE)} end)
                end as reason
            from (
                select {place}::bigint << {SHIFT} | {quote_name(ROW)} as n,
                    {place}::utinyint as place, {quote_name(NO_PROFILE)} as lost,
                    {address.trimmed(f"{quote_name(email)}::varchar")} as raw,
                    {payload} as payload, {newest} {flags}
                from ({source.sql}) as source
            ) as valued
        ) as judged"""


def _newest(column: str | None, types: dict[str, str]) -> str:
    """A number to compare by: a moment in microseconds, or the number itself.

    `newest_exactly` decides among whole numbers that are one and the same double, as from 2^53 on.
    """
    if column is None:
        value, exactly, lost = "null::double", f"null::{_EXACT}", "false"
    else:
        name, kind = quote_name(column), types[column]
        text = address.trimmed(name) if kind == "VARCHAR" else name
        value, exactly = f"try_cast({text} as double)", f"try_cast({text} as {_EXACT})"
        if kind.startswith(("TIMESTAMP", "DATE")):
            value, exactly = f"epoch_us(try_cast({name} as timestamptz))::double", f"null::{_EXACT}"
        elif kind == "VARCHAR":
            value = f"coalesce(epoch_us({moment_told(text)})::double, {value})"
        # What is not a number is greater than all of them to DuckDB, and would win.
        value = f"nullif({value}, 'nan'::double)"
        filled = address.filled(f"{name}::varchar")
        lost = f"(coalesce({filled}, false) and ({value}) is null)"
    return f"{value} as newest, {exactly} as newest_exactly, {lost} as newest_lost"


def _count_misfits(
    connection: duckdb.DuckDBPyConnection, staged: Staged, misfits: Sequence[tuple[Fed, str]]
) -> None:
    counts = ["count(*) filter (newest_lost)"]
    counts += [f"count(*) filter (m{i} and reason is null)" for i in range(len(misfits))]
    row = connection.execute(
        f"select {', '.join(counts)} from read_parquet({quote_file(staged.file)})"
    ).fetchone()
    assert row is not None
    staged.newest_unreadable = row[0]
    staged.misfits = {
        fed.field: count for (fed, _), count in zip(misfits, row[1:], strict=True) if count
    }
