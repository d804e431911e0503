"""Files that are written while they are read: what was read then is nothing that they ever held.

DuckDB notices a part of it, by chance: a Parquet file that is overwritten in place may come out half old
and half new, and a CSV file that was just emptied has no rows and is no error. So the files are looked at
before and after.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from store.errors import SegmentError, SegportError
from store.segments.catalogue import find, profiles, suppressed

if TYPE_CHECKING:
    from store.workspace import Workspace

T = TypeVar("T")

_TRIES: Final = 3


def steadily(what: str, files: Callable[[], Iterable[Path]], read: Callable[[], T]) -> T:
    """Read until the files were the same before and after it.

    Args:
        what: is read, as the subject of a sentence.
        files: it is read from, as they are now.
        read: may be done several times.

    Raises:
        SegmentError: they are another each time.
    """
    for _ in range(_TRIES):
        before = _marks(files())
        try:
            found = read()
        except SegportError:
            if _marks(files()) == before:
                raise
            continue
        if _marks(files()) == before:
            return found
    raise SegmentError(
        f"{what} is being written: it was another each time after it was read.",
        "Run it again once the file is whole. A loader does best to write a new file and rename it.",
    )


def of_segment(workspace: Workspace, name: str) -> list[Path]:
    """The files that a segment is read from; none if it is gone or broken."""
    try:
        source = find(workspace, name)
        if source.format == "sql":  # it may speak of any other
            return sorted(_data(workspace))
        table = profiles(workspace)
    except SegportError:
        return []
    return [*source.files, *(table.files if table is not None else ())]


def of_suppressed(workspace: Workspace) -> list[Path]:
    """The files of suppressed addresses."""
    try:
        return [file for source in suppressed(workspace) for file in source.files]
    except SegportError:
        return []


def _data(workspace: Workspace) -> Iterable[Path]:
    segments = workspace.segments_folder
    return chain(workspace.data.glob("*.*"), segments.glob("*"), segments.glob("*/*"))


def _marks(files: Iterable[Path]) -> list[tuple[Path, tuple[int, ...]]]:
    return [(file, _mark(file)) for file in files]


def _mark(file: Path) -> tuple[int, ...]:
    try:
        found = os.stat(file)  # noqa: PTH116 - a number more or less is all that is wanted
    except OSError:
        return ()
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
