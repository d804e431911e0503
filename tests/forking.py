"""Processes that have their imports behind them: forked from one that has imported what they import.

Python and what Segport imports take most of a short process's time. From the fork on it is a process
of its own, with the standard streams, the environment and the folder that it is given. But its command
line and environment in /proc, its umask and limits are those of whoever forked it, `-I` is not in
force, nothing is imported late and nothing done at exit: what is about these, or about seams, which are
read when they are imported, starts Python instead.
"""

from __future__ import annotations

import atexit
import fcntl
import gc
import importlib
import json
import os
import pkgutil
import signal
import socket
import subprocess
import sys
import threading
import time
import traceback
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
# What processes import when they need it.
_IMPORTED = (
    "store", "tui.cli", "workers.actions", "workers.alerts", "workers.deliver",
    "workers.destinations", "workers.plan", "workers.run",
)  # fmt: skip
# And what these import only when they use it.
_LATE = (
    "anyio._backends._asyncio", "ctypes", "duckdb", "platformdirs.unix", "resource", "tomli_w",
    "workers.pacing", "workers.timetable",
)  # fmt: skip
# All that it needs to know of its surroundings; what a process is told comes with its order.
_PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR")


class Order(NamedTuple):
    """A process to be.

    Attributes:
        module: "tui.cli" or "workers.run".
        arguments: what follows its name.
        environ: all of its environment.
        folder: where it begins.
        descriptors: the numbers that it knows its files by, in the order in which they are handed over.
        follow: whether its end is waited for; else it has a session of its own.
    """

    module: str
    arguments: list[str]
    environ: dict[str, str]
    folder: str
    descriptors: list[int]
    follow: bool


class Forker:
    """The process that has imported everything, seen from outside."""

    def __init__(self) -> None:
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        environ = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, __file__, str(theirs.fileno())],
                cwd=ROOT,
                env=environ | {"PYTHONPATH": str(ROOT), "SEGPORT_NO_KEYRING": "1"},
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )
        self._turn = threading.Lock()
        self.usable = True
        atexit.register(self.end)

    def end(self) -> None:
        """Begin no more; what was begun to go on by itself does."""
        self.usable = False
        self._socket.close()
        self._process.wait()

    def begin(self, order: Order, files: list[int]) -> int:
        """Begin a process that goes on by itself; returns its number."""
        with self._one_at_a_time():
            return self._begin(order, files)

    def follow(self, order: Order, files: list[int], timeout: float) -> int:
        """Run a process to its end; returns its exit code, below zero for the signal that killed it.

        Raises:
            subprocess.TimeoutExpired: it did not end in time, in seconds, and was killed.
        """
        with self._one_at_a_time():
            process = self._begin(order, files)
            try:
                return self._hear("code", timeout)
            except TimeoutError as error:
                os.kill(process, signal.SIGKILL)
                raise subprocess.TimeoutExpired(order.arguments, timeout) from error

    @contextmanager
    def _one_at_a_time(self) -> Iterator[None]:
        """After whatever went wrong, an answer may still come that is to nothing asked since."""
        with self._turn:
            try:
                yield
            except BaseException:
                self.end()
                raise

    def _begin(self, order: Order, files: list[int]) -> int:
        socket.send_fds(self._socket, [json.dumps(order).encode()], files)
        return self._hear("process", 60)

    def _hear(self, what: str, timeout: float) -> int:
        self._socket.settimeout(timeout)
        told, number = self._socket.recv(100).decode().split()
        assert told == what
        return int(number)


_found: dict[str, Forker] = {}


def forker(module: str) -> Forker:
    """The one that begins processes of this module, since one that follows does nothing else."""
    if module not in _found or not _found[module].usable:
        _found[module] = Forker()
    return _found[module]


def serve(orders: socket.socket) -> None:
    """Fork a process for each order, until whoever gives them has gone."""
    sys.path.pop(0)  # the folder of this file
    _import_all()
    gc.collect()
    gc.freeze()
    left: list[int] = []
    while True:
        told, files, _, _ = socket.recv_fds(orders, 1_000_000, 10)
        if not told:
            return
        order = Order(*json.loads(told))
        process = os.fork()
        if process == 0:
            orders.close()
            _become(order, files)
        for file in files:
            os.close(file)
        orders.send(f"process {process}".encode())
        if order.follow:
            _, status = os.waitpid(process, 0)
            orders.send(f"code {os.waitstatus_to_exitcode(status)}".encode())
        else:
            left.append(process)
        left = [each for each in left if os.waitpid(each, os.WNOHANG) == (0, 0)]


def _import_all() -> None:
    for name in _IMPORTED:
        package = importlib.import_module(name)
        for module in pkgutil.walk_packages(getattr(package, "__path__", ()), f"{name}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    for name in _LATE:
        importlib.import_module(name)


def _become(order: Order, files: list[int]) -> None:
    """Be the process that was ordered; never returns."""
    code = 1
    try:
        _take_over(order, files)
        code = _main(order)
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001 - as the interpreter does, for the test to find
        traceback.print_exc()
    finally:
        threading._shutdown()
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(code)


def _take_over(order: Order, files: list[int]) -> None:
    """The streams, environment and folder of the process that was ordered."""
    if not order.follow:
        os.setsid()
    beyond = max(order.descriptors) + 1
    aside = [fcntl.fcntl(file, fcntl.F_DUPFD, beyond) for file in files]
    for number in [int(path.name) for path in Path("/proc/self/fd").iterdir()]:
        if number not in aside:
            with suppress(OSError):  # the one by which they were listed
                os.close(number)
    for file, number in zip(aside, order.descriptors, strict=True):
        os.dup2(file, number)
        os.close(file)
    sys.stdin, sys.stdout, sys.stderr = (
        os.fdopen(number, mode, encoding="utf-8", errors=errors, buffering=1)
        for number, mode, errors in (
            (0, "r", "strict"), (1, "w", "strict"), (2, "w", "backslashreplace"),
        )
    )  # fmt: skip
    os.environ.clear()
    os.environ.update(order.environ)
    time.tzset()
    os.chdir(order.folder)
    sys.argv = [order.module, *order.arguments]


def _main(order: Order) -> int:
    if order.module == "workers.run":
        from workers.run import _guarded

        return _guarded(order.arguments)
    from tui.cli import main

    return main()


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
