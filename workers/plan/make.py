"""Makes a plan: reads, cleans, compares, freezes and counts. Nothing is sent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from store import ledger
from store.duck import explained, session
from store.figures import many
from workers import guards
from workers.plan import distinct
from workers.plan.compare import Comparison
from workers.plan.freeze import EXCLUDED, PLAN, WORKING, first, freeze
from workers.plan.payload import Fed, check_matching, fed_fields
from workers.plan.report import Misfit, PlanReport
from workers.plan.retry import ONLY
from workers.plan.stage import Staged, stage
from workers.plan.suppress import no_addresses, suppress, suppressed_by
from workers.plan.tally import Tally
from workers.plan.targets import Targets

if TYPE_CHECKING:
    import duckdb

    from store.connections import Connection
    from store.exports import Export
    from store.journal.runs import Options
    from store.settings import Settings
    from store.workspace import Workspace
    from workers.plan.retry import Retry
    from workers.plan.survey import Survey


Peek: TypeAlias = "Callable[[duckdb.DuckDBPyConnection, Path, PlanReport], None]"


@dataclass(frozen=True, slots=True)
class Order:
    """What a plan is asked for.

    Attributes:
        survey: what the destination said; None when it was not asked.
        targets: the lists, worked out with the ledger's header and the survey.
        kept: where the ledger is.
        head: what the ledger says about itself; None where there is none to compare with.
        trust_ledger: False when the ledger is missing or not the one that the journal knows.
        previous: the last plan of this export.
        retry: whose rejects are sent, and nobody else.
    """

    workspace: Workspace
    settings: Settings
    export: Export
    connection: Connection
    options: Options
    survey: Survey | None
    targets: Targets
    kept: Path
    head: ledger.Header | None
    trust_ledger: bool
    previous: PlanReport | None
    retry: Retry | None = None


def make(order: Order, folder: Path, peek: Peek | None = None) -> PlanReport:
    """Freeze the plan into `folder` and say what is in it.

    Args:
        order: what is asked for.
        folder: where the plan goes; private to it.
        peek: looks at what was read and frozen while the connection is still open.

    Raises:
        SegmentError: a segment cannot be read or lacks a column.
        UsageError: the data matching cannot be sent.
    """
    check_matching(order.export)
    fields = fed_fields(order.export)
    try:
        report = _make(order, fields, folder, peek)
    except BaseException:
        # What is half made is of no use, holds customers, and fills a disk that may be full.
        _remove(folder, *WORKING, PLAN, EXCLUDED)
        raise
    _remove(folder, *WORKING)
    guards.refuse_empty(report, order)
    guards.warn(report, order, fields)
    guards.check(report, order)
    guards.refuse(report, order)
    return report


def _make(order: Order, fields: list[Fed], folder: Path, peek: Peek | None) -> PlanReport:
    with session(
        readable=[order.workspace.data, folder],
        files=[order.kept, *([order.retry.folder / PLAN] if order.retry else [])],
        scratch=folder,
    ) as connection:
        staged = stage(connection, order.workspace, order.settings, order.export, fields, folder)
        with explained("The plan"):
            distinct.prepare(connection, folder)
        files = suppress(connection, order.workspace, order.settings, order.export.fields["Email"])
        table = ledger.rows(order.kept) if order.head else ledger.NOTHING
        comparison = Comparison(
            table, order.targets.positions, order.targets.forgotten, order.options.full
        )
        freeze(connection, comparison, folder, _kept(connection, order))
        report = _report(connection, order, staged, table, files, folder)
        if order.retry is not None:
            order.retry.tell(connection, folder, report)
        if peek is not None:
            peek(connection, folder, report)
    return report


def _remove(folder: Path, *patterns: str) -> None:
    for pattern in patterns:
        for path in folder.glob(pattern):
            path.unlink(missing_ok=True)


def _kept(connection: duckdb.DuckDBPyConnection, order: Order) -> str:
    """Which contacts a run may send; see `freeze`."""
    if order.retry is not None:
        order.retry.load(connection)
        return ONLY
    return "" if order.options.limit is None else first(order.options.limit)


def _report(
    connection: duckdb.DuckDBPyConnection,
    order: Order,
    staged: Sequence[Staged],
    table: str,
    files: Sequence[str],
    folder: Path,
) -> PlanReport:
    tally = Tally(connection, folder)
    with explained("The plan"):
        report = tally.count(order.targets.titles, staged)
        report.lists, report.leavers = tally.lists(order.targets, order.survey, table)
        report.suppressed = suppressed_by(connection, files, folder)
    report.misfits = _misfits(staged)
    report.rate = order.connection.rate
    report.seconds = (report.requests + report.lists_to_make) / report.rate
    report.profile_limit = order.connection.profile_limit
    report.account = order.survey.account.email if order.survey else None
    report.checked = order.survey is not None
    lost = sum(segment.newest_unreadable for segment in staged)
    if lost:
        report.warnings.append(
            f"{many(lost, 'row has', 'rows have')} a {order.export.newest_by} that is neither date "
            f"nor number; {'it counts' if lost == 1 else 'they count'} as oldest."
        )
    report.warnings += no_addresses(connection)
    return report


def _misfits(staged: Sequence[Staged]) -> list[Misfit]:
    totals: dict[str, int] = {}
    for segment in staged:
        for name, rows in segment.misfits.items():
            totals[name] = totals.get(name, 0) + rows
    return [Misfit(name, rows) for name, rows in totals.items()]
