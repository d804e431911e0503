"""DuckDB's errors in one sentence each, without the lines of data that DuckDB quotes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from store.errors import SegmentError, SegportError, StorageError

if TYPE_CHECKING:
    import duckdb


@contextmanager
def explained(what: str) -> Iterator[None]:
    """Turn every DuckDB error inside into one sentence about `what`."""
    import duckdb

    try:
        yield
    except duckdb.Error as error:
        # Its text may quote customers' lines, so it does not travel along as the cause.
        raise translate(error, what) from None


def translate(error: duckdb.Error, what: str, above: int | None = None) -> SegportError:
    """One sentence for an error of DuckDB's, without the data lines that DuckDB quotes.

    Args:
        error: what DuckDB raised.
        what: what was being read, as the subject of the sentence: `The segment "vip"`.
        above: for an operator's own SQL, how many lines of ours stand above it.
    """
    import duckdb

    text = str(error)
    for pattern, sentence, hint in _STORAGE:
        if found := re.search(pattern, text):
            return StorageError(sentence.format(**found.groupdict()), hint)
    for pattern, sentence, hint in _DATA:
        if found := re.search(pattern, text):
            return SegmentError(sentence.format(what=what, **found.groupdict()), hint)
    if isinstance(error, duckdb.ParserException | duckdb.BinderException | duckdb.CatalogException):
        # These speak of names in the SQL, not of values in the data.
        line = re.search(r"^LINE (\d+):", text, re.MULTILINE)
        if above is None or line is None or int(line[1]) <= above:
            return SegmentError(f"{what} is refused by DuckDB: {_first_line(text)}", _QUERY)
        return SegmentError(
            f"{what} is refused by DuckDB, line {int(line[1]) - above}: {_first_line(text)}", _QUERY
        )
    return SegmentError(f"{what} cannot be read ({type(error).__name__}).", _CHECK)


def _first_line(text: str) -> str:
    line = text.strip().splitlines()[0] if text.strip() else "no reason given"
    line = re.sub(r"^(Parser|Binder|Catalog) Error:\s*", "", line)
    return line[:200].rstrip(" .!") + "."


NOT_LATIN = "{what} holds letters that Latin-1 has not, as files made on Windows do (Windows-1252)."
_QUERY = "Correct the SQL in its file; `segport segment show` tries it and sends nothing."
_CHECK = "Write the file anew, or ask the one who made it."
_MEMORY = "Free some memory or disk space, or send fewer profiles at once."
_LATIN = 'Save it as UTF-8; if it is Western European (Latin-1), set `encoding = "latin-1"` in segport.toml.'

# Each: what is found in DuckDB's text, our sentence, and what to do about it.
_STORAGE = (
    (
        r"max_temp_directory_size|failed to offload",
        "The disk space for working files is used up.",
        _MEMORY,
    ),
    (r"No space left on device", "The disk is full.", "Free some space and start again."),
    (
        r"Disk quota exceeded",
        "The disk space that this account may use is used up.",
        "Free some of it, or have its quota raised, and start again.",
    ),
    (
        r"Could not write file .*: (?P<why>[A-Z][A-Za-z/ ]+)",
        "A working file cannot be written ({why}).",
        "Look at the disk that the workspace lies on, and start again.",
    ),
    (r"Out of Memory Error|could not allocate", "The memory for this is used up.", _MEMORY),
    (r"INTERRUPT Error", "The query was stopped before it was done.", ""),
)

_DATA = (
    (
        r"No magic bytes|too small to be a Parquet|Footer length|metadata .*Parquet",
        "{what} is not a whole Parquet file: it was cut short, or is something else.",
        _CHECK,
    ),
    (
        r"decompress|TProtocolException|don't know what type|Invalid data|checksum|ZSTD|Snappy",
        "{what} is damaged inside: a part of it cannot be unpacked.",
        _CHECK,
    ),
    (r"not latin-1 encoded", NOT_LATIN, "Save it as UTF-8."),
    (r"(?i)not utf-8|invalid unicode|invalid utf-?8", "{what} is not UTF-8 text.", _LATIN),
    (
        r"(?i)gzip|miniz",
        "{what} is not a whole gzip file: it was cut short, or is something else.",
        _CHECK,
    ),
    (
        r"Malformed JSON .*in line (?P<line>\d+)",
        "{what} has a broken JSON line, about line {line}.",
        _CHECK,
    ),
    (
        r"state machine reached an invalid state",
        "{what} mixes two kinds of line ends.",
        "Save it with one kind of line end.",
    ),
    (
        r"CSV Error on Line: (?P<line>\d+)",
        "{what} cannot be read as CSV: line {line} is not as its header says.",
        _CHECK,
    ),
    (r"No files found", "{what} is not there any more.", "Was it moved while it was read?"),
    (
        r"Permission denied",
        "{what} may not be read by this account.",
        "Change the file's mode or owner.",
    ),
    (
        r"Permission Error|disabled by configuration|configuration has been locked",
        "{what} asks for something outside the data folder, which is not allowed.",
        "Keep the data in the data folder.",
    ),
    (
        r"Conversion Error|Could not convert",
        "{what} holds a value that does not fit the type asked for.",
        "Use TRY_CAST, or correct the value.",
    ),
)
