"""The head of a CSV file as text: from it a dialect is settled, and refused what stands before names."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import re
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Final

from store.errors import SegmentError
from store.explain import NOT_LATIN

if TYPE_CHECKING:
    from store.segments.sources import Source

DELIMITERS: Final = (",", ";", "\t", "|")
_HEAD: Final = 256 * 1024


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
    if python == "latin-1" and _beyond_latin(raw):
        raise SegmentError(NOT_LATIN.format(what=what), "Save it as UTF-8.")
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
    if _beyond_latin(raw):
        return "Save it as UTF-8."
    line = raw.split(b"\n", 1)[0].decode("latin-1")
    delimiter = max(DELIMITERS, key=line.count)
    return (
        "Save it as UTF-8, or, if it is Western European (Latin-1), write "
        f'`encoding = "latin-1"` and {told_delimiter(delimiter)} under {table_name(name)} in segport.toml.'
    )


def told_delimiter(delimiter: str) -> str:
    """The line of segport.toml that says so."""
    mark = delimiter.replace("\t", "\\t")
    return f'`delimiter = "{mark}"`'


def _beyond_latin(raw: bytes) -> bool:
    """Whether there are bytes that are no letters in Latin-1; DuckDB refuses them."""
    return re.search(rb"[\x80-\x9f]", raw) is not None


def table_name(name: str) -> str:
    """Where segport.toml keeps the dialect of that segment."""
    bare = re.fullmatch(r"[A-Za-z0-9_-]+", name)
    return f"[segments.{name}.csv]" if bare else f'[segments."{name}".csv]'


def refuse_before_header(head: Head) -> None:
    """DuckDB would take an empty line for the header, and the header for a row."""
    if head.text[:1] in {"\n", "\r"}:
        raise SegmentError(
            f"{head.what} begins with an empty line instead of a line of column names.",
            "Remove it.",
        )
    if re.match(r"sep=.[\r\n]", head.text, re.IGNORECASE):
        raise SegmentError(
            f"{head.what} begins with a line for a spreadsheet (sep=) instead of a line of column "
            "names.",
            "Remove it.",
        )
