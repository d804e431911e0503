"""The lists that a run fills."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.journal import delivery
from store.journal.delivery import TargetList

if TYPE_CHECKING:
    from collections.abc import Callable

    from store.journal.schema import Journal
    from workers.destinations.base import Destination
    from workers.plan.report import PlanReport


async def ready(
    destination: Destination,
    journal: Journal,
    run_id: int,
    report: PlanReport,
    say: Callable[[str], None],
) -> dict[int, str]:
    """The id of every list that is filled, by position; one that is missing is made, and noted at once."""
    known = {target.position: target for target in delivery.lists(journal, run_id)}
    for plan in report.lists:
        if plan.wanted is None or plan.position in known:
            continue
        list_id, title = plan.list_id, plan.title
        if list_id is None:
            if plan.joins == 0:
                continue
            made = await destination.create_list(plan.wanted)
            list_id, title = made.id, made.title
            say(f"Made the list {title}.")
        known[plan.position] = TargetList(plan.position, list_id, title)
        with journal.writing() as connection:
            delivery.keep_lists(connection, run_id, [known[plan.position]])
    return {position: target.list_id for position, target in known.items()}
