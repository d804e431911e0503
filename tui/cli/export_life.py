"""`segport export duplicate | attach | detach | pause | unpause | reset | remove`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from store.errors import UsageError
from tui.cli.options import json_option, yes_option
from tui.cli.place import Place, pass_place
from tui.cli.printing import ask, say, say_json

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


@click.command("reset")
@click.argument("name")
@yes_option
@json_option
@pass_place
def reset(place: Place, name: str, yes: bool, as_json: bool) -> None:
    """Forget what the destination has acknowledged: the next run sends everything as new."""
    from workers.actions import exports

    document = exports.show(place.desk, name)
    if not yes and not ask(f"Forget what was sent by {document.value.name}?"):
        raise UsageError("Nothing was reset.", "Say --yes to reset it.")
    exports.reset(place.desk, document.path.stem)
    if as_json:
        say_json({"reset": document.path.stem})
    else:
        say(f"The next run of {document.value.name} sends everybody as new.")


@click.command("remove")
@click.argument("name")
@yes_option
@json_option
@pass_place
def remove(place: Place, name: str, yes: bool, as_json: bool) -> None:
    """Remove an export. Its runs stay in the history; nothing changes at the destination."""
    from workers.actions import exports

    document = exports.show(place.desk, name)
    if not yes and not ask(f"Remove the export {document.value.name}?"):
        raise UsageError("Nothing was removed.", "Say --yes to remove it.")
    exports.remove(place.desk, document.path.stem)
    if as_json:
        say_json({"removed": document.path.stem})
    else:
        say(f"Removed {document.value.name}.")


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
