"""A run that is as busy as a log gets: 1,000 lines a second, and a journal that moves at every request.

It is written by a process of its own through the journal and the log that real runs write to, and it
holds the run's lock, so to everybody who looks it is a run under way. Nothing is sent.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from store import locks
from store import workspace as workspaces
from store.journal import clock, delivery, runs
from store.journal.delivery import Fate, Intent, Span
from store.journal.log import Log
from store.journal.runs import Frozen, Options, State
from store.journal.schema import Journal
from tests.bench.house import ROOT, House
from workers import launch

LINES, REQUESTS = 1000, 20
_TICK = 0.02
_READY = "writing\n"


@contextmanager
def busy_run(house: House) -> Iterator[int]:
    """Have such a run under way; its number."""
    from store import connections, exports

    with Journal(house.workspace.journal_path) as journal, journal.writing() as db:
        run_id = runs.ask(
            db,
            frozen=Frozen(
                exports.load(house.workspace, "bench").value,
                connections.load(house.workspace, "bench").value,
            ),
            export_slug="bench",
            connection_slug="bench",
            operator="bench",
            started_by="command line",
            options=Options(),
        )
        runs.note(
            db, run_id, state=State.SENDING, began_at=clock.now(), to_send=10_000_000,
            requests_planned=100_000,
        )  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.busy", str(house.workspace.root), str(run_id)],
        cwd=ROOT, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == _READY
        yield run_id
    finally:
        process.kill()
        process.communicate()


def _write(root: Path, run_id: int) -> None:
    workspace = workspaces.open_workspace(root)
    lock = locks.acquire(launch.lock_path(workspace, run_id))
    assert lock is not None
    log = Log(workspace.log_path)
    began = time.monotonic()
    lines = requests = 0
    with Journal(workspace.journal_path) as journal:
        print(_READY, end="", flush=True)
        while True:
            elapsed = time.monotonic() - began
            while lines < elapsed * LINES:
                lines += 1
                log.write(
                    run_id,
                    f"Request {lines}: too fast for Autopilot; waiting before it is sent again.",
                    "warning" if lines % 10 == 0 else "info",
                )
            while requests < elapsed * REQUESTS:
                _request(journal, run_id, requests)
                requests += 1
            time.sleep(_TICK)


def _request(journal: Journal, run_id: int, no: int) -> None:
    first = no * 100
    intent = Intent(run_id, no + 1, 1, "bulk", 0, first, first + 99, 100)
    with journal.writing() as db:
        delivery.intend(db, intent)
    with journal.writing() as db:
        delivery.conclude(
            db, intent, Fate.ANSWERED, status=200, ms=12.0, accepted=[Span(0, first, first + 99)],
            accepted_contacts=100,
        )  # fmt: skip


if __name__ == "__main__":
    _write(Path(sys.argv[1]), int(sys.argv[2]))
