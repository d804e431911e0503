"""Tables written to new files: CSV in which no value may act as a formula, or JSON."""

from __future__ import annotations

import csv
import json
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from store.errors import NotPermitted, StorageError, UsageError
from store.people import operators
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
    with _new(path) as file:
        _rows(csv.writer(file), head, rows)


def save(typed: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> Path:
    """Write what a list shows to a new file that is named in the app; its ending says how.

    Raises:
        NotPermitted: behind the gate, where nobody has files on this host.
        UsageError: the file exists, or has another ending.
        StorageError: it cannot be written.
    """
    if operators.gated():
        raise NotPermitted("Through the gate no file of this host can be written.")
    path = Path(typed).expanduser()
    match path.suffix.lower():
        case ".csv":
            write(path, head, rows)
        case ".json":
            with _new(path) as file:
                told = [dict(zip(head, row, strict=True)) for row in rows]
                json.dump(told, file, indent=2, ensure_ascii=False)
                file.write("\n")
        case _:
            raise UsageError(f'"{typed}" ends neither in .csv nor in .json.', "Type one of them.")
    return path.absolute()


@contextmanager
def _new(path: Path) -> Iterator[TextIO]:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace", newline="") as file:
            yield file
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
