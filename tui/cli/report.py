"""Plans and runs in words: the same three sums everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from store.journal.runs import RESUMABLE
from tui.cli.printing import say, say_facts, say_table
from tui.words.figures import asked_for, duration, many, moment, number, run_time
from tui.words.request import how_many
from workers.liveness import silence

if TYPE_CHECKING:
    from store.journal.runs import Run
    from workers.actions.progress import Look
    from workers.destinations.base import ConnectReport
    from workers.plan.report import PlanReport


def answered(report: ConnectReport) -> str:
    """What a destination answered to a key."""
    account = report.account
    lists = many(report.lists, "list")
    if not (account.name or account.email):
        return f"Connected, with {lists}; the service does not say whose account it is."
    who = f"{account.name} <{account.email}>" if account.email else account.name
    return f"Connected to {who}, with {lists}."


def say_plan(plan: PlanReport) -> None:
    """A plan: totals, where they come from, and what to look at before it is run."""
    _sums(plan)
    if plan.reasons:
        told = ", ".join(f"{each.reason} {number(each.rows)}" for each in plan.reasons)
        say(f"excluded: {told}")
    for source in plan.suppressed:
        say(f"withheld: {many(source.contacts, 'contact')} by {source.file}")
    say()
    _segments(plan)
    if plan.lists:
        say()
        _lists(plan)
    say()
    if not plan.checked:
        say("The destination was not asked: lists and account are not checked.")
    for warning in plan.warnings:
        say(f"warning: {warning}")
    for guard in plan.guards:
        say(f"guard: {guard} A run would wait for approval.")
    if plan.refused:
        say(f"refused: {plan.refused}")
    _sending(plan)


def say_run(run: Run, look: Look | None = None) -> None:
    """A run that has ended, or how far it is: the three sums, requests, time.

    Args:
        run: the run.
        look: what else there is to know of it, where somebody asked for it.
    """
    plan = plan_of(run)
    say_facts(
        [
            ("run", str(run.id)),
            ("export", run.export_name),
            ("connection", run.connection_name),
            ("account", run.account),
            ("state", run.state),
            ("cause", run.cause),
            ("silent", _silent(run)),
            ("asked for", asked_for(run.options)),
            ("asked", f"{moment(run.asked_at)} by {run.operator}, from the {run.started_by}"),
            ("due", _due(look)),
            ("attempts", run.attempt if run.attempt > 1 else None),
            ("approved by", run.approved_by),
            ("canceled by" if run.state == "canceled" else "told to stop by", run.cancel_by),
        ]
    )
    if plan is None:
        return
    say()
    _sums(plan)
    say(
        f"to send {number(run.to_send)} = accepted {number(run.accepted)}"
        f" + rejected {number(run.rejected)} + pending {number(run.pending)};"
        f" possibly repeated {number(run.repeated)}"
    )
    say(how_many(run, look))
    if run.ended_at:
        # Between attempts nobody was at work, for however long.
        waited = ", from the first attempt on" if run.attempt > 1 else ""
        say(f"took {duration(run_time(run))}{waited}")
    if plan.held_back:
        say(f"Held back for a later run: {many(plan.held_back, 'contact')}.")


def _silent(run: Run) -> str | None:
    """Its process lives and says nothing: stopped, or the machine is."""
    seconds = silence(run)
    if seconds is None:
        return None
    return (
        f"no sign of life for {duration(seconds)}; "
        f"if it is stuck, end it: segport run cancel {run.id} --force"
    )


def _due(look: Look | None) -> str | None:
    if look is None or look.due is None:
        return None
    return f"{moment(look.due)}, {look.late or 'started in time'}"


def say_next(run: Run, look: Look) -> None:
    """What an operator can do about a run that did not simply succeed."""
    plan = plan_of(run)
    if run.state == "needs approval" and not look.over:
        for guard in plan.guards if plan else []:
            say(f"guard: {guard}")
        say(f"Nothing was sent. Allow it: segport run approve {run.id}")
    elif run.rejected:
        say(f"See who was rejected and why: segport run rejects {run.id} --by-reason")
        if not run.active:
            say(f"Send them again, once mended: segport run retry {run.id}")
    if look.over and run.pending:
        say(f"It is over: {look.over}.")
    elif run.state in RESUMABLE and run.pending:
        say(f"Go on with the rest: segport run resume {run.id}")


def plan_of(run: Run) -> PlanReport | None:
    """The plan that a run was made of."""
    from workers.plan.report import PlanReport

    return None if run.plan is None else msgspec.convert(run.plan, PlanReport)


def _sums(plan: PlanReport) -> None:
    say(
        f"rows {number(plan.rows)} = contacts {number(plan.contacts)}"
        f" + excluded {number(plan.excluded)} + merged {number(plan.merged)}"
    )
    say(
        f"contacts {number(plan.contacts)} = add {number(plan.add)}"
        f" + change {number(plan.change)} + membership only {number(plan.membership)}"
        f" + unchanged {number(plan.unchanged)} + withheld {number(plan.withheld)}"
    )


def _segments(plan: PlanReport) -> None:
    head = ("SEGMENT", "LIST", "ROWS", "EXCLUDED", "CONTACTS", "ADD", "CHANGE", "MEMBER",
            "SAME", "WITHHELD")  # fmt: skip
    rows: list[tuple[object, ...]] = [
        (s.segment, s.list, s.rows, s.excluded, s.contacts, s.add, s.change, s.membership,
         s.unchanged, s.withheld)
        for s in plan.segments
    ]  # fmt: skip
    if len(rows) > 1:
        rows.append(("all, each contact once", None, plan.rows, plan.excluded, plan.contacts,
                     plan.add, plan.change, plan.membership, plan.unchanged, plan.withheld))  # fmt: skip
    say_table(head, rows)


def _lists(plan: PlanReport) -> None:
    rows = []
    for each in plan.lists:
        drift = None if each.size is None else f"{each.size - each.known:+,}"
        rows.append(
            (each.title, each.state, each.size, each.known, drift, each.joins, each.leavers)
        )
    say_table(("LIST", "STATE", "SIZE", "SENT BEFORE", "DRIFT", "JOIN", "LEAVERS"), rows)


def _sending(plan: PlanReport) -> None:
    if plan.held_back:
        say(f"Held back for a later run: {many(plan.held_back, 'contact')}.")
    if not plan.to_send:
        say("Nothing to send.")
    else:
        say(
            f"To send: {many(plan.to_send, 'contact')} in {plan.takes}, "
            f"{duration(plan.seconds)} at {plan.rate:g} a second."
        )
    say_facts([("account", plan.account), ("plan", plan.digest[:16])])
