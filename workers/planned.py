"""The plan of a run under way: made and kept, and whether it may be sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from store import settings
from store.figures import many
from store.journal import clock, reached
from store.journal.runs import State
from workers import numbers
from workers.plan import people
from workers.plan.prepare import plan_run
from workers.plan.report import PlanReport
from workers.seams import seam
from workers.settle import settle_all

if TYPE_CHECKING:
    from store.journal.runs import Run
    from workers.destinations.autopilot import Autopilot
    from workers.under_way import UnderWay


async def plan(under_way: UnderWay, destination: Autopilot) -> PlanReport:
    """Settle what earlier runs left, then plan and freeze."""
    run, journal, workspace = under_way.run, under_way.journal, under_way.workspace
    under_way.note(state=State.PLANNING, heartbeat=clock.now())
    for number in settle_all(workspace, journal, run.export_id):
        under_way.say(f"Settled run {number}.")
    under_way.say("Planning.")
    report = await plan_run(
        workspace,
        journal,
        settings.load(workspace),
        run.frozen.export,
        run.frozen.connection,
        run.options,
        destination,
        workspace.run_folder(run.id),
        lambda duck, folder, _: people.index(duck, folder),
    )
    report.warnings += numbers.warnings(journal, run)
    seam("planned")
    _keep(under_way, report)
    with journal.writing() as connection:
        reached.note(connection, run.connection_slug)
    sends = f"{report.to_send:,} to send in {report.takes}" if report.to_send else "nothing to send"
    under_way.say(
        f"Planned: {many(report.rows, 'row')}, {many(report.contacts, 'contact')}, {sends}."
    )
    for warning in report.warnings:
        under_way.say(warning, "warning")
    return report


def report_of(run: Run) -> PlanReport:
    """The plan as it was kept."""
    return msgspec.convert(run.plan, PlanReport)


def may_be_sent(under_way: UnderWay, report: PlanReport) -> bool:
    """The limit refuses; guards, and a plan other than the one looked at, wait for approval."""
    if report.refused:
        under_way.end(State.SKIPPED, report.refused)
        return False
    reasons = list(report.guards)
    seen = under_way.run.options.plan_seen
    if seen is not None and seen != report.digest:
        reasons.append("The plan is no longer the one that was looked at.")
    if reasons and under_way.run.approved_by is None:
        if under_way.stopping.is_due():
            under_way.end_stopped()
            return False
        for reason in reasons:
            under_way.say(reason, "warning")
        under_way.end(State.NEEDS_APPROVAL, " ".join(reasons))
        return False
    return True


def _keep(under_way: UnderWay, report: PlanReport) -> None:
    under_way.note(
        plan=msgspec.json.encode(report).decode(),
        plan_digest=report.digest,
        account=report.account,
        to_send=report.to_send,
        requests_planned=report.requests,
    )
