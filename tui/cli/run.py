"""`segport run`: follow runs, approve them, look up what became of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tui.cli.place import Place, pass_place
from tui.cli.printing import json_option, say, say_json, say_table
from tui.cli.run_history import list_runs, totals

if TYPE_CHECKING:
    from collections.abc import Sequence

_csv_option = click.option(
    "--csv",
    "csv_file",
    type=click.Path(dir_okay=False, path_type=Path, allow_dash=True),
    metavar="FILE",
    help="Write them to a new file for a spreadsheet; - for standard output.",
)
_number = click.argument("run_id", type=click.IntRange(1), metavar="ID")


@click.group("run")
def command() -> None:
    """Follow runs, approve them, look up what became of them."""


command.add_command(list_runs)
command.add_command(totals)


@command.command("show")
@_number
@click.option("--plan", "with_plan", is_flag=True, help="Show its whole plan too.")
@json_option
@pass_place
def show(place: Place, run_id: int, with_plan: bool, as_json: bool) -> None:
    """Show a run: its state, its counts and its plan."""
    from tui.cli.report import plan_of, say_next, say_plan, say_run
    from workers.actions import runs

    found = runs.load(place.desk, run_id)
    if as_json:
        say_json(found)
        return
    say_run(found)
    say_next(found)
    plan = plan_of(found)
    if with_plan and plan is not None:
        say()
        say_plan(plan)


@command.command("watch")
@_number
@json_option
@pass_place
@click.pass_context
def watch(context: click.Context, place: Place, run_id: int, as_json: bool) -> None:
    """Follow a run to its end. Ctrl-C only leaves; the run goes on."""
    from tui.cli.waiting import wait

    context.exit(wait(place.desk, run_id, cancels=False, as_json=as_json))


@command.command("approve")
@_number
@json_option
@pass_place
def approve(place: Place, run_id: int, as_json: bool) -> None:
    """Allow the plan that a run waits with, and no larger one."""
    from workers.actions import runs

    runs.approve(place.desk, run_id)
    _done(run_id, as_json, f"Run {run_id} is approved. Follow it: segport run watch {run_id}")


@command.command("cancel")
@_number
@click.option("--force", is_flag=True, help="Kill its process.")
@json_option
@pass_place
def cancel(place: Place, run_id: int, force: bool, as_json: bool) -> None:
    """Stop a run after the requests in flight."""
    from workers.actions import runs

    runs.cancel(place.desk, run_id, force=force)
    _done(run_id, as_json, f"Run {run_id} was asked to stop.")


@command.command("resume")
@_number
@json_option
@pass_place
def resume(place: Place, run_id: int, as_json: bool) -> None:
    """Go on with what was not acknowledged."""
    from workers.actions import runs

    runs.resume(place.desk, run_id)
    _done(run_id, as_json, f"Run {run_id} goes on. Follow it: segport run watch {run_id}")


@command.command("rejects")
@_number
@_csv_option
@json_option
@pass_place
def rejects(place: Place, run_id: int, csv_file: Path | None, as_json: bool) -> None:
    """List the people whom the destination rejected, and why."""
    from workers.actions import runs

    found = runs.rejected(place.desk, run_id)
    names = ("segment", "row", "email", "status", "reason", "words")
    _people(names, found, csv_file, as_json, "Nobody was rejected.")


@command.command("excluded")
@_number
@_csv_option
@json_option
@pass_place
def excluded(place: Place, run_id: int, csv_file: Path | None, as_json: bool) -> None:
    """List the rows that the plan left out, and why."""
    from workers.actions import runs

    found = runs.excluded(place.desk, run_id)
    _people(
        ("segment", "row", "address", "reason"), found, csv_file, as_json, "Nothing was left out."
    )


def _people(
    names: tuple[str, ...], found: Sequence[object], csv_file: Path | None, as_json: bool, none: str
) -> None:
    if as_json:
        say_json(found)
        return
    rows = [[getattr(each, name) for name in names] for each in found]
    if csv_file is not None:
        from tui.cli.spreadsheet import write

        write(csv_file, names, rows)
        if str(csv_file) != "-":
            say(f"{len(rows):,} rows are in {csv_file}, which only this account can read.")
    elif rows:
        say_table([name.upper() for name in names], rows)
    else:
        say(none)


def _done(run_id: int, as_json: bool, text: str) -> None:
    if as_json:
        say_json({"run": run_id})
    else:
        say(text)
