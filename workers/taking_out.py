"""Takes rows out of the frozen files of a run, by their numbers; the numbers of all others stay.

Which rows is in the journal, so anybody can go on where somebody was cut off, without the address.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from store import locks, private_files
from store.duck import PARQUET, explained, session
from store.errors import Busy
from store.journal import forgetting
from store.sql import quote_file, quote_text
from workers import launch
from workers.plan import people
from workers.plan.freeze import EXCLUDED, PLAN, ROW_GROUP
from workers.seams import seam

if TYPE_CHECKING:
    import duckdb

    from store.journal.schema import Journal
    from store.workspace import Workspace


def finish(workspace: Workspace, journal: Journal, run_id: int) -> None:
    """Take out of a run's files what the journal has marked there; nothing if nothing is.

    Raises:
        Busy: the run is under way.
    """
    numbers = forgetting.marked(journal).get(run_id)
    if not numbers:
        return
    lock = locks.acquire(launch.lock_path(workspace, run_id))
    if lock is None:
        raise busy(run_id)
    try:
        folder = workspace.run_folder(run_id)
        # The index first: without it the plan is looked through, with an old one it would lie.
        (folder / people.PEOPLE).unlink(missing_ok=True)
        seam("erasing")
        kept = [path for path in (folder / PLAN, folder / EXCLUDED) if path.exists()]
        if kept:
            with session(readable=[folder], scratch=folder) as connection, explained("The plan"):
                for path in kept:
                    _without(connection, path, numbers)
                    seam("erasing")
                people.index(connection, folder)
        with journal.writing() as db:
            forgetting.taken_out(db, run_id)
    finally:
        lock.release()


def busy(run_id: int) -> Busy:
    """Why nothing is erased now."""
    return Busy(
        f"Run {run_id} is under way and holds this address, or may.",
        "Nothing is erased under a run. Wait for its end, or stop it with "
        f"`segport run cancel {run_id}`; then forget again.",
    )


def _without(connection: duckdb.DuckDBPyConnection, path: Path, numbers: list[int]) -> None:
    fresh = path.with_name(f".{path.name}")
    connection.execute(
        f"""copy (select * from read_parquet({quote_file(path)})
                  where n not in ({", ".join(map(str, numbers))}))
            to {quote_text(str(fresh))}
            ({PARQUET}, row_group_size {ROW_GROUP})"""
    )
    private_files.put(fresh, path)
