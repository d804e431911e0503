"""`segport why`: what is known of one person."""

from __future__ import annotations

import click

from tui.cli.options import json_option, reveal_option
from tui.cli.place import Place, pass_place
from tui.cli.printing import say, say_json


@click.command("why")
@click.argument("address", metavar="EMAIL")
@reveal_option
@json_option
@pass_place
def command(place: Place, address: str, revealed: bool, as_json: bool) -> None:
    """Why this person is, or is not, in Autopilot: segments, plan, ledger, and every run.

    Nothing is asked elsewhere. Values are masked unless revealed.
    """
    from tui.words.why import lines
    from workers.actions import people

    found = people.why(place.desk, address, revealed=revealed)
    if as_json:
        say_json(found)
        return
    say(found.address)
    say(found.answer)
    width = 14
    for line in lines(found):
        if len(line) == 1:
            say()
            say(line[0])
        else:
            say(f"  {line[0]:<{width}}  {line[1]}")
