"""`segport sandbox`: the simulator in the foreground, and what it holds."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from store.errors import NotFound, UsageError
from tui.cli.numbers import FROM_ZERO
from tui.cli.options import json_option
from tui.cli.paths import HostPath
from tui.cli.printing import say, say_facts, say_json, say_table
from tui.words.figures import joined, many

if TYPE_CHECKING:
    from workers.sandbox.client import Sandbox

_file_option = click.option(
    "--file",
    type=HostPath(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Where contacts and lists are kept.",
)


@click.group("sandbox", invoke_without_command=True)
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="0 takes a free port.")
@_file_option
@click.option("--state", type=HostPath(dir_okay=False, path_type=Path), metavar="FILE",
              help="Write port and process id here once it listens.")  # fmt: skip
@click.option("--rate", type=click.FloatRange(0), help="Requests a second; 0 for no limit.")
@click.option("--burst", type=click.FloatRange(0), help="Requests that may come at once.")
@click.option("--latency", type=click.FloatRange(0), help="Seconds before each answer.")
@click.option("--modes", type=HostPath(exists=True, dir_okay=False, path_type=Path),
              metavar="FILE", help="A JSON file with modes; see `modes`.")  # fmt: skip
@click.option("--mode", "pairs", multiple=True, metavar="NAME=VALUE", help="One mode; see `modes`.")
@click.option("--faults", type=HostPath(exists=True, dir_okay=False, path_type=Path),
              metavar="FILE", help="A JSON file with what goes wrong.")  # fmt: skip
@click.pass_context
def command(
    context: click.Context,
    *,
    port: int,
    file: Path | None,
    state: Path | None,
    rate: float | None,
    burst: float | None,
    latency: float | None,
    modes: Path | None,
    pairs: tuple[str, ...],
    faults: Path | None,
) -> None:
    """Simulate the Autopilot API on this machine until Ctrl-C; without --file, in memory."""
    if context.invoked_subcommand is not None:
        context.obj = file
        return
    from workers.sandbox import server
    from workers.sandbox.options import read_faults, read_modes, read_switches

    switches = read_switches(pairs)
    numbers = {"rate": rate, "burst": burst, "latency": latency}
    switches.update({name: value for name, value in numbers.items() if value is not None})
    server.serve(
        port,
        file,
        read_modes(modes, switches),
        read_faults(faults) if faults else [],
        ready=_announce,
        state_file=state,
    )


@command.command("modes")
@json_option
def modes(*, as_json: bool) -> None:
    """List how the simulator can behave, and what can be made to go wrong."""
    from workers.sandbox.faults import Fault
    from workers.sandbox.modes import Modes
    from workers.sandbox.options import options

    known, rules = options(Modes), options(Fault)
    if as_json:
        say_json({"modes": [each._asdict() for each in known],
                  "faults": [each._asdict() for each in rules]})  # fmt: skip
        return
    say("Modes, for --mode NAME=VALUE, or for --modes FILE as one JSON object:")
    say()
    say_table(("MODE", "DEFAULT", "VALUES"), known)
    say()
    say("Rules of what goes wrong, for --faults FILE as a JSON list of objects; for example")
    say('[{"match": "POST /v1/contacts", "nth": 2, "action": "close", "work": "all"}]:')
    say()
    say_table(("PART", "DEFAULT", "VALUES"), rules)


@command.command("show")
@_file_option
@click.option("--list", "title", help="Only contacts on this list, by title or id.")
@click.option("--email", help="Only the contact of this address.")
@click.option("--limit", type=FROM_ZERO, default=20, help="At most so many contacts.")
@json_option
@click.pass_obj
def show(
    named: object,
    /,
    *,
    file: Path | None,
    title: str | None,
    email: str | None,
    limit: int,
    as_json: bool,
) -> None:
    """Show what a simulator holds in its file, whether or not it is running."""
    from workers.sandbox.show import show as look

    path = file or _known_file(named)
    holding = look(path, email=email, list_name=title, limit=limit)
    if as_json:
        say_json(holding._asdict() | {"lists": [each._asdict() for each in holding.lists],
                                      "some": [each.document for each in holding.some]})  # fmt: skip
        return
    if email is not None:
        for contact in holding.some:
            say_facts(_flat({**contact.document, "lists": list(contact.lists)}))
        if not holding.some:
            say("There is no contact of that address.")
        return
    if title is None:
        say_table(("LIST", "CONTACTS", "ID"), [(o.title, o.size, o.list_id) for o in holding.lists])
        say(f"{many(holding.contacts, 'contact')} in {many(len(holding.lists), 'list')}.")
    if holding.some:
        say()
        say_table(
            ("EMAIL", "NAME", "LISTS"), [(o.email, o.name, joined(o.lists)) for o in holding.some]
        )


def _known_file(named: object) -> Path:
    """The file that the group was given, else that of the workspace's own simulator."""
    from store import workspace as workspaces
    from tui.cli.place import named_workspace
    from workers.sandbox.background import data_file

    if isinstance(named, Path):
        return named
    try:
        return data_file(workspaces.find(named_workspace()).state / "sandbox")
    except NotFound as error:
        raise UsageError("Which simulator?", "Name its file with --file.") from error


def _announce(sandbox: Sandbox) -> None:
    say(f"Listening at {sandbox.base_url}")
    say(f"Key: {sandbox.key}")
    sys.stdout.flush()


def _flat(contact: dict[str, Any]) -> list[tuple[str, object]]:
    facts: list[tuple[str, object]] = []
    for name, value in contact.items():
        if isinstance(value, list):
            facts += [(name, _one(item)) for item in value]
        else:
            facts.append((name, value))
    return facts


def _one(item: object) -> object:
    """A custom field as the API shows it, or the title of a list."""
    if isinstance(item, dict):
        return f"{item.get('fieldType')} {item.get('value')}"
    return item
