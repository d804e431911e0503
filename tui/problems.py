"""What went wrong last, with all that somebody who helps would ask for, and no customer in it."""

from __future__ import annotations

import platform
import sys
import traceback
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from store.errors import SegportError, StorageError

if TYPE_CHECKING:
    from pathlib import Path

    from store.workspace import Workspace


class OwnMistake(SegportError):
    """Segport itself is wrong. Says where, and no value: values are customers."""


def unforeseen(error: BaseException, folder: Path | None = None) -> SegportError:
    """What was raised and not foreseen, as a sentence: the machine said no, or Segport is wrong."""
    if isinstance(error, OSError):
        return StorageError(
            of_system(error), "Look at the permissions, the path and the free space."
        )
    return own_mistake(error, folder)


def of_system(error: OSError) -> str:
    """What the machine said to Segport."""
    what = f"{error.filename}: " if error.filename else ""
    return f"{what}{error.strerror or type(error).__name__}."


def own_mistake(error: BaseException, folder: Path | None = None) -> OwnMistake:
    """Name the kind of an unexpected error and the place in the code, and nothing else of it.

    Args:
        error: what was raised.
        folder: where a report of it is written, as `tui.cli.crash` says.
    """
    from tui.cli.crash import keep

    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {frames[-1].filename.rsplit('/', 1)[-1]}:{frames[-1].lineno}" if frames else ""
    report = keep(error, folder) if folder else None
    return OwnMistake(
        f"Segport made a mistake of its own ({type(error).__name__}{place}).",
        f"Nothing was sent by it; please report what is in {report}."
        if report
        else "Nothing was sent by it; please report that line.",
    )


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem as it was told.

    Attributes:
        message: what is wrong.
        hint: what to do about it; may be empty.
        details: kind, time, place, version and where the log is: lines of text.
    """

    message: str
    hint: str
    details: str

    @property
    def text(self) -> str:
        """All of it, for a clipboard."""
        return "\n".join(part for part in (self.message, self.hint, "", self.details) if part)


def problem_of(error: SegportError, where: str, workspace: Workspace) -> Problem:
    """Put an error into words.

    Args:
        error: what was raised.
        where: the screen that it was told on.
        workspace: whose log is named.
    """
    from tui.cli.version import VERSION

    cause = error.__cause__
    kind = type(error).__name__ + (f", from {type(cause).__name__}" if cause else "")
    # What a destination said is raw, and kept apart from our own sentence.
    said = getattr(error, "words", "")
    facts = {
        "Kind": kind,
        "It said": said,
        "Screen": where,
        "Time": datetime.now(UTC).isoformat(timespec="seconds"),
        "Segport": f"{VERSION}, Python {platform.python_version()}, {sys.platform}",
        "Workspace": str(workspace.root),
        "Log of runs": str(workspace.log_path),
        "Crash reports": str(workspace.state / "crash-*.txt"),
    }
    details = "\n".join(f"{name:<14} {value}" for name, value in facts.items() if value)
    return Problem(error.message, error.hint, details)
