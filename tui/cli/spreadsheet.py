"""CSV for people: opened in a spreadsheet, no value may act as a formula."""

from __future__ import annotations

import csv
import os
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from store.errors import StorageError, UsageError
from tui.text import safe

# A formula begins a cell; and in many countries a semicolon begins one too, whatever we separate by.
_FORMULA = re.compile("^(?=[=+\\-@\t\r\n＝＋－＠])|(?<=[;\t\r\n])(?=[=+\\-@＝＋－＠])")


def write(path: Path, head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a new file that only this account can read; "-" is standard output.

    Raises:
        UsageError: the file exists.
        StorageError: it cannot be written.
    """
    if str(path) == "-":
        # Kept as it is for a file or a program; a terminal would obey what is in a value.
        cell = safe_cell if sys.stdout.isatty() else neutral
        _rows(csv.writer(sys.stdout, lineterminator="\n"), head, rows, cell)
        return
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace", newline="") as file:
            _rows(csv.writer(file), head, rows)
    except FileExistsError as error:
        raise UsageError(f"{path} exists already.", "Name another file.") from error
    except OSError as error:
        raise StorageError(f"{path} cannot be written ({error.strerror}).") from error


def neutral(value: object) -> object:
    """What a spreadsheet would take for a formula in a text gets a quote before it."""
    if isinstance(value, str):
        return _FORMULA.sub("'", value)
    return "" if value is None else value


def safe_cell(value: object) -> object:
    """The same for a terminal."""
    told = neutral(value)
    return safe(told) if isinstance(told, str) else told


def _rows(
    writer: object,
    head: Sequence[str],
    rows: Iterable[Sequence[object]],
    cell: Callable[[object], object] = neutral,
) -> None:
    write_row = writer.writerow  # type: ignore[attr-defined] # csv has no public type for it
    write_row([cell(name) for name in head])
    for row in rows:
        write_row([cell(value) for value in row])
