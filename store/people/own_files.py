"""Where what is one operator's own is kept: a file each, which no other name can lead to."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from store import documents

if TYPE_CHECKING:
    from pathlib import Path

    from store.workspace import Workspace


def own_file(workspace: Workspace, folder: str, operator: str) -> Path:
    """An operator's file in a folder of what is kept; names that look alike have files of their own."""
    name = documents.slug(operator)
    if name != operator:
        name = f"{name}-{hashlib.sha256(operator.encode()).hexdigest()[:8]}"
    return workspace.state / folder / f"{name}.json"
