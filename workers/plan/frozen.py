"""A frozen plan, asked: who stands in it, and who was left out of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from store.duck import explained, session
from store.sql import quote_file
from workers.plan.freeze import PLAN, SHIFT

if TYPE_CHECKING:
    import duckdb

    from store.exports import Export

HEAD: Final = """'{"Email":' || to_json(email) || coalesce(',' || nullif(payload, ''), '')"""
"""A contact's JSON text with the fields that are sent, up to the list to join, as SQL."""


def rows(folder: Path, file: str = PLAN) -> str:
    """What a SELECT reads a run's plan from: the file in its folder, as SQL."""
    return f"read_parquet({quote_file(folder / file)})"


def is_kept(folder: Path, file: str = PLAN) -> bool:
    """Whether the file is still there."""
    return (folder / file).exists()


def ask(folder: Path, select: str, *values: object, file: str = PLAN) -> list[tuple[Any, ...]]:
    """The rows of a SELECT over a plan, by a small DuckDB of its own.

    Args:
        folder: the run's own.
        select: `{plan}` in it stands for the file.
        values: for its question marks.
        file: which one of the plan's.

    Raises:
        SegmentError: the file is damaged.
    """
    with (
        session(readable=[folder], scratch=folder, threads=1) as connection,
        explained("The frozen plan"),
    ):
        sql = select.format(plan=rows(folder, file))
        return connection.execute(sql, list(values)).fetchall()


def row_of(export: Export, n: int) -> tuple[str, int]:
    """Segment and row number of a row, by its number in a plan of the export."""
    return export.segments[n >> SHIFT].segment, n & ((1 << SHIFT) - 1)


def load(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[int]],
) -> None:
    """Make a temporary table of numbers out of the journal, to be joined with a plan."""
    kept = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in columns]
    connection.execute(
        f"create temp table {table} ({', '.join(f'{column} bigint' for column in columns)})"
    )
    every = ", ".join("unnest(?::bigint[])" for _ in columns)
    connection.execute(f"insert into {table} select {every}", kept)
