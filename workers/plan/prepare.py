"""Everything a plan needs beside the rows: the destination's answers, the ledger, the last plan."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from store import ledger
from store.duck import session
from store.errors import DestinationError, Stopped
from store.figures import many
from workers.deliver.probe import Candidates, candidates, expected, remembered
from workers.destinations.accounts import same_account
from workers.destinations.address import origin_of
from workers.plan.make import Order, Peek, make
from workers.plan.report import PlanReport
from workers.plan.retry import retry_of
from workers.plan.survey import Survey, look, measure
from workers.plan.targets import assign
from workers.settle import LedgerAt, foreseen

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from store.connections import Connection
    from store.exports import Export
    from store.journal.runs import Options
    from store.journal.schema import Journal
    from store.settings import Settings
    from store.workspace import Workspace
    from workers.destinations.base import Destination


async def plan_run(
    workspace: Workspace,
    journal: Journal,
    settings: Settings,
    export: Export,
    connection: Connection,
    options: Options,
    destination: Destination | None,
    folder: Path,
    peek: Peek | None = None,
) -> PlanReport:
    """Ask the destination, look at the ledger, and freeze the plan into `folder`.

    A `destination` of None plans without asking it. For `peek` see `make`.

    Raises:
        Stopped: the ledger belongs to another account, or a list is not clear.
        DestinationError: the destination cannot be asked, or does not say whose account it is.
    """
    survey = None
    if destination is not None:
        survey = await look(destination, custom_fields=bool(export.custom_fields))
    known = foreseen(workspace, journal, export.id, folder)
    found = _header(known, folder)
    trusted = _is_trusted(known, export, found)
    # Another export's knows nothing of this one; an older one of its own still knows its lists.
    head = found if found is not None and found.export_id == export.id else None
    if head is not None:
        _refuse_foreign(head, connection, survey)
    targets = assign(export.segments, head.lists if head else [], survey.lists if survey else None)
    asks = False
    if destination is not None and survey is not None:
        await measure(destination, survey, targets)
        account = survey.account.email or ""
        asks = remembered(journal, destination.origin, account) is None
    order = Order(
        workspace, settings, export, connection, options, survey, targets,
        known.path, head if trusted else None, trusted, _previous(journal, export),
        retry_of(workspace, journal, options),
    )  # fmt: skip
    specimens = Candidates(0, 0, 0)

    def look_on(duck: DuckDBPyConnection, folder: Path, report: PlanReport) -> None:
        nonlocal specimens
        if asks:
            specimens = candidates(duck, folder, full=options.full)
        if peek is not None:
            peek(duck, folder, report)

    # In a thread, so that a heartbeat and a cancellation come through while DuckDB works.
    report = await asyncio.to_thread(make, order, folder, look_on)
    report.anew = not trusted
    if destination is not None and report.to_send and not report.refused:
        report.tries = await expected(destination, specimens)
        report.requests += report.tries
        report.seconds += report.tries / report.rate
    if not options.full:
        _warn_of_unfinished(journal, export, report)
    return report


def _warn_of_unfinished(journal: Journal, export: Export, report: PlanReport) -> None:
    """A run with --full that stopped leaves people whom a plan by the ledger has no reason to send."""
    row = journal.row(
        """select id, to_send - accepted - rejected as pending, over,
               json_extract(options, '$.full') as full
           from run where export_id = ? and began_at is not null order by id desc limit 1""",
        export.id,
    )
    if row is not None and row["full"] and row["pending"] > 0:
        how = (
            "A run with --full sends them."
            if row["over"]
            else f"`segport run resume {row['id']}` goes on."
        )
        report.warnings.append(
            f"Run {row['id']} was to send everything again and has "
            f"{many(row['pending'], 'contact')} pending, not part of this plan. {how}"
        )


def _header(known: LedgerAt, folder: Path) -> ledger.Header | None:
    if not known.path.exists():
        return None
    with session(readable=[folder], files=[known.path], scratch=folder) as connection:
        return ledger.header(connection, known.path)


def _refuse_foreign(head: ledger.Header, connection: Connection, survey: Survey | None) -> None:
    hint = "Forget what was sent there with `segport export reset`, then run again."
    origin = origin_of(connection.base_url)
    if head.origin != origin:
        raise Stopped(f"The ledger of this export speaks of {head.origin}, not of {origin}.", hint)
    if survey is None or head.account is None:
        return
    account = survey.account.email
    if account is None:
        raise DestinationError(
            f"{origin} does not say whose account the key opens; the ledger of this export speaks of "
            f"{head.account}.", "Try again; if it stays so, ask the service.",
        )  # fmt: skip
    if not same_account(account, head.account):
        raise Stopped(
            f"The key opens the account {account}; the ledger of this export speaks of {head.account}.", hint,
        )  # fmt: skip


def _is_trusted(known: LedgerAt, export: Export, head: ledger.Header | None) -> bool:
    """Whether the ledger is the one that was written last."""
    if head is not None and head.export_id != export.id:
        return False
    return known.token is None or (head is not None and head.token == known.token)


def _previous(journal: Journal, export: Export) -> PlanReport | None:
    row = journal.row(
        """select plan from run where export_id = ? and plan is not null
           and state in ('successful', 'completed with rejects') order by id desc limit 1""",
        export.id,
    )
    return msgspec.json.decode(row["plan"], type=PlanReport) if row else None
