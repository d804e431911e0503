"""The plan as files: `plan.parquet` holds every contact, `excluded.parquet` every row left out."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from store.duck import PARQUET, explained
from store.sql import quote_file, quote_text
from workers.plan.compare import Comparison, compared_sql

if TYPE_CHECKING:
    import duckdb

PLAN: Final = "plan.parquet"
EXCLUDED: Final = "excluded.parquet"
WORKING: Final = ("stage-*.parquet", "compared.parquet")
"""What there is only while a plan is made."""
MERGED: Final = "merged"
ROW_GROUP: Final = 8192
SHIFT: Final = 40
"""The bits of a row's number that count within its segment; above them is the segment's place."""

LEFT_OUT: Final = f"""
    select n, place, reason, raw as address, null::bigint as winner
    from staged where reason is not null
    union all by name
    select l.n, l.n >> {SHIFT} as place, {quote_text(MERGED)} as reason,
        l.email as address, w.n as winner
    from loser as l join rival as w on w.email = l.email and w.rank = 1
"""
"""One row for each that is no contact, as the plan keeps it; `winner` is the row that it gave way to."""


def freeze(
    connection: duckdb.DuckDBPyConnection,
    comparison: Comparison,
    folder: Path,
    kept: str,
) -> None:
    """Write both files, private and synced to disk.

    Args:
        connection: holds the tables of `distinct`, and `suppressed`.
        comparison: what contacts are compared with.
        folder: the run's own.
        kept: a condition on the rows of the table `compared`; who does not meet it is held back for a
            later run. Empty keeps everybody.
    """
    scratch = folder / "compared.parquet"
    with explained("The plan"):
        _copy(connection, compared_sql(comparison), scratch if kept else folder / PLAN)
        if kept:
            _copy(connection, _narrowed(scratch, kept), folder / PLAN)
            scratch.unlink()
        _copy(connection, LEFT_OUT, folder / EXCLUDED)
    for name in (PLAN, EXCLUDED):
        _keep(folder / name)
    _sync(folder)


def first(limit: int) -> str:
    """The condition that keeps the first so many contacts that something is sent for."""
    return (
        "n <= (select coalesce(max(n), -1)"
        f" from (select n from compared where send order by n limit {limit:d}))"
    )


def _narrowed(compared: Path, kept: str) -> str:
    return f"""
        with compared as (select * from read_parquet({quote_file(compared)}))
        select * exclude (kept) replace (
            send and kept as send,
            case when kept then payload end as payload,
            case when kept then missing else []::utinyint[] end as missing
        ), send and not kept as held_back
        from (select *, {kept} as kept from compared)"""


def _copy(connection: duckdb.DuckDBPyConnection, select: str, file: Path) -> None:
    # Small row groups: a window of a delivery and the look-up of one person read few rows.
    connection.execute(
        f"""copy ({select}) to {quote_text(str(file))}
            ({PARQUET}, row_group_size {ROW_GROUP})"""
    )


def _keep(file: Path) -> None:
    file.chmod(0o600)
    _sync(file)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
