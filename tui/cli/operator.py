"""`segport operator`: who may do what."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from store.errors import UsageError
from tui.cli.place import Place, pass_place
from tui.cli.printing import ask, json_option, say, say_json, say_table
from tui.words import joined

if TYPE_CHECKING:
    from store.operators import Role

_role = click.Choice(["administrator", "contributor", "viewer"])


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
        ("NAME", "ROLE", "MEMBERS", "YOU"),
        [
            (o.name, o.role, None if o.members is None else joined(o.members, "nobody"),
             "you" if o.you else None)
            for o in found
        ],
    )  # fmt: skip
    if not found:
        say("Nobody is named, so everyone with a shell as this account is an administrator.")
        say("Name somebody: segport operator add NAME --role administrator")
    else:
        say(f"You are {me.name}, {me.role}.")


@command.command("add")
@click.argument("name")
@click.option("--role", type=_role, required=True, help="What they may do.")
@json_option
@pass_place
def add(place: Place, name: str, role: Role, as_json: bool) -> None:
    """Name a person or a unix group as an operator."""
    from workers.actions import operators

    notes = operators.add(place.desk, name, role)
    if as_json:
        say_json({"operator": name, "role": role, "notes": notes})
        return
    say(f"{name} is {role} from now on.")
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
        say(f"{name} is {role} from now on.")


@command.command("remove")
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
@pass_place
def remove(place: Place, name: str, yes: bool, as_json: bool) -> None:
    """Take an operator out."""
    from workers.actions import operators

    if not yes and not ask(f"Take {name} out?"):
        raise UsageError("Nobody was removed.", "Say --yes to remove them.")
    operators.remove(place.desk, name)
    if as_json:
        say_json({"removed": name})
    else:
        say(f"{name} is no operator any more.")
