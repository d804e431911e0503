"""A plan's report in words and numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from tui.colours import ERROR, WARNING
from tui.text import safe
from tui.words.figures import duration, many, number
from tui.words.plan import excluded_words

if TYPE_CHECKING:
    from workers.plan.report import PlanReport

Part = Content | str | tuple[str, str]


def plan_content(name: str, plan: PlanReport) -> Content:
    """Everything the plan says, most important first, for 78 cells."""
    parts: list[Part] = [(f"Plan of {safe(name)}", "bold"), _asked(plan), "\n\n"]
    parts += _sums(plan)
    parts += _lists(plan)
    parts += _segments(plan)
    parts += _left_out(plan)
    return Content.assemble(*parts)


def _asked(plan: PlanReport) -> str:
    if not plan.checked:
        return "  (offline: the service was not asked)"
    return f"  for the account {safe(plan.account)}" if plan.account else ""


def _sums(plan: PlanReport) -> list[Part]:
    parts: list[Part] = []
    if plan.refused:
        parts += [("Cannot be sent: ", ERROR), safe(plan.refused), "\n"]
    for guard in plan.guards:
        parts += [("Would wait for approval: ", WARNING), safe(guard), "\n"]
    for warning in plan.warnings:
        parts += [("Note: ", "bold"), safe(warning), "\n"]
    if parts:
        parts.append("\n")
    lines = (
        ("rows read", plan.rows, "= contacts + excluded + merged"),
        ("excluded", plan.excluded, excluded_words(plan)),
        ("merged", plan.merged, "another row of the same address won"),
        ("contacts", plan.contacts, f"of at most {number(plan.profile_limit)}"),
        ("  add", plan.add, "new; joining a list may start a journey"),
        ("  change", plan.change, "a field is another than was sent last"),
        ("  membership", plan.membership, "only the list is missing"),
        ("  unchanged", plan.unchanged, "nothing is sent"),
        ("  withheld", plan.withheld, "suppressed"),
    )
    for words, count, remark in lines:
        parts += [f"{words:<14}{number(count):>12}  ", (remark, "dim"), "\n"]
    held = f"; {number(plan.held_back)} held back for a later run" if plan.held_back else ""
    if not plan.to_send:
        return [*parts, ("\nNothing to send", "bold"), f"{held}.\n"]
    parts += [
        (f"\nTo send: {many(plan.to_send, 'contact')}", "bold"),
        f" in {safe(plan.takes)}, {_time(plan.seconds)}",
        f" at {plan.rate:g}/s{held}.\n",
    ]
    return parts


def _time(seconds: float) -> str:
    return duration(seconds) if seconds < 1 else f"about {duration(seconds)}"


def _lists(plan: PlanReport) -> list[Part]:
    parts: list[Part] = [("\nLists\n", "bold")]
    for one in plan.lists:
        size = "" if one.size is None else f", {number(one.size)} on it now"
        parts.append(f"  {safe(one.title)}: {one.state}{size}, {number(one.joins)} to join")
        if one.leavers:
            parts.append(
                f", {many(one.leavers, 'person', 'people')} left the segment, nothing is done to them"
            )
        parts.append("\n")
    return parts


def _segments(plan: PlanReport) -> list[Part]:
    if len(plan.segments) < 2:
        return []
    lines = [
        f"  {safe(one.segment)}: {many(one.rows, 'row')}, {many(one.contacts, 'contact')}, "
        f"{number(one.add)} add, {number(one.change)} change\n"
        for one in plan.segments
    ]
    return [("\nSegments\n", "bold"), *lines]


def _left_out(plan: PlanReport) -> list[Part]:
    lines = [
        f"{many(reason.rows, 'row')} excluded: {safe(reason.reason)}" for reason in plan.reasons
    ]
    lines += [
        f"{many(by.contacts, 'contact')} withheld by {safe(by.file)}" for by in plan.suppressed
    ]
    lines += [
        f"{many(misfit.rows, 'row')} with a {safe(misfit.field)} that does not fit its type: not sent"
        for misfit in plan.misfits
    ]
    if plan.keeps_old:
        lines.append(
            f"{many(plan.keeps_old, 'contact')} with a value that is empty now, or not sent any more: "
            "the destination keeps the old one"
        )
    return [("\nLeft out\n", "bold"), *(f"  {line}\n" for line in lines)] if lines else []
