"""Lock files. A process holds a lock exactly while it lives: the kernel lets go with it."""

from __future__ import annotations

import fcntl
import os
from dataclasses import dataclass
from pathlib import Path

from store.errors import StorageError


@dataclass(slots=True)
class Lock:
    """A held lock; `descriptor` may be handed to a child, which then holds it too."""

    path: Path
    descriptor: int

    def sign(self, process: int | None = None) -> None:
        """Write into the file which process holds it, for `holder`; this one, if none is named."""
        self.clear()
        os.pwrite(self.descriptor, str(process or os.getpid()).encode(), 0)

    def clear(self) -> None:
        """Take out who held it before."""
        os.ftruncate(self.descriptor, 0)

    def is_in_place(self) -> bool:
        """Whether the file is where others look for it: a lock on one that was removed says nothing."""
        try:
            there = os.stat(self.path)  # noqa: PTH116 - asked before every request
        except OSError:
            return False
        held = os.fstat(self.descriptor)
        return (there.st_dev, there.st_ino) == (held.st_dev, held.st_ino)

    def release(self) -> None:
        """Let go of this process's hold."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1


def acquire(path: Path) -> Lock | None:
    """Take the lock at once, or return None: somebody else holds it."""
    while True:
        lock = _acquire(path)
        # Whoever held it may have removed the file between the opening and the locking.
        if lock is None or lock.is_in_place():
            return lock
        lock.release()


def _acquire(path: Path) -> Lock | None:
    try:
        path.parent.mkdir(mode=0o700, exist_ok=True)  # somebody may have tidied up
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StorageError(
            f"The lock file {path.name} cannot be made ({error.strerror}).",
            "Look at the permissions and the free space of the workspace.",
        ) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    lock = Lock(path, descriptor)
    lock.clear()
    return lock


def adopt(path: Path, descriptor: int) -> Lock:
    """Go on holding a lock that the parent process took; grandchildren shall not inherit it."""
    os.set_inheritable(descriptor, False)
    lock = Lock(path, descriptor)
    lock.sign()
    return lock


def is_held(path: Path) -> bool:
    """Whether a living process holds the lock. Looks with a shared lock and lets go at once."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    except OSError as error:
        raise StorageError(
            f"The lock file {path.name} cannot be read ({error.strerror})."
        ) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def holder(path: Path) -> int | None:
    """The process id of whoever adopted the lock and still holds it; None if nobody does."""
    if not is_held(path):
        return None
    try:
        return int(path.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None
