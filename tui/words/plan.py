"""What a plan says in a few words, on screens and on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tui.text import safe
from tui.words.figures import number

if TYPE_CHECKING:
    from workers.plan.report import PlanReport

# Cells that 78 leave to a remark.
_REMARK: Final = 50


def excluded_words(plan: PlanReport) -> str:
    """Why rows were left out: the one reason, or how many of each."""
    if len(plan.reasons) == 1:
        return safe(plan.reasons[0].reason)
    told = ", ".join(f"{number(each.rows)} {safe(each.reason)}" for each in plan.reasons)
    return told if len(told) <= _REMARK else f"for {len(plan.reasons)} reasons, each told below"
