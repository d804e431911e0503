"""A real scheduler in a process of its own, by a clock in a file: `clockwork.py ROOT CLOCK MODE`.

The program has no such clock: a scheduler is given one, and only a test gives it another than the
machine's. MODE is "run" for the lasting scheduler, "due" for a single look.
"""

from __future__ import annotations

import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from store.workspace import open_workspace
from workers.actions import schedules
from workers.actions.desk import sit_down
from workers.schedule.loop import Scheduler


class FileClock:
    def __init__(self, path: Path) -> None:
        self._path = path

    def now(self) -> datetime:
        return datetime.fromisoformat(self._path.read_text())

    def wait(self, span: timedelta) -> None:
        time.sleep(0.02)


def main(root: str, clock_file: str, mode: str) -> None:
    desk = sit_down(open_workspace(Path(root)), "command line")
    clock = FileClock(Path(clock_file))
    if mode == "due":
        schedules.look(desk, clock.now(), "due", clock.now())
    else:
        Scheduler(desk, clock, print).run()


if __name__ == "__main__":
    main(*sys.argv[1:])
