from __future__ import annotations

from pathlib import Path

import pytest

from store import workspace as workspaces
from store.workspace import Workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return workspaces.create(tmp_path / "ws")
