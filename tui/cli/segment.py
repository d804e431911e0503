"""`segport segment`: what there is to send."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from tui.cli.numbers import FROM_ZERO
from tui.cli.options import json_option, reveal_option
from tui.cli.place import Place, pass_place
from tui.cli.printing import say, say_facts, say_json, say_table
from tui.words.figures import joined, lost_words, moment, percent, rows_words, size

if TYPE_CHECKING:
    from store.segments.catalogue import BrokenSegment
    from store.segments.facts import Facts, Overview


@click.group("segment")
def command() -> None:
    """Look at the segments of the workspace."""


@command.command("list")
@json_option
@pass_place
def list_all(place: Place, as_json: bool) -> None:
    """List every segment with its size; one that cannot be read says why."""
    from store.exports import senders
    from store.segments.catalogue import BrokenSegment
    from store.segments.facts import overviews

    found = list(overviews(place.workspace))
    sent_by = senders(place.workspace)
    if as_json:
        say_json([{**asdict(each), "exports": sent_by.get(each.name, [])} for each in found])
        return
    if not found:
        say("There are no segments yet.")
        say(f"Put Parquet, CSV, JSON lines or .sql files into {place.workspace.segments_folder}")
        return
    head = ("NAME", "ROWS", "COLUMNS", "SIZE", "KIND", "CHANGED", "SENT BY")
    say_table(head, [(*_line(each), joined(sent_by.get(each.name, []))) for each in found])
    for each in found:
        if isinstance(each, BrokenSegment):
            say(f"{each.name}: {each.reason} {each.hint}".rstrip())


@command.command("show")
@click.argument("name")
@click.option("--sample", type=click.IntRange(0, 1000), default=0, help="Show so many rows too.")
@reveal_option
@json_option
@pass_place
def show(place: Place, *, name: str, sample: int, revealed: bool, as_json: bool) -> None:
    """Show a segment: columns, how full they are, frequent values, growth, and who sends it.

    Personal values are masked unless revealed.
    """
    from tui.words.growth import line
    from workers.actions import segments

    view = segments.view(place.desk, name, sample=sample, revealed=revealed)
    if as_json:
        say_json(view)
        return
    say_facts(
        [
            ("segment", view.name),
            ("kind", view.kind),
            ("file", view.path),
            ("size", size(view.size)),
            ("rows", rows_words(view.facts.rows, view.facts.malformed)),
            ("unreadable", lost_words(view.facts.lost, view.facts.malformed)),
            ("sent by", joined(view.exports, "no export")),
            ("over the runs", line(view.members, 40)),
        ]
    )
    say()
    _columns(view.facts)
    if sample:
        say()
        say_table([column.name for column in view.facts.columns], view.facts.sample_rows)


@command.command("rows")
@click.argument("name")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, help="So many rows.")
@click.option("--after", type=FROM_ZERO, default=0, help="After so many rows.")
@reveal_option
@json_option
@pass_place
def rows(place: Place, *, name: str, limit: int, after: int, revealed: bool, as_json: bool) -> None:
    """Show rows of a segment, in the order of its file; masked unless revealed."""
    from workers.actions import segments

    found = segments.page(place.desk, name, limit=limit, offset=after, revealed=revealed)
    if as_json:
        say_json(found)
    elif found.rows:
        say_table(found.columns, found.rows)
    else:
        say("There are no rows there.")


@command.command("growth")
@click.argument("name")
@json_option
@pass_place
def growth(place: Place, name: str, as_json: bool) -> None:
    """Show how many rows a segment had, run by run, the newest first."""
    from tui.words.growth import line
    from tui.words.growth import rows as lines
    from workers.actions import segments

    found = segments.grown(place.desk, name)
    if as_json:
        say_json(found)
        return
    say(line(found, 60))
    say_table(("RUN", "WHEN", "EXPORT", "ROWS", "CONTACTS", "CHANGE"), lines(found))


def _columns(found: Facts) -> None:
    about = "~" if found.distinct_is_estimate else ""
    say_table(
        ("COLUMN", "TYPE", "FILLED", "DIFFERENT", "FROM", "TO", "FREQUENT"),
        [
            (
                column.name,
                column.type,
                percent(1 - column.null_share if found.rows else None),
                f"{about}{column.distinct:,}",
                _cut(column.min),
                _cut(column.max),
                ", ".join(f"{_cut(one.value)} {one.rows:,}" for one in column.common[:3]),
            )
            for column in found.columns
        ],
    )


def _line(each: Overview | BrokenSegment) -> tuple[object, ...]:
    from store.segments.catalogue import BrokenSegment

    if isinstance(each, BrokenSegment):
        return (each.name, None, None, None, "broken", None)
    changed = moment(each.modified)
    rows = rows_words(each.rows, each.malformed) if each.malformed else each.rows
    return (each.name, rows, each.columns, size(each.size), each.kind, changed)


def _cut(text: str | None) -> str | None:
    return text if text is None or len(text) <= 30 else f"{text[:29]}…"
