"""`segport run approve`, `resume` and `retry`: let a run go on or begin anew, and wait for its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tui.cli.options import detach_option, json_option, run_argument
from tui.cli.place import Place, pass_place
from tui.cli.printing import say, say_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from workers.actions.desk import Desk


@click.command("approve")
@run_argument
@detach_option
@json_option
@pass_place
@click.pass_context
def approve(context: click.Context, place: Place, run_id: int, detach: bool, as_json: bool) -> None:
    """Allow the plan that a run waits with, and no larger one; wait for its end.

    Ctrl-C cancels after the requests in flight.
    """
    from workers.actions import runs

    _go_on(context, place, runs.approve, run_id, detach=detach, as_json=as_json)


@click.command("resume")
@run_argument
@detach_option
@json_option
@pass_place
@click.pass_context
def resume(context: click.Context, place: Place, run_id: int, detach: bool, as_json: bool) -> None:
    """Go on with what was not acknowledged; wait for the end.

    Ctrl-C cancels after the requests in flight.
    """
    from workers.actions import runs

    _go_on(context, place, runs.resume, run_id, detach=detach, as_json=as_json)


@click.command("retry")
@run_argument
@detach_option
@click.option("--plan", "only_plan", is_flag=True, help="Show what it would send. Nothing is sent.")
@json_option
@pass_place
@click.pass_context
def retry(
    context: click.Context,
    place: Place,
    *,
    run_id: int,
    only_plan: bool,
    detach: bool,
    as_json: bool,
) -> None:
    """Send the rejected contacts of a run again, in a new run of its export; wait for its end.

    The new run plans anew, with the data of now, and sends only those of the contacts that the run
    got rejected which have not got through since. Nobody who was accepted is sent again, and
    everybody else is left to the next ordinary run.
    """
    import asyncio

    from workers.actions import retry as door

    if only_plan:
        from tui.cli.report import say_plan

        report = asyncio.run(door.plan(place.desk, run_id))
        say_json(report) if as_json else say_plan(report)
        return
    made = door.start(place.desk, run_id)
    if not as_json:
        # Beside the run's number, which alone stands on standard output.
        say(f"Run {made} retries run {run_id}: it sends only the contacts that were rejected there "
            "and have not got through since, with their data of now.", err=detach)  # fmt: skip
    _follow(context, place, made, detach=detach, as_json=as_json)


def _go_on(
    context: click.Context,
    place: Place,
    door: Callable[[Desk, int], None],
    run_id: int,
    *,
    detach: bool,
    as_json: bool,
) -> None:
    """Let a run go on, and follow it from there."""
    from contextlib import closing

    with closing(place.desk.log()) as log:
        told = log.newest(run_id)
    door(place.desk, run_id)
    _follow(context, place, run_id, detach=detach, as_json=as_json, told=told)


def _follow(
    context: click.Context,
    place: Place,
    run_id: int,
    *,
    detach: bool,
    as_json: bool,
    told: int = 0,
) -> None:
    """Wait for the end of a run that was just let go, as `export run` does; or leave it."""
    from tui.cli.waiting import wait

    if detach:
        say_json({"run": run_id}) if as_json else say(run_id)
        return
    context.exit(wait(place.desk, run_id, cancels=True, as_json=as_json, told=told))
