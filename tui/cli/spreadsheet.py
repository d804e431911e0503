"""CSV for people: opened in a spreadsheet, no value may act as a formula."""

from __future__ import annotations

import csv
import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from store.errors import StorageError, UsageError

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def write(path: Path, head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a new file that only this account can read; "-" is standard output.

    Raises:
        UsageError: the file exists.
        StorageError: it cannot be written.
    """
    if str(path) == "-":
        _rows(csv.writer(sys.stdout, lineterminator="\n"), head, rows)
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
    """A text that a spreadsheet would take for a formula gets a quote before it."""
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return "" if value is None else value


def _rows(writer: object, head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    write_row = writer.writerow  # type: ignore[attr-defined] # csv has no public type for it
    write_row(head)
    for row in rows:
        write_row([neutral(value) for value in row])
