"""What a plan warns of, and what makes a run wait for approval."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.errors import SegmentError
from store.figures import many
from workers.plan.payload import matching_digest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workers.plan.make import Order
    from workers.plan.payload import Fed
    from workers.plan.report import PlanReport

_NAMES = {"string": {"string", "text"}, "boolean": {"boolean", "bool"}}


def warn(report: PlanReport, order: Order, fields: Sequence[Fed]) -> None:
    """Add what an operator should know and nothing stops for."""
    say = report.warnings.append
    for misfit in report.misfits:
        say(
            f"In {many(misfit.rows, 'row')} the value does not fit {misfit.field}'s type: it is not "
            "sent."
        )
    if report.keeps_old:
        say(f"{many(report.keeps_old, 'contact has', 'contacts have')} a value at the destination that is "
            "empty here now, or whose field is not sent any more; the destination keeps it.")  # fmt: skip
    for segment in report.segments:
        if segment.rows == 0:
            say(f'The segment "{segment.segment}" has no rows.')
    if report.doubtful:
        say(f"{many(report.doubtful, 'contact is', 'contacts are')} sent again, because an earlier "
            "request was never answered: they may be there already, and count as possibly repeated.")  # fmt: skip
    if report.leavers:
        say(f"{many(report.leavers, 'person', 'people')} left a segment; nothing is done to them, they stay on "
            "their lists. A changed address counts as one leaver and one add.")  # fmt: skip
    joins = sum(plan.joins for plan in report.lists)
    if joins:
        say("Joining a list can start a journey at the destination.")
    _warn_lists(report, order)
    _warn_matching(report, order, fields)
    if order.options.full:
        say("--full sends every contact and every membership again, also of people whom somebody "
            "removed from a list by hand.")  # fmt: skip


def _warn_lists(report: PlanReport, order: Order) -> None:
    for plan in report.lists:
        if plan.state == "renamed":
            report.warnings.append(
                f"The list for {plan.wanted} is now titled {plan.title}; it goes on by its id."
            )
        if plan.size is not None and order.head is not None and plan.size != plan.known:
            report.warnings.append(
                f"The list {plan.title} holds {many(plan.size, 'contact')}; "
                f"{many(plan.known, 'is', 'are')} known from here. If some were removed by mistake, --full sends them again."
            )


def _warn_matching(report: PlanReport, order: Order, fields: Sequence[Fed]) -> None:
    if order.head is not None and order.head.matching != matching_digest(order.export):
        report.warnings.append(
            f"The data matching changed since the last run: {many(report.change, 'contact changes', 'contacts change')}."
        )
    custom = [fed for fed in fields if fed.custom]
    if order.survey is None or not custom:
        return
    if order.survey.custom_fields is None:
        report.warnings.append(
            "Autopilot does not say which custom fields it has; those it has not are made with the "
            "first contact."
        )
        return
    fresh: list[str] = []
    there = {field.name: field.kind for field in order.survey.custom_fields}
    for fed in custom:
        if fed.field not in there:
            fresh.append(fed.field)
        elif there[fed.field].lower() not in _NAMES.get(fed.type, {fed.type}):
            report.warnings.append(
                f"Autopilot's custom field {fed.field} is of type {there[fed.field]}, "
                f"the export sends {fed.type}."
            )
    if fresh:
        fields_yet = "custom field" if len(fresh) == 1 else "custom fields"
        made = "it is" if len(fresh) == 1 else "they are"
        report.warnings.append(
            f"Autopilot has no {fields_yet} {', '.join(fresh)} yet; {made} made with the first contact."
        )


def refuse(report: PlanReport, order: Order) -> None:
    """Say why the plan cannot be sent at all, whoever approves of it."""
    if report.contacts > report.profile_limit:
        report.refused = (
            f"The export holds {many(report.contacts, 'profile')}, the connection allows "
            f"{report.profile_limit:,}. Spread the segments over several exports, or have an "
            f"administrator raise the limit: segport connection edit "
            f"{order.export.connection} --limit N."
        )


def refuse_empty(report: PlanReport, order: Order) -> None:
    """Refuse an export that has no row, and never had one: something is amiss with its segments.

    Raises:
        SegmentError: names the segments.
    """
    had_rows = order.previous is not None and order.previous.rows > 0
    if report.rows or had_rows or order.head is not None:
        return
    names = ", ".join(f'"{segment.segment}"' for segment in report.segments)
    what = f"segment {names} has" if len(report.segments) == 1 else f"segments {names} have"
    raise SegmentError(
        f"The {what} no rows: there is nothing to send.",
        "Put rows into the file, or choose another segment.",
    )


def check(report: PlanReport, order: Order) -> None:
    """Add what makes the run wait for approval. 0 means none allowed; "off" checks nothing."""
    bounds = order.export.guards
    trip = report.guards.append
    if bounds.excluded_percent != "off" and report.rows:
        percent = 100 * report.excluded / report.rows
        if percent > bounds.excluded_percent:
            trip(
                f"{percent:.0f} % of the rows are excluded; {bounds.excluded_percent} % are allowed."
            )
    # A retry sends a few of those that the plan counts.
    most = report.to_send if order.retry is not None else report.contacts
    for bound, count, what in (
        (bounds.adds, min(report.add, most), ("contact is new", "contacts are new")),
        (bounds.changes, min(report.change, most), ("contact changed", "contacts changed")),
        (bounds.leavers, report.leavers, ("person left a segment", "people left a segment")),
    ):
        if bound != "off" and count > bound:
            trip(f"{many(count, *what)}; {many(bound, 'is', 'are')} allowed.")
    before = {c.segment: c.rows for c in order.previous.segments} if order.previous else {}
    for segment in report.segments:
        if segment.rows == 0 and before.get(segment.segment, 0) > 0:
            trip(f"The segment {segment.segment} is empty; it had "
                 f"{many(before[segment.segment], 'row')} before.")  # fmt: skip
    for plan in report.lists:
        if plan.state == "deleted":
            trip(f"The list {plan.wanted} was deleted at the destination; "
                 f"{many(plan.joins, 'membership')} would be sent again.")  # fmt: skip
    if not order.trust_ledger:
        trip(f"The ledger of this export is missing or not the one that was written last; "
             f"{many(report.add, 'contact')} would be sent as new.")  # fmt: skip
