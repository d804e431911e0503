"""Whom nothing is sent to: the addresses of `data/suppressed.*`, read as a whole or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from store.duck import explained
from store.errors import SegmentError
from store.figures import many
from store.segments.catalogue import suppressed
from store.segments.relations import relation
from store.segments.steady import of_suppressed, steadily
from store.sql import quote_name, quote_text
from workers.plan import address, frozen
from workers.plan.report import SuppressedBy

if TYPE_CHECKING:
    import duckdb

    from store.settings import Settings
    from store.workspace import Workspace


def suppress(
    connection: duckdb.DuckDBPyConnection,
    workspace: Workspace,
    settings: Settings,
    email: str,
    person: str | None = None,
) -> list[str]:
    """Fill the tables `suppressing` (with the file) and `suppressed` from `data/suppressed.*`.

    Args:
        connection: where the tables are made.
        workspace: whose data.
        settings: how its files are read.
        email: the column of addresses, if a file names it so.
        person: the only address that matters, if there is one.

    Returns:
        The names of the files.
    """
    return steadily(
        "The list of suppressed addresses",
        partial(of_suppressed, workspace),
        partial(_suppress, connection, workspace, settings, email, person),
    )


def _suppress(
    connection: duckdb.DuckDBPyConnection,
    workspace: Workspace,
    settings: Settings,
    email: str,
    person: str | None,
) -> list[str]:
    connection.execute("create or replace temp table suppressing (email varchar, file varchar)")
    wanted = f"{address.identity('raw')} = {quote_text(person)}" if person is not None else "true"
    files = []
    for source in suppressed(workspace):
        found = relation(connection, workspace, source, settings)
        column = _address_column(found.names, email)
        raw = address.trimmed(f"{quote_name(column)}::varchar")
        name = source.path.name
        with explained(found.what):
            connection.execute(
                f"""insert into suppressing
                    select distinct {address.identity("raw")}, {quote_text(name)}
                    from (select {raw} as raw from ({found.sql}) as source)
                    where raw is not null and {wanted}"""
            )
        files.append(name)
    connection.execute(
        "create or replace temp table suppressed as select distinct email from suppressing"
    )
    return files


def no_addresses(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Somebody may have been meant by an entry that is no address, and is written to all the same."""
    found = connection.execute(
        f"""select file, count(*) from suppressing
            where ({address.reason("email")}) is not null group by file order by file"""
    ).fetchall()
    return [
        f"{many(count, 'entry', 'entries')} of {file} "
        f"{'is no address and withholds' if count == 1 else 'are no addresses and withhold'} nobody."
        for file, count in found
    ]


def _address_column(names: Sequence[str], matched: str) -> str:
    """The column of addresses: the one that is matched, one that is called so, or the only one."""
    found = address.column_named(names, matched)
    if found is not None:
        return found
    if len(names) == 1:
        return names[0]
    raise SegmentError(
        "The file of suppressed addresses has no column `email`.",
        "Name the column of addresses so; nothing is sent while it is unclear who is suppressed.",
    )


def suppressed_by(
    connection: duckdb.DuckDBPyConnection, files: Sequence[str], folder: Path
) -> list[SuppressedBy]:
    """How many contacts of a frozen plan each file withholds."""
    if not files:
        return []
    found = dict(
        connection.execute(
            f"""select s.file, count(*) from suppressing as s
                join {frozen.rows(folder)} as p on p.email = s.email
                where p.verdict = 'withheld' group by all"""
        ).fetchall()
    )
    return [SuppressedBy(name, found.get(name, 0)) for name in files]
