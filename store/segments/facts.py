"""What an operator sees of a segment: size, columns, and a few rows; all worked out in SQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final

from store import settings as settings_file
from store.duck import deadline, explained, session
from store.errors import SegmentError, StorageError
from store.segments.catalogue import BrokenSegment, catalogue, find
from store.segments.common import Common, common
from store.segments.malformed import MalformedRow, count_malformed
from store.segments.malformed import malformed as first_malformed
from store.segments.relations import Relation, relation
from store.sql import as_text, quote_name, quote_text, subquery

if TYPE_CHECKING:
    import duckdb

    from store.segments.sources import Kind, Source
    from store.workspace import Workspace

# A longer value is cut, with an ellipsis: it is shown, not sent.
LONGEST: Final = 200
_LOST: Final = 3
# Up to so many rows the number of different values is counted; above, estimated to a few per cent.
_COUNTED: Final = 100_000
_PLAIN_TYPES: Final = (
    *("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT"),
    *("UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT"),
    *("FLOAT", "DOUBLE", "DECIMAL", "DATE", "TIME", "BOOL"),
)


@dataclass(frozen=True, slots=True)
class Overview:
    """A line of the list of segments.

    Attributes:
        rows: those that can be read.
        malformed: lines of a CSV file that cannot; a plan counts them as read and excluded.
    """

    name: str
    kind: Kind
    rows: int
    columns: int
    size: int
    modified: datetime
    malformed: int = 0


@dataclass(frozen=True, slots=True)
class ColumnFacts:
    """A column of a segment.

    Attributes:
        name: as in the file.
        type: DuckDB's name for it.
        null_share: of rows where it is NULL or blank text, 0 to 1.
        blank_share: of rows where it is blank text alone.
        distinct: how many different values; see `Facts.distinct_is_estimate`.
        min: the smallest value that is not blank, as text.
        max: the largest.
        common: the most frequent values, if more than one row has them.
    """

    name: str
    type: str
    null_share: float
    blank_share: float
    distinct: int
    min: str | None
    max: str | None
    common: list[Common] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Facts:
    """What is in a segment.

    Attributes:
        columns: in the order of the file.
        rows: how many there are.
        malformed: how many lines of a CSV file could not be read, and are not among the rows.
        lost: the first of them.
        distinct_is_estimate: whether the numbers of different values are estimates.
        sample_rows: the first rows, as text.
    """

    columns: list[ColumnFacts]
    rows: int
    malformed: int
    lost: list[MalformedRow]
    distinct_is_estimate: bool
    sample_rows: list[tuple[str | None, ...]]


@dataclass(frozen=True, slots=True)
class Sample:
    """Some rows as text, cut to a length that can be shown."""

    columns: list[str]
    rows: list[tuple[str | None, ...]]


def overviews(workspace: Workspace, seconds: float = 60) -> Iterator[Overview | BrokenSegment]:
    """Rows, columns, size and age of every segment; what cannot be read comes with the reason.

    Parquet tells its rows without being read. No segment takes longer than `seconds`.
    """
    segments = catalogue(workspace)
    with _opened(workspace, None) as reader:
        for segment in segments:
            if isinstance(segment, BrokenSegment):
                yield segment
                continue
            try:
                with deadline(reader.connection, seconds):
                    found = reader.overview(segment)
                yield found
            except (SegmentError, StorageError) as error:
                yield BrokenSegment(segment.name, segment.path, error.message, error.hint)


def facts(workspace: Workspace, name: str, sample: int = 20, seconds: float = 60) -> Facts:
    """Columns, shares of nulls, different values, and the first rows of a segment.

    Raises:
        NotFound: there is no such segment.
        SegmentError: it cannot be read.
        StorageError: it took longer than `seconds`.
    """
    with _opened(workspace, seconds) as reader:
        return reader.facts(reader.relation(find(workspace, name)), sample)


def sample(
    workspace: Workspace, name: str, limit: int = 20, offset: int = 0, seconds: float = 60
) -> Sample:
    """Some rows of a segment in the order of its file, from `offset` on."""
    with _opened(workspace, seconds) as reader:
        found = reader.relation(find(workspace, name))
        return Sample(list(found.names), reader.rows(found, limit, offset))


@contextmanager
def _opened(workspace: Workspace, seconds: float | None) -> Iterator[_Facts]:
    with session(readable=[workspace.data], scratch=workspace.state) as connection:
        reader = _Facts(connection, workspace)
        if seconds is None:
            yield reader
        else:
            with deadline(connection, seconds):
                yield reader


class _Facts:
    """Asks DuckDB about the segments of one workspace."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, workspace: Workspace) -> None:
        self.connection = connection
        self._workspace = workspace
        self._settings = settings_file.load(workspace)

    def relation(self, segment: Source) -> Relation:
        return relation(self.connection, self._workspace, segment, self._settings)

    def overview(self, segment: Source) -> Overview:
        found = self.relation(segment)
        rows = self._count(found)
        # A quote that is not closed shows only now: the rows after it are missing from the count.
        malformed = count_malformed(self.connection, found)
        return Overview(
            name=segment.name,
            kind=segment.kind,
            rows=rows,
            columns=len(found.columns),
            size=segment.size,
            modified=segment.modified,
            malformed=malformed,
        )

    def facts(self, found: Relation, sample: int) -> Facts:
        rows = self._count(found)
        malformed = count_malformed(self.connection, found)
        lost = first_malformed(self.connection, found, _LOST) if malformed else []
        estimate = rows > _COUNTED
        wanted = [
            expression
            for column in found.columns
            for expression in _aggregates(column.name, column.type, estimate)
        ]
        with explained(found.what):
            sql = f"SELECT {', '.join(wanted)} FROM {subquery(found.sql, 's')}"
            told = self.connection.execute(sql).fetchone() or ()
        columns = []
        frequent = common(self.connection, found, found.names)
        for n, column in enumerate(found.columns):
            empty, blank, distinct, least, most = told[n * 5 : n * 5 + 5]
            columns.append(
                ColumnFacts(
                    name=column.name,
                    type=column.type,
                    null_share=empty / rows if rows else 0.0,
                    blank_share=blank / rows if rows else 0.0,
                    distinct=distinct,
                    min=least,
                    max=most,
                    common=frequent[column.name],
                )
            )
        return Facts(columns, rows, malformed, lost, estimate, self.rows(found, sample, 0))

    def rows(self, found: Relation, limit: int, offset: int) -> list[tuple[str | None, ...]]:
        shown = ", ".join(_shown(quote_name(name)) for name in found.names)
        with explained(found.what):
            return self.connection.execute(
                f"SELECT {shown} FROM {subquery(found.sql, 's')} LIMIT {limit:d} OFFSET {offset:d}"
            ).fetchall()

    def _count(self, found: Relation) -> int:
        with explained(found.what):
            sql = f"SELECT count(*) FROM {subquery(found.sql, 's')}"
            # All of it: results stream, and lines that could not be read are noted at the end.
            ((counted,),) = self.connection.execute(sql).fetchall()
        return int(counted)


def _aggregates(name: str, kind: str, estimate: bool) -> Iterator[str]:
    """Five for a column: empty, blank, distinct, smallest, largest."""
    column = quote_name(name)
    text = as_text(column)
    value = column if kind.startswith(_PLAIN_TYPES) and "[" not in kind else text
    yield f"count(*) FILTER (WHERE {column} IS NULL OR trim({text}) = '')"
    yield f"count(*) FILTER (WHERE trim({text}) = '')"
    yield f"approx_count_distinct({value})" if estimate else f"count(DISTINCT {value})"
    for end in ("min", "max"):
        yield _shown(f"{end}({value}) FILTER (WHERE trim({text}) <> '')")


def _shown(expression: str) -> str:
    text = as_text(expression)
    cut = f"left({text}, {LONGEST - 1}) || {quote_text('…')}"
    return f"CASE WHEN length({text}) > {LONGEST} THEN {cut} ELSE {text} END"
