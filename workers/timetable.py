"""Timetables: when the next request may leave, kept for one process or shared by several.

The shared one is a small file: which boot it belongs to, the time of the next slot, a count, and a
ring of the last times of sending. Times are `CLOCK_MONOTONIC`, which all processes of a machine
read alike until it is booted again. The file's lock is held for microseconds and never waited for.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import struct
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from store.errors import StorageError

CAPACITY: Final = 16_384
"""Times of sending that a shared timetable remembers."""

_HEADER: Final = struct.Struct("<16sdQ")
_MOMENT: Final = struct.Struct("<d")
_RING: Final = 64
_SIZE: Final = _RING + CAPACITY * _MOMENT.size
# No pause is longer than 300 s, so a slot further away than this was left by another boot.
_FARTHEST: Final = 600.0
_LOCK_RETRY: Final = 0.001
_BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast one process may send.

    Attributes:
        interval: seconds between two slots.
        lateness: how late a slot may be used without moving the ones after it.
        most: how many sends may fall
        window: into any so many seconds.
    """

    interval: float
    lateness: float
    most: int
    window: float


class Timetable(Protocol):
    """What a pacer asks for slots."""

    def claim(self, now: float, pace: Pace, not_before: float) -> float | None:
        """Take the slot that is due and return None; or return when to ask again."""

    def push(self, until: float) -> None:
        """Let nobody send before `until`."""

    def close(self) -> None:
        """Let go of the file, if there is one."""


class PrivateTimetable:
    """A timetable for one process."""

    def __init__(self, most: int) -> None:
        self._next = float("-inf")
        self._sent: deque[float] = deque(maxlen=most)

    def claim(self, now: float, pace: Pace, not_before: float) -> float | None:
        """Take the slot that is due and return None; or return when to ask again."""
        sent = self._sent
        due = max(self._next, not_before)
        if len(sent) == pace.most:
            due = max(due, sent[0] + pace.window)
        if now < due:
            return due
        self._next = _following(self._next, now, pace)
        sent.append(now)
        return None

    def push(self, until: float) -> None:
        """Send nothing before `until`."""
        self._next = max(self._next, until)

    def close(self) -> None:
        """Nothing to let go of."""


class SharedTimetable:
    """A timetable in a file, for every process that sends with one key."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._boot = _boot_mark()
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        try:
            self._file = os.open(path, flags, 0o600)
        except OSError as error:
            raise self._unusable(error) from error
        try:
            _reserve(self._file)
        except OSError as error:
            os.close(self._file)
            raise self._unusable(error) from error

    def claim(self, now: float, pace: Pace, not_before: float) -> float | None:
        """Take the slot that is due and return None; or return when to ask again."""
        with self._locked() as mine:
            if not mine:
                return now + _LOCK_RETRY
            following, count = self._read(now, pace.interval)
            due = max(following, not_before)
            if count >= pace.most:
                due = max(due, self._sent(count - pace.most, now) + pace.window)
            if now < due:
                if following < not_before:
                    self._write(not_before, count)
                return due
            place = _RING + _MOMENT.size * (count % CAPACITY)
            os.pwrite(self._file, _MOMENT.pack(now), place)
            self._write(_following(following, now, pace), count + 1)
        return None

    def push(self, until: float) -> None:
        """Let no process send before `until`.

        If another process has the file at this very moment, the caller's next claim says it again.
        """
        with self._locked() as mine:
            if mine:
                following, count = self._read(until, 0.0)
                self._write(max(following, until), count)

    def close(self) -> None:
        """Let go of the file; the others go on sharing it."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _read(self, now: float, interval: float) -> tuple[float, int]:
        raw = os.pread(self._file, _HEADER.size, 0)
        if len(raw) < _HEADER.size:
            return float("-inf"), 0
        boot, following, count = _HEADER.unpack(raw)
        if boot != self._boot:
            return float("-inf"), 0
        if not following <= now + _FARTHEST + 2 * interval:
            return float("-inf"), count
        return following, count

    def _sent(self, number: int, now: float) -> float:
        raw = os.pread(self._file, _MOMENT.size, _RING + _MOMENT.size * (number % CAPACITY))
        if len(raw) < _MOMENT.size:
            # Cut off by somebody: the slots still keep the rate.
            return float("-inf")
        moment: float = _MOMENT.unpack(raw)[0]
        return moment if moment <= now else float("-inf")

    def _write(self, following: float, count: int) -> None:
        os.pwrite(self._file, _HEADER.pack(self._boot, following, count), 0)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[bool]:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        try:
            yield True
        except OSError as error:
            raise self._unusable(error) from error
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def _unusable(self, error: OSError) -> StorageError:
        return StorageError(
            f"The pace file {self._path.name} cannot be used ({error.strerror or error}).",
            "Look at the permissions and the free space of the workspace.",
        )


def _following(following: float, now: float, pace: Pace) -> float:
    """The slot after the one used now: on schedule, or counted from now after a stall."""
    return (following if now - following <= pace.lateness else now) + pace.interval


def _reserve(file: int) -> None:
    """Take the file's space now, so that a full disk is met here and not in mid-run."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(file, 0, _SIZE)
    elif os.fstat(file).st_size < _SIZE:
        os.ftruncate(file, _SIZE)


def _boot_mark() -> bytes:
    try:
        boot = _BOOT_ID.read_bytes()
    except OSError:
        boot = b""  # no such thing here; times out of range are then the only sign
    return hashlib.sha256(boot).digest()[:16]
