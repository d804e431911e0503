"""`segport retention`: how long what runs leave behind is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from store.errors import UsageError
from store.settings import LONGEST_KEPT
from tui.cli.options import json_option
from tui.cli.place import Place, pass_place
from tui.cli.printing import say, say_facts, say_json
from tui.words.figures import many, size

if TYPE_CHECKING:
    from workers.retention import Removed

_FOR_EVER = "off"


class _Days(click.ParamType[int]):
    """A number of days, or off."""

    name = "DAYS|off"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The number; 0 stands for off."""
        if value == _FOR_EVER:
            return 0
        if isinstance(value, str) and not value.isdecimal():
            self.fail(f"{value} is neither a number of days nor {_FOR_EVER}", param, ctx)
        days = int(value)
        if days > LONGEST_KEPT:
            self.fail(f"{LONGEST_KEPT:,} days are the most; {_FOR_EVER} keeps them", param, ctx)
        return days if days > 0 else self.fail("Less than a day is not kept", param, ctx)


@click.group("retention")
def command() -> None:
    """How long plans, rejects and logs are kept after a run's end.

    A run that is under way, waits, or can be resumed keeps everything. The history's counts and
    the audit stay; neither names a customer.
    """


@command.command("show")
@json_option
@pass_place
def show(place: Place, as_json: bool) -> None:
    """Show how long things are kept, and what applying it now would remove."""
    from workers.actions import keeping

    kept = keeping.wanted(place.desk)
    removable = keeping.apply(place.desk, only_look=True)
    if as_json:
        days = {"plans": kept.plans, "rejects": kept.rejects, "logs": kept.logs}
        say_json({"days": days, "removable": removable})
        return
    say_facts(
        (name, "for ever" if days is None else many(days, "day"))
        for name, days in (("plans", kept.plans), ("rejects", kept.rejects), ("logs", kept.logs))
    )
    say()
    say(f"Would go now: {_told(removable)}.")


@command.command("set")
@click.option("--plans", type=_Days(), help="Frozen plans and excluded rows; off keeps them.")
@click.option("--rejects", type=_Days(), help="Who was refused, and the words for it.")
@click.option("--logs", type=_Days(), help="Log lines of runs.")
@json_option
@pass_place
def change(
    place: Place, *, plans: int | None, rejects: int | None, logs: int | None, as_json: bool
) -> None:
    """Set how many days things are kept. Nothing is removed before it is applied."""
    from workers.actions import keeping

    asked = {"plans": plans, "rejects": rejects, "logs": logs}
    given = {name: days or None for name, days in asked.items() if days is not None}
    if not given:
        raise UsageError("Nothing was asked to change.", "See `segport retention set --help`.")
    kept = keeping.keep(place.desk, **given)
    if as_json:
        say_json({"plans": kept.plans, "rejects": kept.rejects, "logs": kept.logs})
        return
    say("Kept in segport.toml. Apply it now: segport retention apply")


@command.command("apply")
@click.option("--dry-run", is_flag=True, help="Only count.")
@json_option
@pass_place
def apply(place: Place, dry_run: bool, as_json: bool) -> None:
    """Remove what is older than the settings say."""
    from workers.actions import keeping

    removed = keeping.apply(place.desk, only_look=dry_run)
    if as_json:
        say_json(removed)
    else:
        say(f"{'Would go' if dry_run else 'Removed'}: {_told(removed)}.")


def _told(removed: Removed) -> str:
    plans = f"{many(removed.plans, 'plan')} ({size(removed.bytes)})"
    return f"{plans}, {many(removed.rejects, 'reject')}, {many(removed.lines, 'log line')}"
