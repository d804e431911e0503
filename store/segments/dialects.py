"""CSV dialects: settled once from the head of a file, then never guessed again."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import re
import zlib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from store.errors import SegmentError
from store.figures import many
from store.segments.sources import Source, check
from store.settings import CsvDialect

if TYPE_CHECKING:
    from store.segments.catalogue import Segment
    from store.workspace import Workspace

DELIMITERS: Final = (",", ";", "\t", "|")
# Never chosen, but a single column whose lines hold one of these is more likely a missed dialect.
_SUSPECT: Final = (*DELIMITERS, ":", "^", "~", "\x01")
_HEAD: Final = 256 * 1024
_NAMES: Final = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}


def settle_dialect(workspace: Workspace, segment: Segment) -> CsvDialect:
    """How this segment's CSV is to be read from now on; kept when an export is saved.

    An encoding that was set by hand in segport.toml stays.
    """
    from store import settings as settings_file

    known = settings_file.load(workspace).segments.get(segment.name)
    stored = known.csv if known else None
    return fitting(segment, stored)


def fitting(source: Source, stored: CsvDialect | None) -> CsvDialect:
    """The dialect for reading `source`: the stored one if the files fit it, else one settled now.

    Its columns are always those of the files, in their order.

    Raises:
        SegmentError: the header does not fit, is no header, or came out as one column.
    """
    check(source)
    head = Head(source, source.files[0], stored.encoding if stored else None)
    dialect = _with_stored(source, head, stored) if stored else _settled(source, head)
    for other in source.files[1:]:
        _same_header(source, other, dialect)
    return dialect


class Head:
    """The first part of a CSV file as text."""

    def __init__(self, source: Source, file: Path, encoding: str | None) -> None:
        self.what = source.what if len(source.files) == 1 else f"{source.what}, file {file.name},"
        raw = _head_bytes(file, self.what)
        self.whole = len(raw) < _HEAD
        self.encoding = encoding or _encoding(raw, self.what)
        self.text = _decoded(raw, self.encoding, self.what, source.name, self.whole)

    def records(
        self, delimiter: str, quote: str, escape: str, limit: int = 2000
    ) -> list[list[str]]:
        """The first records, without the one that the head may have cut in two."""
        reader = csv.reader(
            io.StringIO(self.text, newline=""),
            delimiter=delimiter,
            quotechar=quote or None,
            quoting=csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE,
            doublequote=escape in {quote, ""},
            escapechar=escape if escape not in {quote, ""} else None,
        )
        found: list[list[str]] = []
        try:
            for record in reader:
                if record:
                    found.append(record)
                if len(found) > limit:
                    break
        except csv.Error as error:
            # A field beyond Python's limit: the reader proper will say what is wrong with it.
            if not found:
                raise SegmentError(
                    f"{self.what} has a first line that cannot be read as CSV.",
                    "See that it begins with a line of column names.",
                ) from error
        return found if self.whole or len(found) < 2 else found[:-1]


def _head_bytes(file: Path, what: str) -> bytes:
    try:
        with file.open("rb") as plain:
            if not file.name.lower().endswith(".gz"):
                return plain.read(_HEAD)
            with gzip.open(plain) as unpacked:
                return unpacked.read(_HEAD)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise SegmentError(
            f"{what} is not a whole gzip file: it was cut short, or is something else.",
            "Write the file anew, or ask the one who made it.",
        ) from error
    except OSError as error:
        raise SegmentError(
            f"{what} may not be read ({error.strerror}).", "Change the file's mode or owner."
        ) from error


def _encoding(raw: bytes, what: str) -> str:
    if raw.startswith(codecs.BOM_UTF16_BE):
        # DuckDB would read no rows of it, and say nothing.
        raise SegmentError(f"{what} is UTF-16 in the order that is not read.", "Save it as UTF-8.")
    if not raw.startswith(codecs.BOM_UTF16_LE):
        return "utf-8"
    if len(raw) > len(codecs.BOM_UTF16_LE) and b"\0" not in raw:
        # A comma or a line end of UTF-16 has one.
        raise SegmentError(
            f"{what} begins as UTF-16 does and goes on otherwise.", "Save it as UTF-8."
        )
    return "utf-16"


def _decoded(raw: bytes, encoding: str, what: str, name: str, whole: bool) -> str:
    python = {"utf-8": "utf-8-sig", "utf-16": "utf-16", "latin-1": "latin-1"}.get(encoding)
    if python is None:
        raise SegmentError(
            f'{what} is said to be in the encoding "{encoding}", which is not known.',
            "Use utf-8, utf-16 or latin-1.",
        )
    try:
        return codecs.getincrementaldecoder(python)().decode(raw, final=whole)
    except UnicodeDecodeError as error:
        raise SegmentError(
            f"{what} is not {'UTF-8 text' if encoding == 'utf-8' else f'in {encoding}'}.",
            _encoding_hint(raw, name),
        ) from error


def _encoding_hint(raw: bytes, name: str) -> str:
    """The two lines that say Latin-1, with the delimiter that the file would then have."""
    if raw.startswith(codecs.BOM_UTF16_LE):
        return "It begins as UTF-16 does and goes on otherwise. Save it as UTF-8."
    line = raw.split(b"\n", 1)[0].decode("latin-1")
    delimiter = max(DELIMITERS, key=line.count)
    told = delimiter.replace("\t", "\\t")
    return (
        "Save it as UTF-8, or, if it is Western European (Latin-1), write "
        f'`encoding = "latin-1"` and `delimiter = "{told}"` under {table_name(name)} in segport.toml.'
    )


def table_name(name: str) -> str:
    """Where segport.toml keeps the dialect of that segment."""
    bare = re.fullmatch(r"[A-Za-z0-9_-]+", name)
    return f"[segments.{name}.csv]" if bare else f'[segments."{name}".csv]'


def _settled(source: Source, head: Head) -> CsvDialect:
    if not head.text.strip():
        raise SegmentError(f"{head.what} is empty.", "A CSV file begins with a line of names.")
    quote = "'" if re.match(r"'[^']*'\s*[,;\t|\r\n]", head.text) else '"'
    # A quote after a backslash that neither ends its field nor is doubled: the backslash escapes.
    escape = "\\" if re.search(rf"\\{quote}(?![,;\t|\r\n{quote}]|\Z)", head.text) else quote
    best = max(DELIMITERS, key=lambda delimiter: _fit(head.records(delimiter, quote, escape)))
    records = head.records(best, quote, escape)
    if len(records[0]) == 1:
        _refuse_missed_dialect(head, records)
    elif _fit(records)[0] == 0:
        raise SegmentError(
            f"{head.what} has a header of {many(len(records[0]), 'column')} ({_NAMES[best]} between them), "
            "but no line below it has as many.",
            "Look for a quote that is not closed, or write the file anew.",
        )
    return CsvDialect(
        delimiter=best,
        quote=quote,
        escape=escape,
        encoding=head.encoding,
        columns=_named(head.what, source.name, records[0]),
    )


def _fit(records: Sequence[Sequence[str]]) -> tuple[int, float, int]:
    """How well a delimiter fits: several columns at all, the share of equal lines, the width."""
    width = len(records[0]) if records else 0
    if width < 2:
        return (0, 0.0, width)
    widths = Counter(len(record) for record in records[1:])
    share = widths[width] / sum(widths.values()) if widths else 1.0
    return (1 if share > 0 else 0, round(share, 1), width)


def _refuse_missed_dialect(head: Head, records: Sequence[Sequence[str]]) -> None:
    """One column is right for a list of keys or addresses; else it is a missed dialect."""
    name = records[0][0].strip()
    spaced = " " in name and any(" " in record[0].strip() for record in records[1:] if record)
    suspect = [mark for mark in _SUSPECT if mark in head.text]
    if suspect or spaced or not re.fullmatch(r"[^\W\d][\w .-]*", name):
        raise SegmentError(
            f"{head.what} came out as one column, so its delimiter is not known.",
            "Begin with a line of names, and part columns by comma, semicolon, tab or bar.",
        )


def _named(what: str, name: str, header: Sequence[str]) -> list[str]:
    columns = [column.strip() for column in header]
    if any("@" in column for column in columns):
        # Not quoted: it is somebody's address.
        raise SegmentError(
            f"{what} begins with data instead of a line of column names.",
            f"Add such a line, or set `header = false` and `columns` under {table_name(name)}.",
        )
    if "" in columns:
        raise SegmentError(
            f"{what} has no name for column {columns.index('') + 1} of {len(columns)}.",
            "Name it, or remove the delimiter that makes it.",
        )
    if any("\0" in column for column in columns):
        raise SegmentError(f"{what} has a NUL character in its header.", "Write the file anew.")
    refuse_twins(what, columns)
    return columns


def refuse_twins(what: str, columns: Sequence[str]) -> None:
    """Two columns whose names differ only in case are one column to SQL."""
    seen: dict[str, str] = {}
    for column in columns:
        twin = seen.setdefault(column.casefold(), column)
        if twin is not column:
            raise SegmentError(
                f'{what} has two columns of one name, "{twin}" and "{column}".', "Rename one."
            )


def _with_stored(source: Source, head: Head, stored: CsvDialect) -> CsvDialect:
    for field, mark in (("delimiter", stored.delimiter), ("quote", stored.quote)):
        if len(mark) != 1 and not (field == "quote" and not mark):
            raise SegmentError(
                f"{head.what} has a {field} of {many(len(mark), 'character')} in segport.toml.",
                f"Give one character under {table_name(source.name)}.",
            )
    records = head.records(stored.delimiter, stored.quote, stored.escape)
    first = records[0] if records else []
    if not stored.header:
        if first and len(first) != len(stored.columns):
            raise SegmentError(
                f"{head.what} has {many(len(first), 'column')}, but {many(len(stored.columns), 'is', 'are')} named in "
                "segport.toml.",
                f"Correct `columns` under {table_name(source.name)}.",
            )
        return stored
    if len(first) == 1 and len(stored.columns) != 1:
        _refuse_missed_dialect(head, records)
    if not first:
        raise SegmentError(f"{head.what} is empty.", "A CSV file begins with a line of names.")
    columns = _named(head.what, source.name, first)
    _refuse_other_header(head.what, source.name, stored.columns, columns)
    return CsvDialect(
        delimiter=stored.delimiter,
        quote=stored.quote,
        escape=stored.escape,
        encoding=stored.encoding,
        columns=columns,
    )


def _refuse_other_header(what: str, name: str, known: Sequence[str], found: Sequence[str]) -> None:
    """The order may change, since columns are read by name; the names may not."""
    missing = [column for column in known if column not in found]
    new = [column for column in found if column not in known] if known else []
    if missing or new:
        told = "; ".join(
            f"{word}: {', '.join(columns[:8])}{' …' if len(columns) > 8 else ''}"
            for word, columns in (("missing", missing), ("new", new))
            if columns
        )
        raise SegmentError(
            f"{what} no longer fits the header it was settled with ({told}).",
            f"Restore the file, or remove {table_name(name)} from segport.toml and save the "
            "export again.",
        )


def _same_header(source: Source, file: Path, dialect: CsvDialect) -> None:
    head = Head(source, file, dialect.encoding)
    records = head.records(dialect.delimiter, dialect.quote, dialect.escape, limit=2)
    first = [column.strip() for column in records[0]] if records else []
    fits = first == dialect.columns if dialect.header else len(first) == len(dialect.columns)
    if not fits:
        raise SegmentError(
            f"{head.what} has other columns than {source.files[0].name}.",
            "The part files of a segment have the same header, in the same order.",
        )
