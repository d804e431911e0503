"""`segport keys`: the keyboard reference, made from what the screens themselves declare."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tui.cli.options import json_option
from tui.cli.printing import say, say_json, say_table

if TYPE_CHECKING:
    from tui.registry import Part

_HEAD = """\
# Keys

Made by `segport keys --markdown` from the app itself; a test holds it against the screens. The id
is what `[keys]` in `~/.config/segport/config.toml` calls an action to give it another key. `ctrl+p`
shows every action of the screen you are on, `?` its keys.
"""


@click.command("keys")
@click.option("--markdown", is_flag=True, help="Print the page that the README links to.")
@json_option
def command(markdown: bool, as_json: bool) -> None:
    """List every key of the app, screen by screen, with those of your own configuration."""
    from store import machine
    from tui.registry import key_words, parts

    keymap = {} if markdown else machine.load().keymap

    if as_json:
        say_json(
            [
                {"where": part.name, "id": b.id, "keys": keymap.get(b.id or "", key_words(b)), "label": b.description,
                 "sentence": b.tooltip}
                for part in parts() for b in part.bindings
            ]
        )  # fmt: skip
    elif markdown:
        click.echo(page(), nl=False)
    else:
        for part in parts():
            say(part.name)
            say_table(
                ("KEY", "WHAT", "ID"),
                [
                    (keymap.get(b.id or "", key_words(b)), b.description, b.id)
                    for b in part.bindings
                ],
            )
            say()


def page() -> str:
    """The reference as Markdown."""
    from tui.registry import parts

    return "\n".join([_HEAD, *map(_section, parts())])


def _section(part: Part) -> str:
    from tui.registry import key_words

    lines = [f"## {part.name}", "", part.about, "", "| key | what it does | id |", "|---|---|---|"]
    for binding in part.bindings:
        more = f": {binding.tooltip}" if binding.tooltip else ""
        lines.append(f"| `{key_words(binding)}` | {binding.description}{more} | `{binding.id}` |")
    return "\n".join([*lines, ""])
