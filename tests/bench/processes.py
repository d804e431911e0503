"""Runs a command and says what it cost: time on the clock, and time on a core.

The second is what tells two programs apart on a machine that others use too.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_BECOME_PARENT_OF_ORPHANS = 36
_PATIENCE = 10.0


@dataclass(frozen=True)
class Cost:
    """Seconds on the clock until the command returned; seconds of cores, by all its processes."""

    clock: float
    cores: float


def cost(
    words: Sequence[str | Path], *, cwd: Path | None = None, lines: Path | None = None
) -> Cost:
    """Run a command to its end.

    A process that it leaves behind, as a run is, counts too: it becomes ours, and is waited for.
    """
    ctypes.CDLL(None).prctl(_BECOME_PARENT_OF_ORPHANS, 1, 0, 0, 0)
    known, before = _children(), os.times()
    began = time.perf_counter()
    with (lines or Path("/dev/null")).open("rb") as given:
        done = subprocess.run(words, stdin=given, capture_output=True, check=False, cwd=cwd)
    clock = time.perf_counter() - began
    assert done.returncode == 0, done.stderr.decode(errors="replace")[-2000:]
    _wait_for_orphans(known)
    after = os.times()
    spent = after.children_user + after.children_system
    return Cost(clock, spent - before.children_user - before.children_system)


def _wait_for_orphans(known: set[int]) -> None:
    end = time.monotonic() + _PATIENCE
    while (left := _children() - known) and time.monotonic() < end:
        for process in left:
            os.waitpid(process, os.WNOHANG)
        time.sleep(0.005)


def _children() -> set[int]:
    path = Path(f"/proc/self/task/{os.getpid()}/children")
    return {int(process) for process in path.read_text(encoding="ascii").split()}
