"""Numbers of runs: none is given twice, though the journal was removed or put back from a backup.

A run's folder, its lock and its log lines go by its number, and outlive a journal that is replaced.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from store import locks
from store.errors import Busy
from store.figures import many
from store.journal import runs

if TYPE_CHECKING:
    from store.journal.runs import Run
    from store.journal.schema import Journal
    from store.workspace import Workspace


def following(workspace: Workspace, journal: Journal) -> int:
    """The number of the next run.

    Raises:
        Busy: a run that the journal does not know is still at work.
    """
    row = journal.row("select coalesce(max(id), 0) as newest from run")
    newest = int(row["newest"]) if row else 0
    for path in workspace.locks_folder.glob("run-*.lock"):
        named = path.stem.removeprefix("run-")
        number = int(named) if named.isdecimal() else 0
        if number > newest and locks.is_held(path):
            raise Busy(
                f"A run {number} that the journal does not know is still at work.",
                "Wait until it has ended; the journal was replaced under it.",
            )
    folders = (int(path.name) for path in workspace.runs_folder.iterdir() if path.name.isdecimal())
    return max(newest, *folders, 0) + 1


def warnings(journal: Journal, run: Run) -> list[str]:
    """What to say where runs since the export's last one are not in the journal any more."""
    missing = runs.missing_before(journal, run)
    if not missing:
        return []
    which = many(missing, "run of this workspace is", "runs of this workspace are")
    told = (
        f"{which} not in the journal, as after a backup was put back: what was sent there and had "
        "not been settled is unknown, and is sent again."
    )
    return [told]
