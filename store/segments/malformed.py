"""The lines of CSV files that could not be read: set aside while the others are read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from store.duck import explained
from store.errors import SegmentError
from store.sql import quote_name, quote_text, subquery

if TYPE_CHECKING:
    import duckdb

    from store.segments.relations import Relation

_WORDS: Final = {
    "MISSING COLUMNS": "too few columns",
    "TOO MANY COLUMNS": "too many columns",
    "UNQUOTED VALUE": "a quote where none belongs",
    "CAST": "a value of another type",
}
# After these, nobody can say which lines were lost; so the file is refused as a whole.
_SWALLOWED: Final = (
    "(e.error_type = 'UNQUOTED VALUE' AND "
    "(contains(e.csv_line, chr(10)) OR contains(e.csv_line, chr(13))))"
)
_FATAL: Final = f"({_SWALLOWED} OR e.error_type IN ('LINE SIZE OVER MAXIMUM', 'INVALID ENCODING'))"


@dataclass(frozen=True, slots=True)
class MalformedRow:
    """A line that is not as its header says.

    Attributes:
        file: the path.
        line: counted from 1, the header included.
        kind: what is wrong with it.
    """

    file: str
    line: int
    kind: str


def malformed(
    connection: duckdb.DuckDBPyConnection, relation: Relation, limit: int = 1000
) -> list[MalformedRow]:
    """The first lines that could not be read, known once the relation has been read to its end.

    To its end means `fetchall`, or a statement such as COPY: results stream, and one row fetched
    by `fetchone` notes nothing.

    Raises:
        SegmentError: a quote is not closed and has swallowed lines, or the text is not UTF-8.
    """
    sql = f"SELECT * FROM ({malformed_sql(connection, relation)}) ORDER BY ALL LIMIT {limit:d}"
    with explained(relation.what):
        rows = connection.execute(sql).fetchall()
    return [MalformedRow(str(file), int(line), str(kind)) for file, line, kind in rows]


def count_malformed(connection: duckdb.DuckDBPyConnection, relation: Relation) -> int:
    """How many lines could not be read; see `malformed`."""
    if not relation.rejects and not relation.beside:
        return 0
    with explained(relation.what):
        sql = f"SELECT count(*) FROM ({malformed_sql(connection, relation)})"
        found = connection.execute(sql).fetchone()
    return int(found[0]) if found else 0


def malformed_sql(connection: duckdb.DuckDBPyConnection, relation: Relation) -> str:
    """A SELECT of `file`, `line` and `kind`, one row a line, for building on in SQL.

    Reading a relation twice notes its lines twice; here each counts once.

    Raises:
        SegmentError: as `malformed`.
    """
    for rejects in relation.beside:
        if _exists(connection, rejects):
            _refuse_fatal(connection, relation, _noted(rejects))
    words = " ".join(f"WHEN {quote_text(key)} THEN {quote_text(_WORDS[key])}" for key in _WORDS)
    parts = []
    for rejects in relation.rejects:
        if not _exists(connection, rejects):
            continue
        noted = _noted(rejects)
        _refuse_fatal(connection, relation, noted)
        parts.append(
            f"SELECT s.file_path AS file, CAST(e.line AS BIGINT) AS line, "
            f"CASE min(CAST(e.error_type AS VARCHAR)) {words} ELSE 'not as its header says' END "
            f"AS kind {noted} GROUP BY s.file_path, e.line"
        )
    nothing = "SELECT '' AS file, CAST(0 AS BIGINT) AS line, '' AS kind WHERE false"
    return "\nUNION ALL ".join(parts or [nothing])


def refuse_malformed(connection: duckdb.DuckDBPyConnection, relation: Relation) -> None:
    """Read a relation to its end, and refuse it if there is a line that cannot be read.

    Raises:
        SegmentError: there is one.
    """
    with explained(relation.what):
        connection.execute(f"SELECT count(*) FROM {subquery(relation.sql, 's')}").fetchall()
    lost = malformed(connection, relation, limit=1)
    if lost:
        raise SegmentError(
            f"{relation.what} has a line that cannot be read, number {lost[0].line}: "
            f"{lost[0].kind}.",
            "Correct it: this file is used as a whole or not at all.",
        )


def _noted(rejects: str) -> str:
    return (
        f"FROM {quote_name(rejects)} AS e "
        f"JOIN {quote_name(f'{rejects}_scan')} AS s USING (scan_id, file_id)"
    )


def _exists(connection: duckdb.DuckDBPyConnection, table: str) -> bool:
    import duckdb

    try:
        # Quicker than the catalogue, which is put together for whoever asks it first.
        connection.execute(f"SELECT 1 FROM {quote_name(table)} LIMIT 0")
    except duckdb.CatalogException:
        return False
    return True


def _refuse_fatal(connection: duckdb.DuckDBPyConnection, relation: Relation, noted: str) -> None:
    sql = (
        f"SELECT CAST(e.error_type AS VARCHAR), e.line, parse_filename(s.file_path) {noted} "
        f"WHERE {_FATAL} ORDER BY s.file_path, e.line LIMIT 1"
    )
    with explained(relation.what):
        found = connection.execute(sql).fetchone()
    if found is None:
        return
    kind, line, file = found
    if kind == "INVALID ENCODING":
        raise SegmentError(
            f"{relation.what} is not UTF-8 text: see line {line} of {file}.",
            'Save it as UTF-8, or set its `encoding = "latin-1"` in segport.toml.',
        )
    if kind == "LINE SIZE OVER MAXIMUM":
        raise SegmentError(
            f"{relation.what} has a line longer than 2 MB, or a quote there that is not closed: "
            f"line {line} of {file}.",
            "Shorten the line or close the quote.",
        )
    raise SegmentError(
        f"{relation.what} has a quote in line {line} of {file} that is not closed, "
        "so the lines after it cannot be told apart.",
        "Close it, or write the file anew.",
    )
