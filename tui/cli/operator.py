"""`segport operator`: who may do what."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from store.errors import UsageError
from store.people import authorized_keys
from store.people.operators import a_role
from store.people.public_key import LARGEST
from tui.cli.options import json_option, yes_option
from tui.cli.paths import HostPath
from tui.cli.place import Place, pass_place
from tui.cli.printing import ask, say, say_json, say_table
from tui.words.figures import joined, many

if TYPE_CHECKING:
    from store.people.operators import Role

_role = click.Choice(["administrator", "contributor", "viewer"])


def _settle(_context: click.Context, _option: click.Parameter, path: Path | None) -> None:
    if path is not None:
        authorized_keys.settle(path)


_authorized_keys = click.option(
    "--authorized-keys",
    type=HostPath(dir_okay=False, path_type=Path),
    metavar="FILE",
    expose_value=False,
    callback=_settle,
    help="Where sshd looks for keys, if not in ~/.ssh/authorized_keys.",
)


@click.group("operator")
def command() -> None:
    """Who may do what: administrators, contributors, viewers.

    A NAME is an account name, or @ and a unix group. A change holds at once.
    """


@command.command("list")
@json_option
@pass_place
def list_all(place: Place, as_json: bool) -> None:
    """List the operators, and which of them you are."""
    from workers.actions import operators

    found = operators.listed(place.desk)
    me = place.desk.operator
    if as_json:
        say_json({"you": {"name": me.name, "role": me.role}, "operators": found})
        return
    say_table(
        ("NAME", "ROLE", "MEMBERS", "KEYS", "YOU"),
        [
            (o.name, o.role, None if o.members is None else joined(o.members, "nobody"),
             len(o.keys) if o.keys else None, "you" if o.you else None)
            for o in found
        ],
    )  # fmt: skip
    if not found:
        say("Nobody is named, so everyone with a shell as this account is an administrator.")
        say("Name somebody: segport operator add NAME --role administrator")
    else:
        say(f"You are {me.name}, {a_role(me.role)}.")


@command.command("add")
@click.argument("name")
@click.option("--role", type=_role, help="What they may do.")
@click.option(
    "--key",
    "key_file",
    type=HostPath(dir_okay=False, path_type=Path, allow_dash=True),
    metavar="FILE",
    help="Their public SSH key, to let them in through the gate; - for standard input.",
)
@_authorized_keys
@json_option
@pass_place
def add(
    place: Place, *, name: str, role: Role | None, key_file: Path | None, as_json: bool
) -> None:
    """Name a person or a unix group as an operator; with --key, let the person in by SSH."""
    from workers.actions import operators

    notes = operators.add(place.desk, name, role, None if key_file is None else _read(key_file))
    if as_json:
        say_json({"operator": name, "role": role, "notes": notes})
        return
    if role is not None:
        say(f"{name} is {a_role(role)} from now on.")
    for note in notes:
        say(f"note: {note}")


@command.command("role")
@click.argument("name")
@click.argument("role", type=_role)
@json_option
@pass_place
def role(place: Place, name: str, role: Role, as_json: bool) -> None:
    """Give an operator another role."""
    from workers.actions import operators

    operators.set_role(place.desk, name, role)
    if as_json:
        say_json({"operator": name, "role": role})
    else:
        say(f"{name} is {a_role(role)} from now on.")


@command.command("remove")
@click.argument("name")
@yes_option
@_authorized_keys
@json_option
@pass_place
def remove(place: Place, name: str, yes: bool, as_json: bool) -> None:
    """Take an operator out, with their keys to the gate."""
    from workers.actions import operators

    if not yes and not ask(f"Take {name} out?"):
        raise UsageError("Nobody was removed.", "Say --yes to remove them.")
    keys = operators.remove(place.desk, name)
    if as_json:
        say_json({"removed": name, "keys": keys})
    else:
        lost = f" {many(keys, 'key')} of theirs opens the gate no more." if keys else ""
        say(f"{name} is no operator any more.{lost}")


def _read(path: Path) -> str:
    """A public key file, or standard input; too long a one is none."""
    if str(path) == "-":
        return sys.stdin.read(LARGEST)
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return file.read(LARGEST)
    except OSError as error:
        raise UsageError(f"The key file {path} cannot be read ({error.strerror}).") from error
