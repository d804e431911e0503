"""`segport export preview`: what each field holds, and the first contact as it will be sent."""

from __future__ import annotations

import click

from tui.cli.options import json_option, reveal_option
from tui.cli.place import Place, pass_place
from tui.cli.printing import say, say_json, say_table
from tui.text import safe_lines


@click.command("preview")
@click.argument("name")
@reveal_option
@json_option
@pass_place
def preview(place: Place, *, name: str, revealed: bool, as_json: bool) -> None:
    """Show what fills each field, and the first contact as it will be sent. Nothing is sent."""
    from workers.actions import exports
    from workers.actions.looking import look
    from workers.actions.revealing import reveal

    document = exports.show(place.desk, name)
    if revealed:
        reveal(place.desk, f"export {document.path.stem}")
    seen = look(place.desk, document.value, revealed=revealed)
    if as_json:
        say_json({"fields": seen.fields, "first": seen.first, "plan": seen.report})
        return
    rows = [
        (field, each.filled, ", ".join(each.samples) or None) for field, each in seen.fields.items()
    ]
    say_table(("FIELD", "FILLED", "SAMPLES"), rows)
    say()
    if seen.first is None:
        say("There is nobody to send.")
        return
    say(f"The first contact ({seen.first.verdict}):")
    click.echo(safe_lines(seen.first.body))
