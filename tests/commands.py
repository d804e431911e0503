"""`segport` in a process of its own, as people start it, a hundred times a minute.

Python and what a command imports take most of a short command's time. So every process here is forked
from one that has imported all of it; from there on it is a process like any other, with the standard
streams, the environment and the folder that it is given. What is about the start itself (streams,
signals, locales, what is imported) starts `python -m tui.cli` instead.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import pkgutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from pathlib import Path

ROOT = Path(__file__).parents[1]
# What commands import when they need it.
_IMPORTED = ("tui.cli", "workers.actions", "workers.plan", "workers.destinations", "store")


def segport(
    *arguments: str,
    env: dict[str, str] | None = None,
    typed: str = "",
    cwd: Path = ROOT,
    timeout: float = 90,
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end.

    Args:
        arguments: what follows `segport`.
        env: all of its environment; this process's without the keyring, unless told otherwise.
        typed: its standard input, which is no terminal.
        cwd: the folder that it runs in.
        timeout: in seconds, after which it is killed.

    Raises:
        subprocess.TimeoutExpired: it did not end in time.
    """
    environ = os.environ | {"SEGPORT_NO_KEYRING": "1"} if env is None else env
    asked = {"arguments": arguments, "environ": environ, "folder": str(cwd)}
    # Files, since a pipe would stay open for as long as a run that was started holds it.
    with (
        tempfile.TemporaryFile() as given,
        tempfile.TemporaryFile() as out,
        tempfile.TemporaryFile() as error,
    ):
        given.write(typed.encode())
        given.seek(0)
        code = _forker().fork(asked, [each.fileno() for each in (given, out, error)], timeout)
        told = []
        for each in (out, error):
            each.seek(0)
            told.append(each.read().decode())
    return subprocess.CompletedProcess(["segport", *arguments], code, *told)


class _Forker:
    """The process that has imported everything, seen from outside."""

    def __init__(self) -> None:
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, __file__, str(theirs.fileno())],
                cwd=ROOT,
                env=os.environ | {"PYTHONPATH": str(ROOT)},
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )
        self._turn = threading.Lock()
        atexit.register(self._end)

    def _end(self) -> None:
        self._socket.close()
        self._process.wait()

    def fork(self, asked: dict[str, object], streams: list[int], timeout: float) -> int:
        """One command; returns its exit code, below zero for the signal that killed it."""
        with self._turn:
            self._socket.settimeout(60)
            socket.send_fds(self._socket, [json.dumps(asked).encode()], streams)
            process = int(self._socket.recv(100))
            self._socket.settimeout(timeout)
            try:
                return int(self._socket.recv(100))
            except TimeoutError as error:
                os.kill(process, signal.SIGKILL)
                self._socket.settimeout(60)
                self._socket.recv(100)
                raise subprocess.TimeoutExpired(str(asked["arguments"]), timeout) from error


_found: list[_Forker] = []


def _forker() -> _Forker:
    if not _found:
        _found.append(_Forker())
    return _found[0]


def serve(orders: socket.socket) -> None:
    """Fork a process for each order, until whoever gives them has gone."""
    _import_all()
    gc.collect()
    gc.freeze()
    while True:
        told, streams, _, _ = socket.recv_fds(orders, 1_000_000, 3)
        if not told:
            return
        process = os.fork()
        if process == 0:
            orders.close()
            _become(json.loads(told), streams)
        for stream in streams:
            os.close(stream)
        orders.send(str(process).encode())
        _, status = os.waitpid(process, 0)
        orders.send(str(os.waitstatus_to_exitcode(status)).encode())


def _import_all() -> None:
    for name in _IMPORTED:
        package = importlib.import_module(name)
        for module in pkgutil.walk_packages(package.__path__, f"{name}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)


def _become(asked: dict[str, object], streams: list[int]) -> None:
    """Be the process of a command; never returns."""
    for place, stream in enumerate(streams):
        os.dup2(stream, place)
        os.close(stream)
    sys.stdin, sys.stdout, sys.stderr = (
        os.fdopen(place, mode, encoding="utf-8", errors=errors)
        for place, mode, errors in (
            (0, "r", "strict"),
            (1, "w", "strict"),
            (2, "w", "backslashreplace"),
        )
    )
    os.environ.clear()
    os.environ.update(asked["environ"])
    time.tzset()
    os.chdir(asked["folder"])
    sys.argv = ["segport", *asked["arguments"]]
    code = 1
    try:
        from tui.cli import main

        code = main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001 - as the interpreter does, for the test to find
        traceback.print_exc()
    finally:
        threading._shutdown()
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(code)


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
