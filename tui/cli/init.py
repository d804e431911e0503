"""`segport init`: make a workspace."""

from __future__ import annotations

from pathlib import Path

import click

from tui.cli.paths import HostPath
from tui.cli.printing import json_option, say, say_json


@click.command("init")
@click.argument("folder", type=HostPath(file_okay=False, path_type=Path), default=Path())
@json_option
def command(folder: Path, as_json: bool) -> None:
    """Make a workspace of a folder, the current one by default. Data in it is left alone."""
    from store import workspace as workspaces

    made = workspaces.create(folder)
    if as_json:
        say_json({"workspace": made.root, "segments": made.segments_folder})
        return
    say(f"{made.root} is a Segport workspace now.")
    say(f"Put segments (Parquet, CSV, JSON lines or .sql) into {made.segments_folder}")
    say("Then: segport connection add NAME")
