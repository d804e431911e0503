"""A retry: of today's contacts, only those that an earlier run got rejected.

They are known by their address, as everybody is. The plan is made of all rows as ever, with the data
of now, and compared with the ledger; then everybody else is held back. So nobody is sent again who was
accepted meanwhile, and the sums of the plan hold.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from store.errors import UsageError
from store.figures import many
from store.journal import delivery, runs
from workers.plan import frozen

if TYPE_CHECKING:
    import duckdb

    from store.journal.runs import Options
    from store.journal.schema import Journal
    from store.workspace import Workspace
    from workers.plan.report import PlanReport

ONLY: Final = "email in (select email from retried)"
"""Which of the compared contacts are sent; see `freeze`."""


@dataclass(frozen=True, slots=True)
class Retry:
    """Whom a run got rejected: their numbers in its plan, which lies in `folder`."""

    run_id: int
    numbers: list[int]
    folder: Path

    def load(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Make the table `retried` of their addresses."""
        frozen.load(connection, "rejected_there", ("n",), ((n,) for n in self.numbers))
        connection.execute(
            f"""create temp table retried as
                select email from {frozen.rows(self.folder)}
                where n in (select n from rejected_there)"""
        )

    def tell(self, connection: duckdb.DuckDBPyConnection, folder: Path, report: PlanReport) -> None:
        """Say in the plan what becomes of them, and of everybody else."""
        row = connection.execute(
            f"""select count(*), count(*) filter (verdict = 'withheld'),
                    count(*) filter (verdict <> 'withheld' and not send)
                from {frozen.rows(folder)} where {ONLY}"""
        ).fetchone()
        there, withheld, settled = row or (0, 0, 0)
        gone = len(self.numbers) - there
        parts = [
            f"{many(report.to_send, 'is', 'are')} sent with {'its' if report.to_send == 1 else 'their'} data of now"
        ]
        if settled:
            parts.append(
                f"{settled:,} got through meanwhile and {'is' if settled == 1 else 'are'} not sent again"
            )
        if withheld:
            parts.append(f"{many(withheld, 'is', 'are')} suppressed now")
        if gone:
            parts.append(
                f"{many(gone, 'is', 'are')} in no segment under that address any more (a corrected address is a "
                "new contact, for the next ordinary run)"
            )
        report.warnings.insert(
            0, f"Retry of run {self.run_id}: of the {many(len(self.numbers), 'contact')} that it got "
            f"rejected, {', '.join(parts)}. Everybody else is left to the next ordinary run.",
        )  # fmt: skip


def retry_of(workspace: Workspace, journal: Journal, options: Options) -> Retry | None:
    """Whom a run is to retry, if it is a retry.

    Raises:
        UsageError: that run rejected nobody, or its plan is no longer kept.
    """
    if options.retry_of is None:
        return None
    run = runs.load(journal, options.retry_of)
    folder = workspace.run_folder(run.id)
    numbers = [reject.n for reject in delivery.rejects(journal, run.id)]
    if not run.rejected:
        raise UsageError(
            f"Run {run.id} got nobody rejected; there is nothing to retry.",
            "`segport run list` shows which runs got somebody rejected.",
        )
    if not numbers or not frozen.is_kept(folder):
        raise UsageError(
            f"The plan of run {run.id} is no longer kept, so nobody knows whom it got rejected.",
            "An ordinary run of the export sends them too.",
        )
    return Retry(run.id, numbers, folder)
