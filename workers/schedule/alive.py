"""Whether a scheduler is alive: by its lock and its newest look, never by a process id."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, Literal

from store import locks
from store.journal import occurrences

if TYPE_CHECKING:
    from pathlib import Path

    from store.journal.schema import Journal
    from store.workspace import Workspace

Life = Literal["alive", "stuck", "cron", "none"]

# The lasting scheduler writes down a look at least this often; cron may come every few minutes.
LOOK_AT_LEAST: Final = timedelta(seconds=30)
_STUCK_AFTER: Final = timedelta(minutes=3)
_CRON_WITHIN: Final = timedelta(minutes=20)


@dataclass(frozen=True, slots=True)
class SchedulerLife:
    """Whether anybody looks for what is due.

    Attributes:
        life: "alive", "stuck" (its process is there and does not look), "cron" (`schedule due`
            looked lately) or "none".
        looked_at: the newest look of any scheduler; None if there never was one.
        began_at: since when the lasting one runs.
    """

    life: Life
    looked_at: datetime | None = None
    began_at: datetime | None = None

    @property
    def alive(self) -> bool:
        """Whether what is due will be started."""
        return self.life in {"alive", "cron"}

    @property
    def words(self) -> str:
        """For a status line."""
        return {
            "alive": "scheduler alive",
            "stuck": "scheduler stuck",
            "cron": "scheduler by cron",
            "none": "no scheduler",
        }[self.life]

    @property
    def told(self) -> str:
        """The same in a sentence, for a command."""
        looked = f"{self.looked_at.astimezone():%d %b %H:%M}" if self.looked_at else "never"
        if self.life == "none":
            return f"none is running; last look: {looked}"
        if self.life == "stuck":
            return f"its process is there but has not looked since {looked}; restart it"
        if self.life == "cron":
            return f"`segport schedule due` looked {looked}"
        began = f" since {self.began_at.astimezone():%d %b %H:%M}" if self.began_at else ""
        return f"alive{began}"


def lock_path(workspace: Workspace) -> Path:
    """What the lasting scheduler holds exactly while it lives."""
    return workspace.locks_folder / "scheduler.lock"


def scheduler_alive(
    workspace: Workspace, journal: Journal, now: datetime | None = None
) -> SchedulerLife:
    """Whether a scheduler of this workspace is alive; cheap enough for a status line."""
    now = now or datetime.now(UTC)
    looks = occurrences.looks(journal)
    newest = looks[0].looked_at if looks else None
    lasting = next((look for look in looks if look.kind == "run"), None)
    if locks.is_held(lock_path(workspace)):
        # Between taking the lock and the first look there is a moment without a row.
        stuck = lasting is not None and abs(now - lasting.looked_at) > _STUCK_AFTER
        began = lasting.began_at if lasting else None
        return SchedulerLife("stuck" if stuck else "alive", newest, began)
    by_cron = next((look for look in looks if look.kind == "due"), None)
    if by_cron is not None and abs(now - by_cron.looked_at) <= _CRON_WITHIN:
        return SchedulerLife("cron", newest)
    return SchedulerLife("none", newest)
