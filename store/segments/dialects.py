"""CSV dialects: settled once from the head of a file, then never guessed again."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from store.errors import SegmentError
from store.figures import many
from store.segments.heads import DELIMITERS, Head, refuse_before_header, table_name, told_delimiter
from store.segments.sources import Source, check
from store.settings import CsvDialect

if TYPE_CHECKING:
    from store.segments.catalogue import Segment
    from store.workspace import Workspace

# Never chosen, but a single column whose lines hold one of these is more likely a missed dialect.
_SUSPECT: Final = (*DELIMITERS, ":", "^", "~", "\x01")
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


def _settled(source: Source, head: Head) -> CsvDialect:
    if not head.text.strip():
        raise SegmentError(f"{head.what} is empty.", "A CSV file begins with a line of names.")
    refuse_before_header(head)
    quote = "'" if re.match(r"'[^']*'\s*[,;\t|\r\n]", head.text) else '"'
    # A quote after a backslash that neither ends its field nor is doubled: the backslash escapes.
    escape = "\\" if re.search(rf"\\{quote}(?![,;\t|\r\n{quote}]|\Z)", head.text) else quote
    # One that the text does not have leaves a single column, as it would the first of them.
    possible = [mark for mark in DELIMITERS if mark in head.text] or DELIMITERS[:1]
    parted = {mark: head.records(mark, quote, escape) for mark in possible}
    best, records = max(parted.items(), key=lambda found: _fit(found[1]))
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
        columns=_named(head.what, source.name, records[0], best),
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


def _named(what: str, name: str, header: Sequence[str], delimiter: str) -> list[str]:
    columns = [column.strip() for column in header]
    if any("@" in column for column in columns):
        # Not quoted: it is somebody's address.
        raise SegmentError(
            f"{what} begins with data instead of a line of column names.",
            f"Add such a line, or write `header = false`, {told_delimiter(delimiter)} and `columns`, a list of "
            f"names, under {table_name(name)} in segport.toml.",
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
    records = head.records(stored.delimiter, stored.quote, stored.escape, limit=2)
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
        whole = head.records(stored.delimiter, stored.quote, stored.escape)
        _refuse_missed_dialect(head, whole)
    if not first:
        raise SegmentError(f"{head.what} is empty.", "A CSV file begins with a line of names.")
    refuse_before_header(head)
    columns = _named(head.what, source.name, first, stored.delimiter)
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
    if dialect.header:
        refuse_before_header(head)
    records = head.records(dialect.delimiter, dialect.quote, dialect.escape, limit=2)
    first = [column.strip() for column in records[0]] if records else []
    fits = first == dialect.columns if dialect.header else len(first) == len(dialect.columns)
    if not fits:
        raise SegmentError(
            f"{head.what} has other columns than {source.files[0].name}.",
            "The part files of a segment have the same header, in the same order.",
        )
