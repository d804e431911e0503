"""How long a key takes to be answered on the screen of a run that logs 1,000 lines a second.

    python -m tests.bench.keys [PRESSES]

The terminal is read at 64 KiB/s, as a slow line carries it, so whatever the app writes ahead of its
answer counts. The keys are `f`, which holds the log still and goes on, so each has words to wait for;
they are pressed at odd moments, so that they do not fall in step with the repaints. The time in which
the app stood in line for a core, because others use the machine too, is told and taken off.
"""

from __future__ import annotations

import random
import sys
import tempfile
from pathlib import Path

from tests.bench.busy import busy_run
from tests.bench.figures import Figure, show
from tests.bench.house import build
from tests.bench.terminal import Answer, Terminal, segport, told

MOST = 100.0
LINE = 64 * 1024


def measure(presses: int = 40) -> list[Figure]:
    """Press so often."""
    with tempfile.TemporaryDirectory() as scratch:
        house = build(Path(scratch) / "house", "http://127.0.0.1:9", "bench-key", 1000)
        with busy_run(house), segport(house.workspace.root, line=LINE) as terminal:
            terminal.until("everyone")
            terminal.read(1.0)
            terminal.press("4")
            terminal.read(1.5)
            terminal.press("\r")
            terminal.until("log follows")
            terminal.read(2.0)
            taken = _presses(terminal, presses)
    worst = max(answer.own for answer in taken)
    return [
        Figure(
            "key to screen, 1,000 log lines/s, 64 KiB/s",
            told(taken), f"at most {MOST:g} ms", worst <= MOST,
        )
    ]  # fmt: skip


def _presses(terminal: Terminal, presses: int) -> list[Answer]:
    chance = random.Random(7)
    taken = []
    for n in range(presses):
        terminal.read(0.3 + chance.random() * 0.7)
        taken.append(terminal.answer("f", "log follows" if n % 2 else "log paused"))
    return taken


if __name__ == "__main__":
    show(measure(*map(int, sys.argv[1:])))
