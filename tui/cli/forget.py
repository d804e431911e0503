"""`segport forget`: erase a person from everything kept here."""

from __future__ import annotations

import click

from store.errors import UsageError
from tui.cli.options import json_option
from tui.cli.place import Place, pass_place
from tui.cli.printing import on_terminal, say, say_json


@click.command("forget")
@click.argument("address", metavar="EMAIL")
@click.option("--look", "only_look", is_flag=True, help="Say what is kept, and erase nothing.")
@click.option("--confirm", metavar="EMAIL", help="The address once more, where nobody can type it.")
@json_option
@pass_place
def command(
    place: Place, *, address: str, only_look: bool, confirm: str | None, as_json: bool
) -> None:
    """Erase a person from everything kept here: plans, ledgers, rejects, history, logs.

    Source files and Autopilot are not touched. It cannot be undone, so the address is typed twice.
    """
    from tui.words.forget import kept_here, left
    from workers.actions import people

    trace = people.trace(place.desk, address)
    person = trace.found.person
    if not as_json:
        say(f"Kept of {person}:")
        for line in kept_here(trace):
            say(f"  {line}")
    if not only_look:
        _agreed(person, confirm)
        trace = people.forget(place.desk, address)
    if as_json:
        say_json({"erased": not only_look, "trace": trace})
        return
    say("Nothing was erased." if only_look else "Erased.")
    for line in left(trace):
        say(line)


def _agreed(person: str, confirm: str | None) -> None:
    """The address was typed once more.

    Raises:
        UsageError: it was not, or was another.
    """
    if confirm is None:
        if not on_terminal():
            raise UsageError(
                "Nothing was erased: this cannot be undone.",
                "Say the address once more: --confirm EMAIL.",
            )
        confirm = click.prompt("Type the address to erase it", default="", show_default=False,
                               err=True)  # fmt: skip
    if confirm.strip().casefold() != person.casefold():
        raise UsageError("Nothing was erased: that is not the address.")
