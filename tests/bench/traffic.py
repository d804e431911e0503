"""What the app writes to its terminal: nothing when idle, little while a run is on the screen.

    python -m tests.bench.traffic [SECONDS]

Every screen is looked at in a terminal of 80x24 of its own. Idle means that nothing happens in the
workspace. Busy is a run that logs 1,000 lines a second and sends 20 requests a second (`busy`).
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from tests.bench import server
from tests.bench.busy import busy_run
from tests.bench.figures import Figure, show
from tests.bench.house import House, build
from tests.bench.terminal import Terminal, segport

MOST = 20.0
Steps = Sequence[tuple[str, str]]
# Keys, each with words that its screen shows.
IDLE: dict[str, Steps] = {
    "exports": (),
    "connections": [("2", "[2 Connections]")],
    "segments": [("3", "20,000")],
    "runs": [("4", "successful")],
    "a run that has ended": [("4", "successful"), ("\r", "end of the log")],
}
BUSY: dict[str, Steps] = {
    "its own screen": [("4", "sending"), ("\r", "log follows")],
    "the list of runs": [("4", "sending")],
    "the list of exports": (),
}


def measure(seconds: float = 10) -> list[Figure]:
    """Idle, then busy."""
    with tempfile.TemporaryDirectory() as scratch, server.running() as sink:
        house = build(Path(scratch) / "house", sink.base_url, server.KEY, 20_000)
        house.run()
        return [*_idle(house, seconds), *_busy(house, seconds)]


def _idle(house: House, seconds: float) -> list[Figure]:
    counts: dict[str, int] = {}
    with ExitStack() as stack:
        opened: dict[str, Terminal] = {}
        for name, steps in IDLE.items():
            opened[name] = stack.enter_context(_open(house, steps))
        for name, terminal in opened.items():
            terminal.quiet(1.5)
            counts[name] = terminal.read(seconds)
    told = ", ".join(f"{name} {count}" for name, count in counts.items())
    return [
        Figure(
            f"bytes in {seconds:g} s when idle, by screen", told, "0 bytes",
            not any(counts.values()),
        )
    ]  # fmt: skip


def _busy(house: House, seconds: float) -> list[Figure]:
    figures = []
    with busy_run(house):
        for what, steps in BUSY.items():
            with _open(house, steps) as terminal:
                terminal.read(3.0)
                rate = terminal.read(seconds) / seconds / 1024
            figures.append(
                Figure(
                    f"a busy run, {what} on screen", f"{rate:.1f} KiB/s over {seconds:g} s",
                    f"at most {MOST:g} KiB/s", rate <= MOST,
                )
            )  # fmt: skip
    return figures


def _open(house: House, steps: Steps) -> Terminal:
    """The app, once each of these keys has brought what it should."""
    terminal = segport(house.workspace.root)
    terminal.until("everyone")
    for key, words in steps:
        terminal.quiet(0.3)
        terminal.press(key)
        terminal.until(words)
    return terminal


if __name__ == "__main__":
    show(measure(*map(float, sys.argv[1:])))
