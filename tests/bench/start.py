"""How long Segport takes to start: the app beside an empty Textual app, `--version` beside Python.

python -m tests.bench.start [REPEATS]

Both of a pair are started in turn. First paint is the moment at which the words of the first frame
have come out of the terminal.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.figures import Figure, show, spread
from tests.bench.house import ROOT, build
from tests.bench.processes import Cost
from tests.bench.terminal import Terminal, segport

EMPTY = """
from textual.app import App
from textual.widgets import DataTable, Footer, Header

class Empty(App):
    TITLE = "Nothing-here"
    def compose(self):
        yield Header()
        yield DataTable()
        yield Footer()

Empty().run()
"""
PAINT, PLAIN, MORE = 1.5, 2.0, 0.060


def measure(repeats: int = 9) -> list[Figure]:
    """First paint, and the version."""
    return [*_paint(repeats), _version(repeats)]


def _paint(repeats: int) -> list[Figure]:
    empty: list[Cost] = []
    ours: list[Cost] = []
    listed: list[float] = []
    with tempfile.TemporaryDirectory() as scratch:
        script = Path(scratch) / "empty.py"
        script.write_text(EMPTY, encoding="utf-8")
        house = build(Path(scratch) / "house", "http://127.0.0.1:9", "bench-key", 1000)
        # The first start of each reads from the disk what is not in memory yet, and does not count.
        for _ in range(repeats + 1):
            with Terminal([sys.executable, script]) as terminal:
                empty.append(_cost(terminal, "Nothing-here"))
            with segport(house.workspace.root) as terminal:
                ours.append(_cost(terminal, "Segport"))
                listed.append(terminal.until("everyone") - terminal.began)
    empty, ours, listed = empty[1:], ours[1:], listed[1:]
    clock = [a.clock / b.clock for a, b in zip(ours, empty, strict=True)]
    cores = [a.cores / b.cores for a, b in zip(ours, empty, strict=True)]
    return [
        Figure("an empty Textual app: start to first paint", _told(empty)),
        Figure(
            "the app: start to first paint",
            f"{_told(ours)}; {spread(clock, 'times as long')}, "
            f"{statistics.median(cores):.2f} times the cores' time",
            f"at most {PAINT:g} x", statistics.median(clock) <= PAINT,
        ),
        Figure("the app: start to the list of exports", spread(_ms(listed), "ms", 0)),
    ]  # fmt: skip


def _cost(terminal: Terminal, words: str) -> Cost:
    return Cost(terminal.until(words) - terminal.began, terminal.cores())


def _told(costs: list[Cost]) -> str:
    cores = statistics.median(cost.cores for cost in costs) * 1000
    return f"{spread(_ms([cost.clock for cost in costs]), 'ms', 0)}, {cores:.0f} ms of cores"


def _version(repeats: int) -> Figure:
    command = Path(sys.executable).with_name("segport")
    ours_words = [command] if command.exists() else [sys.executable, "-m", "tui.cli"]
    bare: list[float] = []
    ours: list[float] = []
    for _ in range(2 * repeats + 1):
        bare.append(_wall(sys.executable, "-c", "pass"))
        ours.append(_wall(*ours_words, "--version"))
    bare, ours = bare[1:], ours[1:]
    limit = PLAIN * statistics.median(bare) + MORE
    return Figure(
        "segport --version",
        f"{spread(_ms(ours), 'ms', 0)}; python -c pass {spread(_ms(bare), 'ms', 0)}",
        f"2 x python -c pass + {MORE * 1000:.0f} ms = {limit * 1000:.0f} ms",
        statistics.median(ours) <= limit,
    )


def _wall(*words: str | Path) -> float:
    began = time.perf_counter()
    subprocess.run(words, check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def _ms(seconds: list[float]) -> list[float]:
    return [value * 1000 for value in seconds]


if __name__ == "__main__":
    show(measure(*map(int, sys.argv[1:])))
