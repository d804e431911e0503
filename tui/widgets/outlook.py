"""What would be sent: the first contact as it is sent, and the plan, beside the form or over it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from tui.text import safe, safe_lines
from tui.widgets.plan import plan_content
from tui.words.figures import duration, number

if TYPE_CHECKING:
    from workers.look import Look

# Also while it is being counted, and when it could not be.
NOTHING_YET = (
    "What would be sent is shown here once a segment is marked, a column feeds Email, and both "
    "are counted."
)


def outlook_content(name: str, look: Look | None, reveal: str = "") -> Content:
    """All of it, for a pane that scrolls.

    Args:
        name: of the export.
        look: what would be sent; None before there is something to see.
        reveal: the key that shows values which are masked; empty while none are.
    """
    if look is None:
        return Content(NOTHING_YET)
    first = look.first
    if first is None:
        body: list[Content | str | tuple[str, str]] = ["There is nobody to send.\n"]
    else:
        sent = "" if first.verdict in {"add", "change", "membership"} else ": nothing is sent"
        hidden = f"  ({reveal} shows values)" if reveal else ""
        body = [
            ("First contact", "bold"),
            f" ({safe(first.verdict)}{sent})",
            (hidden, "dim"),
            f"\n{safe_lines(first.body)}\n",
        ]
    return Content.assemble(*body, "\n", plan_content(name, look.report))


def outlook_words(look: Look) -> str:
    """The same in two lines."""
    plan = look.report
    reasons = ", ".join(f"{reason.reason} {number(reason.rows)}" for reason in plan.reasons)
    excluded = f"excluded {number(plan.excluded)}" + (f" ({reasons})" if reasons else "")
    waits = f" Would wait for approval: {' '.join(plan.guards)}" if plan.guards else ""
    # What is seldom there is told where it is: contacts must add up to what the requests carry.
    lists = f"membership only {number(plan.membership)}, " if plan.membership else ""
    withheld = f"withheld {number(plan.withheld)}, " if plan.withheld else ""
    leavers = f", leavers {number(plan.leavers)}" if plan.leavers else ""
    takes = f"{plan.takes}, {duration(plan.seconds)}" if plan.to_send else "nothing to send"
    return (
        f"Now: add {number(plan.add)}, change {number(plan.change)}, {lists}"
        f"unchanged {number(plan.unchanged)}, {withheld}{excluded}{leavers}; {takes}.{waits}"
    )
