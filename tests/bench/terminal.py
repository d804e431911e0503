"""A pseudo-terminal of 80x24 that an app runs in, read as fast as a line carries, byte by byte."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import statistics
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.bench.figures import spread
from tests.bench.house import ROOT

COLUMNS, ROWS = 80, 24
# Whether the terminal can hold back a frame until it is whole; one that can answers.
_ASKS_SYNC, _KNOWS_SYNC = b"\x1b[?2026$p", b"\x1b[?2026;2$y"


@dataclass(frozen=True)
class Answer:
    """Milliseconds from a key to its answer on the screen.

    Attributes:
        clock: all of them.
        line: those in which the app's main thread stood in line for a core.
        cores: what all its threads spent on cores meanwhile.
    """

    clock: float
    line: float
    cores: float

    @property
    def own(self) -> float:
        """What is left of it on a machine that nobody else uses, at most."""
        return self.clock - self.line


def told(answers: Sequence[Answer]) -> str:
    """Several answers in words."""
    clock, own = [each.clock for each in answers], [each.own for each in answers]
    cores = statistics.median(each.cores for each in answers)
    return (
        f"{spread(own, 'ms', 0)}; with waiting for a core {statistics.median(clock):.0f} ms; "
        f"{cores:.0f} ms of cores"
    )


class Terminal:
    """An app in a terminal of its own.

    Args:
        words: the command.
        line: bytes a second that its output is read at; None for as fast as it comes.
    """

    def __init__(self, words: Sequence[str | Path], *, line: float | None = None) -> None:
        self._line = line
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        environ = {
            "PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), "LANG": "C.UTF-8",
            "TERM": "xterm-256color", "SEGPORT_NO_KEYRING": "1",
        }  # fmt: skip
        self.began = time.perf_counter()
        self._process = subprocess.Popen(
            words, stdin=theirs, stdout=theirs, stderr=theirs, env=environ, cwd=ROOT,
            start_new_session=True,
        )  # fmt: skip
        os.close(theirs)
        self._free_at = 0.0
        self._got = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._ours)

    def answer(self, key: str, words: str) -> Answer:
        """Press a key and wait for these words."""
        stood, cores = self._stood(), self.cores()
        began = self.press(key)
        ended = self.until(words)
        stood, cores = self._stood() - stood, self.cores() - cores
        return Answer((ended - began) * 1000, stood * 1000, cores * 1000)

    def cores(self) -> float:
        """Seconds that all threads of the app spent on a core, so far."""
        tasks = Path(f"/proc/{self._process.pid}/task").iterdir()
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9

    def _stood(self) -> float:
        """Seconds that the app's main thread stood in line for a core, so far."""
        pid = self._process.pid
        line = Path(f"/proc/{pid}/task/{pid}/schedstat").read_text(encoding="ascii")
        return int(line.split()[1]) / 1e9

    def press(self, key: str) -> float:
        """Press a key; the moment at which that was."""
        self._got = b""
        at = time.perf_counter()
        os.write(self._ours, key.encode())
        return at

    def until(self, marker: str, seconds: float = 20.0) -> float:
        """Read until these words have come since the last key; the moment at which they had."""
        end = time.perf_counter() + seconds
        while marker.encode() not in self._got:
            left = end - time.perf_counter()
            if left <= 0:
                told = self._got[-600:]
                raise AssertionError(f"{marker!r} did not come in {seconds:g} s: {told!r}")
            self._got += self._some(left)
        return time.perf_counter()

    def quiet(self, seconds: float = 0.5, at_most: float = 20.0) -> tuple[float, bytes]:
        """Read until nothing has come for so long; the moment of the last byte, and what came.

        Where nothing comes at all, that moment is the one at which it began to listen.
        """
        last, got = time.perf_counter(), b""
        end = last + at_most
        while time.perf_counter() < end:
            some = self._some(seconds)
            if not some:
                return last, got
            last, got = time.perf_counter(), got + some
        raise AssertionError(f"no rest within {at_most:g} s")

    def read(self, seconds: float) -> int:
        """Read for so long; how many bytes came."""
        count = 0
        end = time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            count += len(self._some(left))
        return count

    def _some(self, seconds: float) -> bytes:
        """What there is, or comes within so many seconds; no sooner than the line would carry it."""
        if self._line is not None:
            time.sleep(max(0.0, min(seconds, self._free_at - time.perf_counter())))
        if not select.select([self._ours], [], [], seconds)[0]:
            return b""
        some = b""
        with suppress(OSError):
            # A slow line is read in pieces of about 10 ms.
            some = os.read(self._ours, 65536 if self._line is None else int(self._line / 100))
        if not some:
            raise AssertionError("the app has ended")
        if _ASKS_SYNC in some:
            os.write(self._ours, _KNOWS_SYNC)
        if self._line is not None:
            self._free_at = max(self._free_at, time.perf_counter()) + len(some) / self._line
        return some


def segport(workspace: Path, *, line: float | None = None) -> Terminal:
    """The app on a workspace."""
    return Terminal([sys.executable, "-m", "tui.cli", "-w", workspace], line=line)
