"""A private folder for what is only looked at: it holds customers, and goes when it was looked at."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from store.workspace import Workspace

_PREFIX: Final = "look-"
PATTERN: Final = f"{_PREFIX}*"
"""What such folders are called; one that a killed process left is found by it."""


@contextmanager
def look_folder(workspace: Workspace) -> Iterator[Path]:
    """One among the folders of runs, on their disk."""
    path = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=workspace.runs_folder))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
