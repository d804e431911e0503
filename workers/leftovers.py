"""Working files of processes that are gone: a killed plan leaves customers in clear behind.

A run's own files go as soon as nobody holds its lock. What another process may be writing this moment,
and folders of plans that are only looked at, go when nothing has touched them for an hour.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from store import duck, locks, look_folder
from workers import launch
from workers.plan.freeze import WORKING

if TYPE_CHECKING:
    from store.workspace import Workspace

_ANYBODYS: Final = (".*.parquet", "*.ledger")
_QUIET: Final = 3600.0


def sweep(workspace: Workspace) -> int:
    """Remove them; returns how many files and folders went."""
    gone = 0
    for path in list(found(workspace)):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
        gone += 1
    for folder in (workspace.state, *_run_folders(workspace)):
        duck.sweep(folder)
    return gone


def found(workspace: Workspace) -> Iterator[Path]:
    """What `sweep` would remove, apart from DuckDB's own."""
    for folder in _run_folders(workspace):
        if not locks.is_held(launch.lock_path(workspace, int(folder.name))):
            for pattern in WORKING:
                yield from folder.glob(pattern)
        for pattern in _ANYBODYS:
            yield from (path for path in folder.glob(pattern) if _is_quiet(path))
    yield from (path for path in workspace.runs_folder.glob(look_folder.PATTERN) if _is_quiet(path))
    yield from (path for path in workspace.ledger_folder.glob("*.ledger") if _is_quiet(path))


def _run_folders(workspace: Workspace) -> list[Path]:
    return [path for path in workspace.runs_folder.iterdir() if path.name.isdecimal()]


def _is_quiet(path: Path) -> bool:
    try:
        touched = [path.stat().st_mtime, *(each.stat().st_mtime for each in path.rglob("*"))]
    except OSError:
        return False
    return time.time() - max(touched) > _QUIET
