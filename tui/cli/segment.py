"""`segport segment`: what there is to send."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tui.cli.place import Place, pass_place
from tui.cli.printing import json_option, say, say_facts, say_json, say_table
from tui.words import moment, size

if TYPE_CHECKING:
    from store.facts import Facts, Overview
    from store.segments import BrokenSegment


@click.group("segment")
def command() -> None:
    """Look at the segments of the workspace."""


@command.command("list")
@json_option
@pass_place
def list_all(place: Place, as_json: bool) -> None:
    """List every segment with its size; one that cannot be read says why."""
    from store.facts import overviews
    from store.segments import BrokenSegment

    found = list(overviews(place.workspace))
    if as_json:
        say_json(found)
        return
    if not found:
        say("There are no segments yet.")
        say(f"Put Parquet, CSV, JSON lines or .sql files into {place.workspace.segments_folder}")
        return
    head = ("NAME", "ROWS", "COLUMNS", "SIZE", "KIND", "CHANGED")
    say_table(head, [_line(each) for each in found])
    for each in found:
        if isinstance(each, BrokenSegment):
            say(f"{each.name}: {each.reason} {each.hint}".rstrip())


@command.command("show")
@click.argument("name")
@click.option("--sample", type=click.IntRange(0, 1000), default=0, help="Show so many rows too.")
@json_option
@pass_place
def show(place: Place, name: str, sample: int, as_json: bool) -> None:
    """Show the columns of a segment, how full they are, and rows if asked for."""
    from store import segments
    from store.facts import facts

    source = segments.find(place.workspace, name)
    found = facts(place.workspace, name, sample)
    if as_json:
        say_json({"name": source.name, "kind": source.kind, "path": source.path, "facts": found})
        return
    say_facts(
        [
            ("segment", source.name),
            ("kind", source.kind),
            ("file", source.path),
            ("size", size(source.size)),
            ("rows", found.rows),
            ("lines that cannot be read", found.malformed or None),
        ]
    )
    say()
    _columns(found)
    if sample:
        say()
        say_table([column.name for column in found.columns], found.sample_rows)


def _columns(found: Facts) -> None:
    about = "~" if found.distinct_is_estimate else ""
    say_table(
        ("COLUMN", "TYPE", "EMPTY", "DIFFERENT", "FROM", "TO"),
        [
            (
                column.name,
                column.type,
                f"{column.null_share:.1%}",
                f"{about}{column.distinct:,}",
                _cut(column.min),
                _cut(column.max),
            )
            for column in found.columns
        ],
    )


def _line(each: Overview | BrokenSegment) -> tuple[object, ...]:
    from store.segments import BrokenSegment

    if isinstance(each, BrokenSegment):
        return (each.name, None, None, None, "broken", None)
    changed = moment(each.modified)
    return (each.name, each.rows, each.columns, size(each.size), each.kind, changed)


def _cut(text: str | None) -> str | None:
    return text if text is None or len(text) <= 30 else f"{text[:29]}…"
