"""One SELECT a kind of file: what DuckDB is asked for, and never left to guess."""

from __future__ import annotations

import gzip
import itertools
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from store.duck import explained, translate
from store.errors import SegmentError
from store.segments.dialects import fitting, refuse_twins
from store.segments.sources import Source, check
from store.sql import (
    as_text,
    no_pattern,
    quote_file,
    quote_list,
    quote_map,
    quote_name,
    quote_names,
    quote_text,
)

if TYPE_CHECKING:
    import duckdb

    from store.settings import CsvDialect

ROW = "__row"
NO_PROFILE = "__no_profile"

# A folder named `a=b` adds no column to the files in it.
_PLAIN = "hive_partitioning = false"

_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Reading:
    """How a source is read.

    Attributes:
        columns: the names, in the order of the file.
        scan: the table function, for a FROM.
        row: the expression for the row number, counted from 1.
        rejects: the table that names the lines that could not be read; empty if there is none.
        types: DuckDB's types of the columns; None where it has still to be asked.
    """

    columns: list[str]
    scan: str
    row: str
    rejects: str = ""
    types: list[str] | None = None

    @property
    def plain(self) -> str:
        """A SELECT of the columns."""
        return f"SELECT {quote_names(self.columns)} FROM {self.scan}"

    @property
    def numbered(self) -> str:
        """A SELECT of the row number and the columns."""
        return (
            f"SELECT {self.row} AS {quote_name(ROW)}, {quote_names(self.columns)} FROM {self.scan}"
        )


def reading(
    connection: duckdb.DuckDBPyConnection, source: Source, dialect: CsvDialect | None
) -> Reading:
    """Find out how a file source is read; looks at headers and metadata, and for JSON at all keys.

    Raises:
        SegmentError: it cannot be.
    """
    check(source)
    if source.format == "csv":
        found = _csv(source, dialect)
    elif source.format == "parquet":
        found = _parquet(connection, source)
    else:
        found = _json(connection, source)
    if not found.columns:
        raise SegmentError(f"{source.what} has no columns.", "Write the file anew.")
    refuse_names(source.what, found.columns)
    return found


def refuse_names(what: str, columns: Sequence[str]) -> None:
    """Refuse names that would not be one column each in the SQL built on top."""
    refuse_twins(what, columns)
    for own in (ROW, NO_PROFILE):
        if own in (column.lower() for column in columns):
            raise SegmentError(f"{what} has a column {own}, a name kept for Segport.", "Rename it.")


def file_list(source: Source) -> str:
    """The source's files as a list of literal names: `[` and `*` in a name are not patterns."""
    return quote_list(no_pattern(file) for file in source.files)


def _csv(source: Source, stored: CsvDialect | None) -> Reading:
    dialect = fitting(source, stored)
    number = next(_numbers)
    rejects = f"__rejects_{number}"
    options = {
        "auto_detect": "false",
        "all_varchar": "true",
        "header": "true" if dialect.header else "false",
        "delim": quote_text(dialect.delimiter),
        "quote": quote_text(dialect.quote),
        "escape": quote_text(dialect.escape),
        "encoding": quote_text(dialect.encoding),
        "columns": quote_map(dict.fromkeys(dialect.columns, "VARCHAR")),
        "null_padding": "false",
        "hive_partitioning": "false",
        # A line that is not as the header says is set aside with its number; see store.segments.malformed.
        "store_rejects": "true",
        "rejects_table": quote_text(rejects),
        "rejects_scan": quote_text(f"{rejects}_scan"),
    }
    told = ", ".join(f"{key} = {value}" for key, value in options.items())
    return Reading(
        columns=list(dialect.columns),
        scan=f"read_csv({file_list(source)}, {told})",
        # A streaming window: it keeps the order of the file and holds no rows.
        row="row_number() OVER ()",
        rejects=rejects,
        types=["VARCHAR"] * len(dialect.columns),
    )


def _parquet(connection: duckdb.DuckDBPyConnection, source: Source) -> Reading:
    if len(source.files) == 1:
        with explained(source.what):
            names, types = _described_parquet(connection, source.files[0])
        scan = f"read_parquet({file_list(source)}, {_PLAIN})"
        return Reading(names, scan, "file_row_number + 1", types=types)
    # Metadata is read file by file, so that the sentence names the one that is damaged.
    rows: list[int] = []
    first: list[str] = []
    for file in source.files:
        what = f"{source.what}, file {file.name},"
        with explained(what):
            columns, _ = _described_parquet(connection, file)
            counted = connection.execute(
                f"SELECT sum(num_rows) FROM parquet_file_metadata({quote_file(file)})"
            ).fetchone()
        first = first or columns
        if set(columns) != set(first):
            odd = sorted(set(columns) ^ set(first))
            raise SegmentError(
                f"{what} has other columns than {source.files[0].name}: {', '.join(odd[:8])}.",
                "The part files of a segment have the same columns.",
            )
        rows.append(int(counted[0]) if counted and counted[0] is not None else 0)
    before = list(itertools.accumulate(rows, initial=0))[:-1]
    # By name, so that part files whose types differ meet in the wider type: an id that is a number
    # in one file and text with leading zeros in the next stays text.
    scan = f"read_parquet({file_list(source)}, union_by_name = true, {_PLAIN})"
    offset = f"(CAST({before} AS BIGINT[]))[CAST(file_index AS BIGINT) + 1]"
    return Reading(first, scan, f"{offset} + file_row_number + 1")


def _described_parquet(
    connection: duckdb.DuckDBPyConnection, file: Path
) -> tuple[list[str], list[str]]:
    """The names and the types of the columns of one file."""
    found = connection.execute(
        f"DESCRIBE SELECT * FROM read_parquet({quote_file(file)}, {_PLAIN})"
    ).fetchall()
    return [str(row[0]) for row in found], [str(row[1]) for row in found]


def _json(connection: duckdb.DuckDBPyConnection, source: Source) -> Reading:
    files = file_list(source)
    objects = f"read_json_objects({files}, format = 'newline_delimited')"
    with _json_explained(source):
        found = connection.execute(
            f"SELECT json_type(json), json_keys(json), {_NESTED}, count(*) FROM {objects} GROUP BY ALL"
        ).fetchall()
    if not found:
        raise SegmentError(f"{source.what} is empty.", "Each line is one JSON object.")
    if any(kind != "OBJECT" for kind, _, _, _ in found):
        raise SegmentError(
            f"{source.what} has a line that is not a JSON object.",
            'Each line is one object: {"Email": …}.',
        )
    shapes: Counter[tuple[str, ...]] = Counter()
    for _, keys, _, lines in found:
        shapes[tuple(keys)] += lines
    # The order of the most frequent shape, then what only rarer lines have.
    by_count = sorted(shapes, key=lambda keys: (-shapes[keys], keys))
    columns = list(dict.fromkeys(key for keys in by_count for key in keys))
    if "" in columns:
        raise SegmentError(f"{source.what} has a field without a name.", "Name it, or take it out.")
    for keys in by_count:
        if len(set(keys)) < len(keys):
            twice = next(key for key in keys if keys.count(key) > 1)
            raise SegmentError(
                f'{source.what} has a line with the field "{twice}" twice.', "Take one of them out."
            )
    refuse_twins(source.what, columns)
    typed = quote_map(dict.fromkeys(columns, "JSON"))
    read = (
        f"read_json({files}, format = 'newline_delimited', records = 'true', columns = {typed}, "
        f"{_PLAIN})"
    )
    nested = {key for _, _, keys, _ in found for key in keys}
    values = ", ".join(
        f"{quote_name(column) if column in nested else _json_value(column)} AS {quote_name(column)}"
        for column in columns
    )
    scan = f"(SELECT {values} FROM {read})"
    return Reading(columns, scan, "row_number() OVER ()")


# The fields of a line that are objects or lists; looked for only where a value may begin as one. Such a
# column stays JSON, as one of Parquet stays a STRUCT: it has no plain text.
_NESTED: Final = r"""CASE WHEN regexp_matches(json::VARCHAR, ':\s*[\[{]') THEN list_filter(json_keys(json),
    LAMBDA key: json_type(json, '/' || replace(replace(key, '~', '~0'), '/', '~1')) IN ('OBJECT', 'ARRAY'))
    ELSE [] END"""


def _json_value(column: str) -> str:
    """A value of a JSON line as text: numbers as from a column of them, anything else as it stands.

    Programs that know no empty whole number write 7.0 for 7 where others are empty, and NaN for empty.
    """
    name = quote_name(column)
    text = as_text(name)
    return (
        f"CASE WHEN starts_with({text}, '\"') THEN {name}->>'$' "
        rf"WHEN regexp_full_match({text}, '-?[0-9]{{1,16}}\.0') "
        f"THEN {as_text(f'CAST(CAST({text} AS DOUBLE) AS BIGINT)')} "
        f"WHEN regexp_full_match({text}, '-?(?i:nan|inf|infinity)') THEN NULL ELSE {text} END"
    )


@contextmanager
def _json_explained(source: Source) -> Iterator[None]:
    """Name the file and line of a broken JSON line."""
    import duckdb

    try:
        yield
    except duckdb.Error as error:
        found = re.search(r'in file "(?P<file>.*)", .*in line (?P<line>\d+)', str(error))
        if found is None:
            raise translate(error, source.what) from None
        line = _broken_line(Path(found["file"]), int(found["line"]))
        where = f" of {Path(found['file']).name}" if len(source.files) > 1 else ""
        raise SegmentError(
            f"{source.what} has a broken JSON line: line {line}{where}.",
            "Each line is one whole JSON object, in UTF-8 without a byte order mark.",
        ) from None


def _broken_line(file: Path, told: int) -> int:
    """DuckDB counts from somewhere else in some cases: look at the line before as well."""
    opener = gzip.open if file.name.lower().endswith(".gz") else open
    with opener(file, "rb") as lines:
        before = next(itertools.islice(lines, max(told - 2, 0), None), b"")
    try:
        # As text: given bytes, it would pass over a byte order mark.
        # Back again, too: half of a surrogate pair is read here, and by nobody else.
        json.dumps(json.loads(before.decode("utf-8")), ensure_ascii=False).encode()
    except ValueError:  # UnicodeDecodeError is one too
        return max(told - 1, 1)
    return told
