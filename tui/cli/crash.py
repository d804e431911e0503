"""What is kept of an unexpected error: where it happened, never what was being handled."""

from __future__ import annotations

import os
import platform
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path

from store.errors import SegportError
from tui.cli.version import VERSION


def keep(error: BaseException, folder: Path | None = None) -> Path | None:
    """Write a report that only this account can read; None if it cannot be written.

    Args:
        error: what was raised.
        folder: where; otherwise that of the workspace this process was started in.

    It holds files, lines and kinds of error. Messages and local variables are left out: they may
    quote a customer's data.
    """
    moment = datetime.now(UTC)
    try:
        folder = folder or _folder()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = folder / f"crash-{moment:%Y%m%d-%H%M%S}-{os.getpid()}.txt"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace") as file:
            file.write(f"segport {VERSION}, Python {platform.python_version()}, {sys.platform}\n")
            file.write(f"{moment.isoformat(timespec='seconds')}\n\n")
            file.write(_told(error))
    except OSError:
        return None
    return path


def _folder() -> Path:
    from store import workspace as workspaces
    from tui.cli.place import named_workspace

    try:
        return workspaces.find(named_workspace()).state
    except (SegportError, OSError):
        import platformdirs

        return platformdirs.user_state_path("segport")


def _told(error: BaseException) -> str:
    parts: list[str] = []
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        frames = traceback.StackSummary.extract(
            traceback.walk_tb(current.__traceback__), capture_locals=False
        )
        kind = f"{type(current).__module__}.{type(current).__qualname__}"
        parts.append("".join(frames.format()) + f"{kind}\n")
        current = current.__cause__ or current.__context__
    return "\nwhile handling\n\n".join(reversed(parts))
