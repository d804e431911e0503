"""`segport run`: follow runs, approve them, look up what became of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from store.figures import many
from tui.cli.options import json_option, reveal_option, run_argument
from tui.cli.paths import HostPath
from tui.cli.place import Place, pass_place
from tui.cli.printing import say, say_json, say_table
from tui.cli.run_again import approve, resume, retry
from tui.cli.run_history import list_runs, totals
from tui.cli.run_requests import request, requests_of, say_phases

if TYPE_CHECKING:
    from collections.abc import Sequence

_csv_option = click.option(
    "--csv",
    "csv_file",
    type=HostPath(dir_okay=False, path_type=Path, allow_dash=True),
    metavar="FILE",
    help="Write them, in clear, to a new file for a spreadsheet (- for standard output); as with "
    "--reveal, that you asked is written down.",
)


@click.group("run")
def command() -> None:
    """Follow runs, approve them, look up what became of them."""


for each in (list_runs, totals, requests_of, request, approve, resume, retry):
    command.add_command(each)


@command.command("show")
@run_argument
@click.option("--plan", "with_plan", is_flag=True, help="Show its whole plan too.")
@json_option
@pass_place
def show(place: Place, run_id: int, with_plan: bool, as_json: bool) -> None:
    """Show a run: its state, its counts and its plan."""
    from tui.cli.report import plan_of, say_next, say_plan, say_run
    from workers.actions import runs
    from workers.actions.progress import look

    found = runs.load(place.desk, run_id)
    seen = look(place.desk, run_id)
    if as_json:
        more = {name: getattr(seen, name) for name in ("phases", "unknown", "due", "late")}
        say_json({**msgspec.structs.asdict(found), **more})
        return
    say_run(found, seen)
    say_phases(seen, found)
    say_next(found, seen)
    plan = plan_of(found)
    if with_plan and plan is not None:
        say()
        say_plan(plan)


@command.command("watch")
@run_argument
@json_option
@pass_place
@click.pass_context
def watch(context: click.Context, place: Place, run_id: int, as_json: bool) -> None:
    """Follow a run to its end. Ctrl-C only leaves; the run goes on."""
    from tui.cli.waiting import wait

    context.exit(wait(place.desk, run_id, cancels=False, as_json=as_json))


@command.command("cancel")
@run_argument
@click.option("--force", is_flag=True, help="Kill its process.")
@json_option
@pass_place
def cancel(place: Place, run_id: int, force: bool, as_json: bool) -> None:
    """Stop a run after the requests in flight."""
    from workers.actions import runs

    runs.cancel(place.desk, run_id, force=force)
    _done(run_id, as_json, f"Run {run_id} was asked to stop.")


@command.command("rejects")
@run_argument
@click.option("--by-reason", is_flag=True, help="Count them by what was wrong, and say what to do.")
@_csv_option
@reveal_option
@json_option
@pass_place
def rejects(
    place: Place,
    run_id: int,
    by_reason: bool,
    csv_file: Path | None,
    revealed: bool,
    as_json: bool,
) -> None:
    """List the people whom the destination rejected, and why."""
    if by_reason:
        _by_reason(place, run_id, csv_file, as_json)
        return
    from workers.actions.rejects import rejected
    from workers.actions.revealing import reveal

    # A file is made to work with: masked addresses would be of no use in it.
    revealed = revealed or csv_file is not None
    if revealed:
        reveal(place.desk, f"run {run_id}, rejects")
    found = rejected(place.desk, run_id, revealed=revealed)
    names = ("segment", "row", "email", "status", "reason", "words")
    _people(names, found, csv_file, as_json, _nobody(place, run_id, found))


def _nobody(place: Place, run_id: int, found: Sequence[object]) -> str:
    """Nobody, or nobody whose row is still kept: not the same."""
    from workers.actions import runs

    count = 0 if found else runs.load(place.desk, run_id).rejected
    if not count:
        return "Nobody was rejected."
    were, they = ("was", "that was") if count == 1 else ("were", "they were")
    return f"{count:,} {were} rejected; who {they} is no longer kept (segport retention show)."


def _by_reason(place: Place, run_id: int, csv_file: Path | None, as_json: bool) -> None:
    from workers.actions.rejects import by_reason

    found = by_reason(place.desk, run_id)
    names = ("wrong", "status", "words", "contacts", "segment", "row")
    _people(names, found, csv_file, as_json, _nobody(place, run_id, found))
    if as_json or csv_file is not None or not found:
        return
    say()
    for wrong, advice in {each.wrong: each.advice for each in found}.items():
        say(f"{wrong}: {advice}")
    say(f"Send them again, once mended: segport run retry {run_id}")


@command.command("excluded")
@run_argument
@_csv_option
@reveal_option
@json_option
@pass_place
def excluded(
    place: Place, run_id: int, csv_file: Path | None, revealed: bool, as_json: bool
) -> None:
    """List the rows that the plan left out, and why."""
    from workers.actions import rejects as left
    from workers.actions import runs
    from workers.actions.revealing import reveal

    revealed = revealed or csv_file is not None
    if revealed:
        reveal(place.desk, f"run {run_id}, excluded rows")
    found = left.excluded(place.desk, run_id, revealed=revealed)
    run = runs.load(place.desk, run_id)
    unread = left.unread(run)
    none = _nothing_left_out(run.excluded - unread, unread)
    _people(("segment", "row", "address", "reason"), found, csv_file, as_json, none)
    if unread and not as_json and str(csv_file) != "-":
        say(
            f"{many(unread, 'line', 'lines')} could not be read; `segport segment show NAME` says where "
            "the first of them stand now."
        )


def _nothing_left_out(count: int, unread: int) -> str:
    """Nothing, or nothing that is still kept: not the same."""
    if not count:
        return "Nothing else was left out." if unread else "Nothing was left out."
    were, they = ("row was", "that was") if count == 1 else ("rows were", "they were")
    return f"{count:,} {were} left out; which {they} is no longer kept (segport retention show)."


def _people(
    names: tuple[str, ...], found: Sequence[object], csv_file: Path | None, as_json: bool, none: str
) -> None:
    if as_json:
        say_json(found)
        return
    rows = [[getattr(each, name) for name in names] for each in found]
    if csv_file is not None:
        from tui.spreadsheet import write

        write(csv_file, names, rows)
        if str(csv_file) != "-":
            say(
                f"{many(len(rows), 'row is', 'rows are')} in {csv_file}, which only this account can read."
            )
    elif rows:
        say_table([name.upper() for name in names], rows)
    else:
        say(none)


def _done(run_id: int, as_json: bool, text: str) -> None:
    if as_json:
        say_json({"run": run_id})
    else:
        say(text)
