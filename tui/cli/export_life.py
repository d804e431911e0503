"""`segport export duplicate | attach | detach | pause | unpause`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tui.cli.place import Place, pass_place
from tui.cli.printing import json_option, say, say_json

if TYPE_CHECKING:
    from workers.actions.exports import Saved

_several = click.argument("names", metavar="NAME...", nargs=-1, required=True)


@click.command("duplicate")
@click.argument("name")
@click.option("--name", "new_name", help="Of the copy; the old one with (copy) otherwise.")
@json_option
@pass_place
def duplicate(place: Place, *, name: str, new_name: str | None, as_json: bool) -> None:
    """Copy an export. The copy has sent nothing yet, and is paused."""
    from workers.actions import export_life

    _say_saved(export_life.duplicate(place.desk, name, new_name), as_json=as_json)


@click.command("attach")
@click.argument("name")
@click.argument("connection")
@json_option
@pass_place
def attach(place: Place, *, name: str, connection: str, as_json: bool) -> None:
    """Put an export on a connection. Nothing is sent."""
    from workers.actions import export_life

    _say_saved(export_life.attach(place.desk, name, connection), as_json=as_json)


@click.command("detach")
@_several
@json_option
@pass_place
def detach(place: Place, *, names: tuple[str, ...], as_json: bool) -> None:
    """Take exports off their connections: they keep all else, and do not run."""
    from workers.actions import export_life

    done = [export_life.detach(place.desk, name) for name in names]
    if as_json:
        say_json({"detached": done})
        return
    for slug in done:
        say(f"{slug} has no connection now. Bring it back: segport export attach {slug} CONNECTION")


@click.command("pause")
@_several
@json_option
@pass_place
def pause(place: Place, *, names: tuple[str, ...], as_json: bool) -> None:
    """Keep the schedule from starting exports. By hand they run all the same."""
    from workers.actions import export_life

    _say_paused(export_life.pause(place.desk, names), as_json=as_json, paused=True)


@click.command("unpause")
@_several
@json_option
@pass_place
def unpause(place: Place, *, names: tuple[str, ...], as_json: bool) -> None:
    """Let the schedule start exports again."""
    from workers.actions import export_life

    _say_paused(export_life.unpause(place.desk, names), as_json=as_json, paused=False)


def _say_saved(saved: Saved, *, as_json: bool) -> None:
    if as_json:
        say_json({"export": saved.slug, "notes": saved.notes})
        return
    say(f"Saved exports/{saved.slug}.toml. Nothing was sent.")
    for note in saved.notes:
        say(f"note: {note}")


def _say_paused(slugs: list[str], *, as_json: bool, paused: bool) -> None:
    if as_json:
        say_json({"exports": slugs, "paused": paused})
        return
    for slug in slugs:
        say(f"{slug} is {'paused: no schedule starts it' if paused else 'no longer paused'}.")
