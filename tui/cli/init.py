"""`segport init`: make a workspace."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from tui.cli.options import json_option
from tui.cli.paths import HostPath
from tui.cli.printing import say, say_json


@click.command("init")
@click.argument("folder", type=HostPath(file_okay=False, path_type=Path), default=Path())
@json_option
def command(folder: Path, as_json: bool) -> None:
    """Make a workspace of a folder, the current one by default. Data in it is left alone."""
    from store import workspace as workspaces

    outer = workspaces.around(folder)
    made = workspaces.create(folder)
    if outer is not None:
        say(
            f"warning: it lies inside the workspace {outer}, which is not used from in here.",
            err=True,
        )
    if as_json:
        say_json({"workspace": made.root, "segments": made.segments_folder})
        return
    say(f"{made.root} is a Segport workspace now.")
    say(f"Put segments (Parquet, CSV, JSON lines or .sql) into {made.segments_folder}")
    goes = "" if made.root == Path.cwd().resolve() else f"cd {shlex.quote(str(folder))} && "
    say(f"Then open the app: {goes}segport")
    say("Or go on by command, in that folder: segport connection add NAME")
