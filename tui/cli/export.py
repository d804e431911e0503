"""`segport export`: set up, plan and run exports."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import click

from store.errors import UsageError
from tui.cli import export_life, export_preview, export_run
from tui.cli.options import json_option, together
from tui.cli.place import Place, pass_place
from tui.cli.printing import say, say_facts, say_json, say_table
from tui.words.exports import you_may
from tui.words.figures import joined, moment, moment_in

if TYPE_CHECKING:
    from store.exports import Export
    from workers.actions.exports import ExportLine
    from workers.actions.home import HomeLine
    from workers.actions.schedules import ScheduleLine


# What `add` and `edit` share.
_parts = together(
    click.option("--segment", "segments", multiple=True, metavar="SEGMENT[=TITLE]",
                 help="A segment to send; repeatable."),
    click.option("--list", "lists", multiple=True, metavar="SEGMENT=TITLE",
                 help="The list that a segment fills; named as the segment otherwise."),
    click.option("--list-id", "list_ids", multiple=True, metavar="SEGMENT=ID",
                 help="The list by its id, where several have one title: connection lists."),
    click.option("--field", "fields", multiple=True, metavar="FIELD=COLUMN",
                 help="Data matching, as in Email=email."),
    click.option("--custom", "custom", multiple=True, metavar="NAME:TYPE=COLUMN",
                 help="A custom field, as in 'NPS Rating:integer=nps'."),
    click.option("--newest-by", metavar="COLUMN",
                 help="Of several rows of one address, the greatest value here wins."),
    click.option("--guard", "guards", multiple=True, metavar="NAME=NUMBER|off",
                 help="Wait for approval above this: excluded_percent, adds, changes, leavers."),
)  # fmt: skip


@click.group("export")
def command() -> None:
    """Set up, plan and run exports."""


@command.command("list")
@json_option
@pass_place
def list_all(place: Place, as_json: bool) -> None:
    """List the exports and how each went last."""
    from workers.actions import home

    lines = home.listed(place.desk)
    if as_json:
        say_json([_flat(line) for line in lines])
        return
    if not lines:
        say("There are no exports yet. Add one: segport export add NAME --connection C --segment S")
        return
    found = [line.export for line in lines]
    say_table(
        ("NAME", "CONNECTION", "SEGMENTS", "PROFILES", "SCHEDULE", "LAST RUN", "STATE", "NEXT RUN",
         "YOU MAY"),
        [
            (e.name, "no connection" if not (e.connection or e.broken) else e.connection,
             joined(e.segments), e.profiles, "paused" if line.paused else line.schedule,
             *_last(e), moment_in(line.next, line.zone, named=True), you_may(e))
            for e, line in zip(found, lines, strict=True)
        ],
    )  # fmt: skip
    for line in found:
        if line.broken:
            say(f"{line.slug} cannot be used: {line.broken} Correct the file.")


@command.command("show")
@click.argument("name")
@json_option
@pass_place
def show(place: Place, name: str, as_json: bool) -> None:
    """Show how an export is set up."""
    from workers.actions import exports, schedules

    document = exports.show(place.desk, name)
    line = schedules.of(place.desk, document.path.stem)
    if as_json:
        plain = {"next": line.next, "why": line.why}
        say_json({"slug": document.path.stem, "export": document.value, **plain})
    else:
        _show(line, document.value)


@command.command("add")
@click.argument("name")
@click.option("--connection", required=True, help="The connection to send by.")
@_parts
@json_option
@pass_place
def add(
    place: Place,
    /,
    *,
    name: str,
    connection: str,
    segments: tuple[str, ...],
    lists: tuple[str, ...],
    list_ids: tuple[str, ...],
    fields: tuple[str, ...],
    custom: tuple[str, ...],
    newest_by: str | None,
    guards: tuple[str, ...],
    as_json: bool,
) -> None:
    """Set up an export. Nothing is sent. Without --field, columns are matched by name."""
    from store.exports import Export, new_id
    from tui.cli import export_words as words
    from workers.actions import connections, exports

    if not segments:
        raise UsageError("Which segments?", "Name them with --segment.")
    choices = words.segments(segments, lists, list_ids, _known(place))
    through = connections.show(place.desk, connection).slug
    names = [choice.segment for choice in choices]
    matching = words.fields(fields) if fields else exports.propose(place.desk, names).fields
    export = Export(
        id=new_id(),
        name=name,
        connection=through,
        segments=choices,
        fields=dict(matching),
        custom_fields=words.custom(custom),
        newest_by=newest_by,
        guards=words.guards(guards),
    )
    saved = exports.add(place.desk, export)
    if as_json:
        say_json({"export": saved.slug, "notes": saved.notes})
        return
    if not fields:
        say("Matched by name:")
        say_facts([(f"  {field}", column) for field, column in matching.items()])
    say(f"Saved as exports/{saved.slug}.toml. It was not run: nothing was sent.")
    for note in saved.notes:
        say(f"note: {note}")
    say(f"Next: segport export plan {saved.slug}")


@command.command("edit")
@click.argument("name")
@click.option("--name", "new_name", help="The new name.")
@click.option("--connection", help="Another connection.")
@_parts
@json_option
@pass_place
def edit(
    place: Place,
    /,
    *,
    name: str,
    new_name: str | None,
    connection: str | None,
    as_json: bool,
    **parts: Any,  # noqa: ANN401 - the options of an export, as click gives them
) -> None:
    """Change an export. --segment replaces all segments; --field and --guard change single ones."""
    import msgspec

    from workers.actions import connections, exports

    document = exports.show(place.desk, name)
    changes = _changes(place, document.value, parts)
    if new_name is not None:
        changes["name"] = new_name
    if connection is not None:
        changes["connection"] = connections.show(place.desk, connection).slug
    if not changes:
        raise UsageError("Nothing was asked to change.", "See `segport export edit --help`.")
    edited = msgspec.structs.replace(document.value, **changes)
    saved = exports.save(place.desk, edited, document.path.stem, document.digest)
    if as_json:
        say_json({"export": saved.slug, "notes": saved.notes})
        return
    say(f"Saved exports/{saved.slug}.toml. It was not run: nothing was sent.")
    for note in saved.notes:
        say(f"note: {note}")


for _each in (
    export_run.plan,
    export_run.run,
    export_preview.preview,
    export_life.duplicate,
    export_life.attach,
    export_life.detach,
    export_life.pause,
    export_life.unpause,
    export_life.reset,
    export_life.remove,
):
    command.add_command(_each)


def _known(place: Place) -> list[str]:
    from store.segments.catalogue import names

    return names(place.workspace)


def _changes(place: Place, export: Export, parts: dict[str, Any]) -> dict[str, Any]:
    """The fields of an export that options ask to change."""
    from tui.cli import export_words as words

    changes: dict[str, Any] = {}
    lists, list_ids = parts["lists"], parts["list_ids"]
    if parts["segments"] or lists or list_ids:
        known = {*_known(place), *(choice.segment for choice in export.segments)}
        changes["segments"] = words.segments(
            parts["segments"], lists, list_ids, known, export.segments
        )
    if parts["fields"]:
        changes["fields"] = words.fields(parts["fields"], export.fields)
    if parts["custom"]:
        changes["custom_fields"] = words.custom(parts["custom"], export.custom_fields)
    if parts["guards"]:
        changes["guards"] = words.guards(parts["guards"], export.guards)
    if parts["newest_by"] is not None:
        changes["newest_by"] = parts["newest_by"] or None
    return changes


def _show(line: ScheduleLine, export: Export) -> None:
    say_facts(
        [
            ("export", export.name),
            ("file", f"exports/{line.slug}.toml"),
            ("connection", export.connection or "no connection"),
            ("schedule", line.in_full),
            ("next", _next(line)),
            ("last", line.why),
            ("paused", None if export.timing.on else "yes: no schedule starts it"),
            ("newest by", export.newest_by),
            ("guards", joined(
                f"{name} {getattr(export.guards, name)}" for name in export.guards.__struct_fields__
            )),
        ]
    )  # fmt: skip
    say()
    say_table(("SEGMENT", "LIST", "ID"), [(s.segment, s.title, s.list_id) for s in export.segments])
    say()
    rows = [(field, "standard", column) for field, column in export.fields.items()]
    rows += [(name, each.type, each.column) for name, each in export.custom_fields.items()]
    say_table(("FIELD", "TYPE", "COLUMN"), rows)


def _next(line: ScheduleLine) -> str | None:
    if line.timing is None or not line.next:
        return None
    from tui.words.schedule import said_times

    return said_times(line.next[:1], line.timing.zone)[0]


def _flat(line: HomeLine) -> dict[str, Any]:
    """An export and its schedule as one object."""
    export = line.export
    own = {each.name: getattr(export, each.name) for each in dataclasses.fields(export)}
    more = {each.name: getattr(line, each.name) for each in dataclasses.fields(line)}
    return {**own, "profiles": export.profiles, **{k: v for k, v in more.items() if k != "export"}}


def _last(line: ExportLine) -> tuple[object, object]:
    if line.last is not None:
        return moment(line.last.asked_at), line.last.state
    return None, "broken" if line.broken else "never run"
