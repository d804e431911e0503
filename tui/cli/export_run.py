"""`segport export plan | run`."""

from __future__ import annotations

import click

from store.errors import Stopped, UsageError
from tui.cli.numbers import NUMBER
from tui.cli.options import detach_option, json_option
from tui.cli.place import Place, pass_place
from tui.cli.printing import say, say_json

_limit = click.option("--limit", type=NUMBER, help="Only the first so many contacts.")
_full = click.option("--full", is_flag=True, help="Send every contact and membership again.")


@click.command("plan")
@click.argument("name")
@_full
@_limit
@click.option("--offline", is_flag=True, help="Do not ask the destination.")
@json_option
@pass_place
@click.pass_context
def plan(
    context: click.Context,
    place: Place,
    *,
    name: str,
    full: bool,
    limit: int | None,
    offline: bool,
    as_json: bool,
) -> None:
    """Work out what a run would send. Nothing is sent. Exit code 4: a run would stop or wait."""
    import asyncio

    from tui.cli.report import say_plan
    from workers.actions import planning

    report = asyncio.run(planning.plan(place.desk, name, full=full, limit=limit, offline=offline))
    if as_json:
        say_json(report)
    else:
        say_plan(report)
    if report.refused or report.guards:
        context.exit(Stopped.exit_code)


@click.command("run")
@click.argument("name", required=False)
@click.option("--all", "everything", is_flag=True, help="Every export with an active schedule.")
@_full
@_limit
@click.option("--plan-seen", metavar="DIGEST", help="The plan that you looked at; wait if another.")
@detach_option
@json_option
@pass_place
@click.pass_context
def run(
    context: click.Context,
    place: Place,
    *,
    name: str | None,
    everything: bool,
    full: bool,
    limit: int | None,
    plan_seen: str | None,
    detach: bool,
    as_json: bool,
) -> None:
    """Run an export and wait for its end. Ctrl-C cancels after the requests in flight."""
    from store.journal.runs import Options
    from tui.cli.waiting import wait
    from workers.actions import runs

    if everything:
        from tui.cli.run_all import run_all

        if name or full or limit or plan_seen:
            raise UsageError(
                "--all takes neither a name nor an option of one run.", "Leave it out."
            )
        context.exit(run_all(place.desk, detach=detach, as_json=as_json))
    if name is None:
        raise UsageError("Which export?", "Name it, or say --all.")
    run_id = runs.start(place.desk, name, Options(full=full, limit=limit, plan_seen=plan_seen))
    if detach:
        say_json({"run": run_id}) if as_json else say(run_id)
        return
    context.exit(wait(place.desk, run_id, cancels=True, as_json=as_json))
