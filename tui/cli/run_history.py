"""`segport run list` and `segport run totals`: all runs, narrowed down and summed up."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import wraps
from typing import TYPE_CHECKING

import click

from store.figures import with_contacts
from store.journal.runs import State
from tui.cli.numbers import NUMBER
from tui.cli.options import json_option, together
from tui.cli.place import Place, pass_place
from tui.cli.printing import say, say_json, say_table
from tui.words.figures import duration, many, moment, number, run_time

if TYPE_CHECKING:
    from collections.abc import Callable

    from store.journal.past import Totals, Wanted
    from workers.actions.desk import Desk


@dataclass(frozen=True, slots=True)
class _Words:
    """What was typed to narrow runs down."""

    export: str | None
    states: tuple[str, ...]
    since: str | None
    until: str | None
    by: str | None

    @property
    def any(self) -> bool:
        return any(getattr(self, each.name) for each in fields(self))


def _narrowing(function: Callable[..., None]) -> Callable[..., None]:
    """Add the options of `_Words`, and hand them over as one."""
    from tui.words.moments import FORMS

    @wraps(function)
    def narrowed(place: Place, **given: object) -> None:
        words = {each.name: given.pop(each.name) for each in fields(_Words)}
        function(place, _Words(**words), **given)  # type: ignore[arg-type]  # click checked them

    options = together(
        click.option("--export", metavar="NAME", help="Only runs of this export."),
        click.option(
            "--state", "states", multiple=True, type=click.Choice([each.value for each in State]),
            help="Only runs in this state; may be given several times.",
        ),
        click.option("--since", metavar="TIME", help=f"Only runs asked for since: {FORMS}."),
        click.option(
            "--until", metavar="TIME", help="Only runs asked for until; a day with all its hours."
        ),
        click.option("--by", metavar="NAME", help="Only runs that this operator asked for."),
    )  # fmt: skip
    found: Callable[..., None] = options(narrowed)
    return found


@click.command("list")
@click.option("--before", type=NUMBER, metavar="ID", help="Go on after this run.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, help="At most so many.")
@json_option
@pass_place
@_narrowing
def list_runs(
    place: Place, words: _Words, *, before: int | None, limit: int, as_json: bool
) -> None:
    """List runs, the newest first, and what all of them come to."""
    from workers.actions import history, runs

    which = _which(place.desk, words)
    found = runs.history(place.desk, which, before=before, limit=limit)
    if as_json:
        say_json(found)
        return
    sums = history.totals(place.desk, which)
    if not sums.runs:
        none = "There are no runs yet. Start one: segport export run NAME"
        say("No run is like that." if words.any else none)
        return
    head = ("RUN", "EXPORT", "ASKED", "BY", "STATE", "TO SEND", "ACCEPTED", "REJECTED", "TIME")
    say_table(
        head,
        [
            (str(r.id), r.export_name, moment(r.asked_at), r.operator, r.state, r.to_send,
             r.accepted, r.rejected, duration(run_time(r)))
            for r in found
        ],
    )  # fmt: skip
    say()
    _say_totals(sums)
    if len(found) == limit and limit < sums.runs:
        say(f"Older ones: --before {found[-1].id}")


@click.command("totals")
@click.option(
    "--days", type=click.IntRange(1, 3660), default=30, help="So many days up to today, day by day."
)
@json_option
@pass_place
@_narrowing
def totals(place: Place, words: _Words, *, days: int, as_json: bool) -> None:
    """Sum up runs, and chart day by day how many contacts were accepted and rejected."""
    from msgspec.structs import replace

    from tui.chart import lines
    from tui.words.moments import start_of_day
    from workers.actions import history

    which = _which(place.desk, words)
    sums = history.totals(place.desk, which)
    start = start_of_day(days - 1)
    each = history.days(place.desk, replace(which, since=max(which.since or start, start)))
    if as_json:
        say_json({"totals": sums, "days": each})
        return
    _say_totals(sums)
    if not each:
        say(f"No run in the last {many(days, 'day')}.")
        return
    say()
    say_table(
        ("DAY", "RUNS", "ACCEPTED", "REJECTED", ""),
        [
            (day.day, day.runs, day.accepted, day.rejected, bar)
            for day, bar in zip(each, lines(each, 30), strict=True)
        ],
    )


def _which(desk: Desk, words: _Words) -> Wanted:
    from tui.words import moments as when
    from workers.actions import history

    return history.wanted(
        desk,
        export=words.export,
        states=[State(each) for each in words.states],
        since=None if words.since is None else when.since(words.since),
        until=None if words.until is None else when.until(words.until),
        operator=words.by,
    )


def _say_totals(sums: Totals) -> None:
    named = ", ".join(f"{number(count)} {state}" for state, count in sums.states.items())
    say(f"{many(sums.runs, 'run')}" + (f": {named}" if named else ""))
    pending = sums.to_send - sums.accepted - sums.rejected
    say(
        f"to send {number(sums.to_send)} = accepted {number(sums.accepted)} + rejected "
        f"{number(sums.rejected)} + pending {number(pending)}; possibly repeated "
        f"{number(sums.repeated)}; {with_contacts(sums.requests)}"
    )
