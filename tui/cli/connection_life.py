"""`segport connection key | withdraw | remove`."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import click

from store.errors import UsageError
from tui.cli.key_input import key_option, read_key
from tui.cli.options import json_option, yes_option
from tui.cli.place import Place, pass_place
from tui.cli.printing import ask, on_terminal, say, say_json
from tui.cli.report import answered
from tui.text import safe
from tui.words.figures import many

if TYPE_CHECKING:
    from workers.actions.connection_life import Fate


@click.command("key")
@click.argument("name")
@key_option
@click.option("--no-connect", is_flag=True, help="Keep it without calling the service.")
@json_option
@pass_place
def key(place: Place, *, name: str, key_file: str | None, no_connect: bool, as_json: bool) -> None:
    """Replace a connection's key, after the service has answered to the new one."""
    from workers.actions import connecting, connections

    fresh = read_key(key_file)
    slug = connections.show(place.desk, name).slug
    report = None if no_connect else asyncio.run(connecting.try_key(place.desk, slug, fresh))
    account = report.account.email if report is not None else None
    notes = connections.replace_key(place.desk, slug, fresh, account=account)
    if as_json:
        say_json({"connection": slug, "report": report, "notes": notes})
        return
    if report is not None:
        say(answered(report))
    say("The new key is kept; runs under way end with the old one.")
    for note in notes:
        say(f"note: {note}")


@click.command("withdraw")
@click.argument("name")
@yes_option
@json_option
@pass_place
def withdraw(place: Place, *, name: str, yes: bool, as_json: bool) -> None:
    """Take the consent back: what runs stops after its requests in flight, nothing runs after."""
    from workers.actions import connection_life, connections

    line = connections.show(place.desk, name)
    if not yes and not ask(f"Withdraw the consent to send data through {line.name}?"):
        raise UsageError("Nothing was withdrawn.", "Say --yes to withdraw it.")
    stopping = connection_life.withdraw(place.desk, line.slug)
    if as_json:
        say_json({"withdrawn": line.slug, "stopping": stopping})
        return
    say(f"Nothing is sent through {line.name} any more.{_stopping(stopping)}")
    say(f"To agree again: segport connection edit {line.slug} --agree")


@click.command("remove")
@click.argument("name")
@click.option(
    "--detach",
    "all_detached",
    is_flag=True,
    help="Detach the exports that use it: they keep all else.",
)
@click.option("--remove-exports", is_flag=True, help="Remove the exports that use it.")
@yes_option
@json_option
@pass_place
def remove(
    place: Place,
    /,
    *,
    name: str,
    all_detached: bool,
    remove_exports: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Remove a connection and its key. For each export that uses it: detach it, or remove it too."""
    from workers.actions import connection_life, connections

    if all_detached and remove_exports:
        raise UsageError("Either --detach or --remove-exports.", "Without both, each is asked for.")
    slug, shown = _named(place, name)
    users = connections.users_of(place.desk, slug)
    if users and not (all_detached or remove_exports or on_terminal()):
        raise UsageError(
            f"The connection {shown} is used by: {', '.join(users.values())}.",
            "Say --detach or --remove-exports; to choose for each, begin with `segport export detach`.",
        )
    fate: Fate | None = "detach" if all_detached else "remove" if remove_exports else None
    chosen = {export: fate or _asked(called) for export, called in users.items()}
    told = f" and {many(list(chosen.values()).count('remove'), 'export')}" if chosen else ""
    if not yes and not ask(f"Remove the connection {shown}, its key{told}?"):
        raise UsageError("Nothing was removed.", "Say --yes to remove it.")
    stopping = connection_life.remove(place.desk, slug, chosen)
    if as_json:
        say_json({"removed": slug, "exports": chosen, "stopping": stopping})
        return
    say(f"Removed {shown}.{_stopping(stopping)}")
    for export, what in chosen.items():
        say(f"{'Removed' if what == 'remove' else 'Detached'} the export {export}.")


def _named(place: Place, name: str) -> tuple[str, str]:
    """Slug and name of a connection; one that is broken goes by its slug."""
    from store.connections import path_of
    from store.errors import ConfigurationError
    from workers.actions import connections

    try:
        line = connections.show(place.desk, name)
    except ConfigurationError:
        return path_of(place.workspace, name).stem, name
    return line.slug, line.name


def _asked(export: str) -> Any:  # noqa: ANN401 - one of click's choices
    return click.prompt(
        f"The export {safe(export)} uses it. Detach it, or remove it too?",
        type=click.Choice(["detach", "remove"]),
        default="detach",
        err=True,
    )


def _stopping(runs: list[int]) -> str:
    if not runs:
        return ""
    numbers = ", ".join(map(str, runs))
    return f" Stopping after the requests in flight: run {numbers}."
