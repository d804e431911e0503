"""One run from start to end, in its own process: `python -I -m workers.run WORKSPACE ID LOCK`."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from store import locks
from store.errors import SegportError
from store.journal import clock, runs
from store.journal.log import Log
from store.journal.runs import State
from store.journal.schema import Journal
from store.workspace import Workspace, open_workspace
from workers import launch
from workers.course import Course
from workers.isolated import be_discreet
from workers.under_way import UnderWay

# The reader's, and one for whoever waits for another thread to end.
_THREADS = 2


def main(arguments: list[str]) -> int:
    """Run; the outcome is in the journal, the exit status is only for a supervisor."""
    # What was imported stays.
    gc.freeze()
    os.umask(0o077)
    be_discreet()
    root, run_id, descriptor = Path(arguments[0]), int(arguments[1]), int(arguments[2])
    workspace = open_workspace(root)
    lock = locks.adopt(launch.lock_path(workspace, run_id), descriptor)
    handed = sys.stdin.read().strip() if "--key-on-stdin" in arguments else None
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with Journal(workspace.journal_path) as journal:
        log = _log(workspace, journal, run_id)
        if log is None:
            lock.release()
            return 1
        under_way = UnderWay(workspace, journal, log, runs.load(journal, run_id))
        under_way.hold(lock)
        try:
            asyncio.run(_go(under_way, handed))
        finally:
            lock.release()
            log.close()
        # Whoever waits for the run has heard of its end by now.
        from workers.alerts.deliver import after_run

        after_run(workspace, journal, run_id)
    return 0


def _log(workspace: Workspace, journal: Journal, run_id: int) -> Log | None:
    """The log; a run does nothing that nobody could look up, so without one it ends."""
    try:
        return Log(workspace.log_path)
    except SegportError as error:
        cause = f"{error.message} Put {workspace.log_path.name} aside."
        with journal.writing() as db:
            runs.note(db, run_id, state=State.FAILED, cause=cause, failed_with=None,
                      ended_at=clock.now())  # fmt: skip
        return None


def _guarded(arguments: list[str]) -> int:
    """What nobody foresaw is told without its values; whoever looks then finds it interrupted."""
    try:
        return main(arguments)
    except SegportError as error:
        with suppress(OSError):  # the output file may lie on a disk that is full
            print(error, file=sys.stderr, flush=True)
    except Exception as error:  # noqa: BLE001 - the last door of this process
        _tell(error)
    return 1


async def _go(under_way: UnderWay, handed: str | None) -> None:
    loop = asyncio.get_running_loop()
    loop.set_default_executor(_threads())
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, under_way.stopping.ask, "the process was asked to end")
    try:
        await Course(under_way, handed).follow()
    except SegportError as error:
        _end(under_way, str(error), error.exit_code)
    except Exception as error:  # noqa: BLE001 - the journal must know how every run ended
        _end(under_way, f"Segport failed ({type(error).__name__}); nothing sent is lost.")
        _tell(error)


def _threads() -> ThreadPoolExecutor:
    """Threads that run already: one that has no memory to begin leaves its starter waiting for ever."""
    threads = ThreadPoolExecutor(_THREADS)
    all_here = threading.Barrier(_THREADS)
    list(threads.map(lambda _: all_here.wait(), range(_THREADS)))
    return threads


def _end(under_way: UnderWay, cause: str, code: int | None = None) -> None:
    """End as failed, if that can be noted.

    On a disk that is full it cannot: whoever looks then finds the run interrupted, and resumes it.
    """
    try:
        under_way.end(State.FAILED, cause, code)
    except SegportError as error:
        with suppress(OSError):  # the output file may lie on the same disk
            print(*dict.fromkeys((cause, str(error))), file=sys.stderr, flush=True)


def _tell(error: BaseException) -> None:
    """Into the run's own private output file: where it happened, without any value."""
    import traceback

    with suppress(OSError):  # as above
        for frame in traceback.extract_tb(error.__traceback__):
            print(f"{frame.filename}:{frame.lineno} in {frame.name}", file=sys.stderr)
        print(type(error).__name__, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(_guarded(sys.argv[1:]))
