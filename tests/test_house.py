"""The house as it is drawn: what each floor may know."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

_IMPORT_ALL = """
import importlib, json, pkgutil, sys
sys.path.insert(0, sys.argv[1])
package = importlib.import_module(sys.argv[2])
for found in pkgutil.walk_packages(package.__path__, sys.argv[2] + "."):
    if not found.name.endswith("__main__"):
        importlib.import_module(found.name)
print(json.dumps(sorted(sys.modules)))
"""


def loaded_by(package: str) -> set[str]:
    told = subprocess.run(
        [sys.executable, "-I", "-c", _IMPORT_ALL, str(ROOT), package],
        check=True,
        capture_output=True,
        text=True,
    )
    return set(json.loads(told.stdout))


@pytest.mark.parametrize(
    ("package", "unknown"),
    [
        ("store", {"textual", "httpx", "duckdb", "keyring", "workers", "tui", "click"}),
        ("workers", {"textual", "tui", "keyring"}),
    ],
)
def test_a_floor_loads_nothing_from_above_and_nothing_heavy_unasked(package, unknown):
    assert loaded_by(package) & unknown == set()


def test_files_stay_short():
    long = {
        str(path.relative_to(ROOT)): lines
        for floor in ("store", "workers", "tui")
        for path in (ROOT / floor).rglob("*.py")
        if (lines := path.read_text(encoding="utf-8").count("\n")) > 400
    }
    assert long == {}
