"""Who of an export is rejected: people by their address, each once, over all its runs.

A run sends again whom an earlier one got rejected. Counted by runs, a handful of people would be a
hundred percent of the next run, and over as soon as a run is about somebody else.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from store.errors import SegmentError
from store.journal import delivery, runs
from workers.plan import frozen
from workers.plan.compare import UNCHANGED, WITHHELD

if TYPE_CHECKING:
    from pathlib import Path

    from store.journal.runs import Run
    from store.journal.schema import Journal
    from store.workspace import Workspace

# Earlier runs that are looked through; each one sends the rejects of those before.
_MOST_RUNS: Final = 20


@dataclass(frozen=True, slots=True)
class Rejected:
    """What a run says of rejected people.

    Attributes:
        new: people rejected in it and in none before.
        again: people who had been before.
        sent: contacts with an outcome, without these.
    """

    new: int
    again: int
    sent: int


def in_run(workspace: Workspace, journal: Journal, run: Run) -> Rejected:
    """The people that a run got rejected, apart from those that it only tried again."""
    sent = run.accepted + run.rejected
    if not run.rejected:
        return Rejected(0, 0, sent)
    before = _addresses(workspace, journal, _before(journal, run))
    again = len(_addresses(workspace, journal, [run.id]) & before)
    return Rejected(run.rejected - again, again, sent - again)


def outstanding(workspace: Workspace, journal: Journal, run: Run, since: int) -> int | None:
    """How many people rejected since a run have not been accepted; None if that cannot be told.

    Whoever is suppressed by now is not waited for.

    Args:
        workspace: where the plans are.
        journal: where the rejects are.
        run: the newest run; it has come to its end.
        since: the run to begin with.
    """
    folder = workspace.run_folder(run.id)
    if not frozen.is_kept(folder):
        return None
    own = _addresses(workspace, journal, [run.id])
    earlier = [each for each in _before(journal, run) if each >= since]
    people = _addresses(workspace, journal, earlier) | own
    try:
        rows = frozen.ask(
            folder,
            f"""select email from {{plan}} where email in (select unnest(?::varchar[]))
                and (send or verdict in ('{UNCHANGED}', '{WITHHELD}'))""",
            list(people),
        )
    except SegmentError:
        return None
    settled = {email for (email,) in rows} - own
    return len(people - settled)


def began(journal: Journal, export_id: str, opened_at: str) -> Run | None:
    """The run that an alert about rejects was opened for."""
    row = journal.row(
        """select max(id) as id from run where export_id = ? and rejected > 0 and ended_at <= ?""",
        export_id,
        opened_at,
    )
    return runs.load(journal, row["id"]) if row is not None and row["id"] is not None else None


def _before(journal: Journal, run: Run) -> list[int]:
    rows = journal.rows(
        """select id from run where export_id = ? and id < ? and rejected > 0
           order by id desc limit ?""",
        run.export_id,
        run.id,
        _MOST_RUNS,
    )
    return [row["id"] for row in rows]


def _addresses(workspace: Workspace, journal: Journal, run_ids: Sequence[int]) -> set[str]:
    """The people that these runs got rejected, as far as their plans are kept and whole."""
    found: set[str] = set()
    for run_id in run_ids:
        folder = workspace.run_folder(run_id)
        # A plan that is damaged must not keep every later run from being judged.
        with suppress(SegmentError):
            if frozen.is_kept(folder):
                found |= _named(folder, [reject.n for reject in delivery.rejects(journal, run_id)])
    return found


def _named(folder: Path, numbers: Sequence[int]) -> set[str]:
    rows = frozen.ask(
        folder, "select email from {plan} where n in (select unnest(?::bigint[]))", list(numbers)
    )
    return {email for (email,) in rows}
