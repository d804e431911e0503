"""What a plan says in a few words, on screens and on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tui.text import safe
from tui.words.figures import many, number

if TYPE_CHECKING:
    from workers.plan.report import PlanReport

# Cells that 78 leave to a remark.
_REMARK: Final = 50


def requests_of(plan: PlanReport) -> str:
    """The requests of a plan; those that make lists come on top, since a run's progress has none."""
    tries = f", {number(plan.tries)} of them to try out how lists are joined" if plan.tries else ""
    made = sum(one.list_id is None and one.joins > 0 for one in plan.lists)
    lists = f" and {number(made)} more to make {'a list' if made == 1 else 'lists'}" if made else ""
    return f"{many(plan.requests, 'request')}{tries}{lists}"


def excluded_words(plan: PlanReport) -> str:
    """Why rows were left out: the one reason, or how many of each."""
    if len(plan.reasons) == 1:
        return safe(plan.reasons[0].reason)
    told = ", ".join(f"{number(each.rows)} {safe(each.reason)}" for each in plan.reasons)
    return told if len(told) <= _REMARK else f"for {len(plan.reasons)} reasons, each told below"
