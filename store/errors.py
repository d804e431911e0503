"""Every error an operator can meet.

SegportError                 exit 1
├── UsageError               exit 2   what was asked for cannot be
│   ├── NotFound             exit 2   no such workspace, connection, export, segment, run
│   └── Faults               exit 2   several things are wrong with it at once
├── ConfigurationError       exit 2   a file of the workspace is wrong
├── SegmentError             exit 2   a segment's data cannot be read or used
├── StorageError             exit 1   disk full, not writable, damaged history
│   └── Locked               exit 75  another process holds it for longer than one waits
├── KeyProblem               exit 1   the API key is missing or may not be read
├── DestinationError         exit 1   the destination did not do what was asked
├── Stopped                  exit 4   a guard stopped it, or it waits for approval
├── NotPermitted             exit 5   this operator may not do this
└── Busy                     exit 75  somebody else is at it; try later
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar


class SegportError(Exception):
    """Something an operator must know.

    Attributes:
        message: one sentence saying what is wrong, without a customer's data in it.
        hint: what to do about it; may be empty.
        about: the part of what was asked for that is wrong, as an action calls it, such as "name";
            empty where it is no single one.
    """

    exit_code: ClassVar[int] = 1
    about: str = ""

    def __init__(self, message: str, hint: str = "", *, about: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.about = about or self.about

    @property
    def parts(self) -> Sequence[SegportError]:
        """Each thing that is wrong; itself, where it is one."""
        return (self,)

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class UsageError(SegportError):
    """What was asked for cannot be done as asked."""

    exit_code = 2


class NotFound(UsageError):
    """There is nothing of that name."""


class Faults(UsageError):
    """Several things are wrong with what was asked for, and all of them are told."""

    def __init__(self, parts: Sequence[SegportError]) -> None:
        super().__init__(" ".join(str(part) for part in parts))
        self._parts = tuple(parts)

    @property
    def parts(self) -> Sequence[SegportError]:
        """Each of them."""
        return self._parts


def refuse(faults: Sequence[SegportError]) -> None:
    """Raise what is wrong, all of it; nothing, where nothing is."""
    if faults:
        raise faults[0] if len(faults) == 1 else Faults(faults)


class ConfigurationError(SegportError):
    """A file of the workspace is wrong."""

    exit_code = 2


class SegmentError(SegportError):
    """A segment's data cannot be read, or does not hold what an export needs."""

    exit_code = 2


class StorageError(SegportError):
    """What Segport keeps cannot be written or read."""


class Locked(StorageError):
    """What Segport keeps is held by another process, for longer than is waited for."""

    exit_code = 75


class KeyProblem(SegportError):
    """The API key is missing, or the place it is kept in is not safe."""

    about = "key"


class DestinationError(SegportError):
    """The destination did not do what was asked of it."""


class Stopped(SegportError):
    """A guard stopped the run, or the run waits for approval."""

    exit_code = 4


class NotPermitted(SegportError):
    """This operator may not do this."""

    exit_code = 5


class Busy(SegportError):
    """Somebody else is at it."""

    exit_code = 75
