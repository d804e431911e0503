"""Send the rejected contacts of a run again, once what was wrong with them is mended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store import exports
from store.documents import Broken
from store.errors import ConfigurationError, NotFound, UsageError
from store.journal.runs import Options
from workers.actions import exports as doors
from workers.actions import planning, runs
from workers.plan.retry import retry_of

if TYPE_CHECKING:
    from store.journal.runs import Run
    from workers.actions.desk import Desk
    from workers.plan.report import PlanReport


def start(desk: Desk, run_id: int) -> int:
    """Start a run of the same export that sends only what `run_id` got rejected; returns its number.

    It plans anew, so it sends today's data under today's data matching, and nobody who was accepted
    since.

    Raises:
        UsageError: the run is under way, its export is gone, it got nobody rejected, or its plan is
            no longer kept.
    """
    run, slug = _ready(desk, run_id)
    made = runs.start(desk, slug, Options(retry_of=run.id))
    desk.record("rejects retried", f"run {run.id}", f"by run {made}")
    return made


async def plan(desk: Desk, run_id: int) -> PlanReport:
    """What such a run would send now. Nothing is sent."""
    _, slug = _ready(desk, run_id)
    return await planning.plan(desk, slug, retry_of=run_id)


def _ready(desk: Desk, run_id: int) -> tuple[Run, str]:
    """The run and the name of its export today."""
    desk.require("contributor", "to retry rejects", f"run {run_id}")
    run = runs.load(desk, run_id)
    if run.active:
        raise UsageError(
            f"Run {run_id} is still {run.state}; its rejects can be retried once it has ended.",
            f"Watch it with `segport run watch {run_id}`.",
        )
    found = exports.find(desk.workspace, run.export_id, run.export_slug)
    if isinstance(found, Broken):
        raise ConfigurationError(found.reason)
    if found is None:
        raise NotFound(
            f"The export {run.export_name} of run {run_id} is not there any more.",
            "Its rejects can be sent only by another export of the same segments.",
        )
    slug, _ = found
    doors.changeable(desk, slug, "to retry rejects")
    with desk.journal() as journal:
        retry_of(desk.workspace, journal, Options(retry_of=run_id))
    return run, slug
