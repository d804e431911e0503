"""`segport connection`: accounts at a destination."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Literal

import click

from store.errors import DestinationError, UsageError
from store.figures import per_second
from tui.cli import connection_life
from tui.cli.consent import require_consent, say_statement
from tui.cli.key_input import key_option, read_key
from tui.cli.numbers import NUMBER
from tui.cli.options import json_option, together
from tui.cli.place import Place, pass_place
from tui.cli.printing import say, say_facts, say_json, say_table
from tui.cli.report import answered
from tui.words.figures import joined, moment

if TYPE_CHECKING:
    from store.connections import Connection
    from store.keys.key import Key
    from store.keys.secrets import FoundKey
    from workers.actions.connections import ConnectionLine
    from workers.destinations.base import ConnectReport

_audience = click.Choice(["administrators", "contributors"])


# What `add` and `edit` share.
_details = together(
    key_option,
    click.option("--agree", is_flag=True, help="I have read the data privacy statement."),
    click.option("--usable-by", type=_audience, help="Who may build exports on it."),
    click.option("--limit", "profile_limit", type=NUMBER,
                 help="Profiles that an export may hold, at most."),
    click.option("--rate", type=click.FloatRange(0, min_open=True),
                 help="Requests per second, at most."),
    click.option("--base-url", metavar="URL", help="Where the service answers; /v1 is added where it is left out."),
)  # fmt: skip


@click.group("connection")
def command() -> None:
    """Accounts at a destination, and who may use them."""


@command.command("list")
@json_option
@pass_place
def list_all(place: Place, as_json: bool) -> None:
    """List the connections."""
    from workers.actions import connections

    found = connections.listed(place.desk)
    if as_json:
        say_json(found)
        return
    if not found:
        say(
            "There are no connections yet. Add one: segport connection add NAME"
            if place.desk.is_administrator
            else "There are no connections yet, or none that is shared with you. "
            f"{place.desk.operator.whom_to_ask}"
        )
        return
    say_table(
        ("NAME", "TYPE", "CREATED", "ACCOUNT", "USABLE BY", "CONSENT", "LAST REACHED", "EXPORTS", "KEY FROM"),
        [
            (c.name, c.type, moment(c.created), c.account, c.usable_by,
             None if c.usable_by is None else "agreed" if c.consent else "none",
             moment(c.reached), len(c.exports) if c.exports else None, c.key_source)
            for c in found
        ],
    )  # fmt: skip
    for line in found:
        if line.broken:
            say(f"{line.slug} cannot be used: {line.broken}")


@command.command("show")
@click.argument("name")
@json_option
@pass_place
def show(place: Place, name: str, as_json: bool) -> None:
    """Show a connection; never its key."""
    from workers.actions import connections

    line = connections.show(place.desk, name)
    if as_json:
        say_json(line)
        return
    say_facts(_facts(line))
    if line.consent is not None:
        from workers.consent import is_old, statement_of

        say()
        say_statement(statement_of(line.consent))
        if is_old(line.consent):
            say()
            say(
                f"The statement says more by now. Agree to it: segport connection edit {name} --agree"
            )


@command.command("test")
@click.argument("name")
@json_option
@pass_place
def test(place: Place, name: str, as_json: bool) -> None:
    """Call the service with the connection's key."""
    from workers.actions import connecting

    report = asyncio.run(connecting.test(place.desk, name))
    if as_json:
        say_json(report)
    else:
        say(answered(report))


@command.command("lists")
@click.argument("name")
@json_option
@pass_place
def lists_of(place: Place, name: str, as_json: bool) -> None:
    """List what lists the account has; an export fills one by its title, or by its id."""
    from workers.actions import lists

    found = asyncio.run(lists.listed(place.desk, name))
    if as_json:
        say_json(found)
    elif found:
        say_table(("ID", "TITLE"), [(each.id, each.title) for each in found])
    else:
        say("The account has no list yet: the first run of an export makes it.")


@command.command("add")
@click.argument("name")
@click.option("--type", "kind", type=click.Choice(["autopilot"]), default="autopilot")
@_details
@click.option("--no-connect", is_flag=True, help="Save it without calling the service.")
@json_option
@pass_place
def add(
    place: Place,
    /,
    *,
    name: str,
    kind: Literal["autopilot"],
    key_file: str | None,
    agree: bool,
    no_connect: bool,
    as_json: bool,
    **details: Any,  # noqa: ANN401 - the options of a connection, as click gives them
) -> None:
    """Add a connection, after the service has answered to its key."""
    from store.connections import Connection, refuse_bare
    from workers.actions import connections

    given = {option: value for option, value in details.items() if value is not None}
    draft = Connection(name=name, type=kind, **given)
    refuse_bare(draft.base_url)
    require_consent(agree, draft.base_url)
    found = None if key_file is not None else _found_key(place, draft)
    key = found.key if found is not None else read_key(key_file)
    report = None
    if not no_connect:
        report = _tried(place, draft, key)
    account = report.account.email if report is not None else None
    kept = key if found is None else None
    slug = connections.add(place.desk, draft, kept, agreed=True, account=account)
    if as_json:
        say_json({"connection": slug, "report": report})
        return
    if report is not None:
        say(answered(report))
    if found is not None:
        say(f"The key comes from the {found.source}.")
    say(f"Saved as connections/{slug}.toml. Next: segport export add NAME --connection {slug}")


@command.command("edit")
@click.argument("name")
@click.option("--name", "new_name", help="The new name.")
@_details
@click.option("--new-key", is_flag=True, help="Ask for a new key.")
@json_option
@pass_place
def edit(
    place: Place,
    /,
    *,
    name: str,
    new_name: str | None,
    key_file: str | None,
    new_key: bool,
    agree: bool,
    as_json: bool,
    **details: Any,  # noqa: ANN401 - the options of a connection, as click gives them
) -> None:
    """Change a connection. Another base URL takes the key and the consent anew."""
    from workers.actions import connections

    given = {option: value for option, value in details.items() if value is not None}
    if new_name is not None:
        given["name"] = new_name
    key = None
    if given.get("base_url") and _leads_elsewhere(place, name, given["base_url"]):
        require_consent(agree, given["base_url"])
        agree = True
        key = read_key(key_file)
    elif new_key or key_file is not None:
        key = read_key(key_file)
    if not given and key is None and not agree:
        raise UsageError("Nothing was asked to change.", "See `segport connection edit --help`.")
    slug = connections.show(place.desk, name).slug
    connections.edit(place.desk, slug, **given, key=key, agreed=agree)
    line = connections.show(place.desk, slug)
    if as_json:
        say_json(line)
    else:
        say_facts(_facts(line))
        say(f"Try it: segport connection test {slug}")


for _each in (connection_life.key, connection_life.withdraw, connection_life.remove):
    command.add_command(_each)


def _found_key(place: Place, draft: Connection) -> FoundKey | None:
    """A key that one of the other sources holds for this connection already."""
    from store.documents import slug
    from store.keys.secrets import find_key, where_is_key
    from workers.destinations.address import origin_of

    asked = (place.workspace, slug(draft.name), origin_of(draft.base_url))
    return find_key(*asked) if where_is_key(*asked) is not None else None


def _leads_elsewhere(place: Place, name: str, base_url: str) -> bool:
    """Whether an address belongs to another origin than key and consent were given for."""
    from store.connections import load, refuse_bare
    from workers.destinations.address import origin_of

    refuse_bare(base_url)
    return origin_of(load(place.workspace, name).value.base_url) != origin_of(base_url)


def _tried(place: Place, draft: Connection, key: Key) -> ConnectReport:
    from workers.actions import connecting

    try:
        return asyncio.run(connecting.try_out(place.desk, draft, key))
    except DestinationError as error:
        error.hint = f"{error.hint} Nothing was saved; --no-connect saves it all the same.".strip()
        raise


def _facts(line: ConnectionLine) -> list[tuple[str, object]]:
    from workers.consent import is_old

    if line.usable_by is None:
        # Others than administrators see no more of it: what they do not see is not said to be missing.
        return [
            ("connection", line.name),
            ("type", line.type),
            ("you may", "build exports on it" if line.usable else "look"),
            ("used by", joined(line.exports, "no export")),
        ]
    consent = line.consent
    agreed = (
        f"{consent.operator}, {moment(consent.at)}, for {consent.origin}, to the statement of "
        f"{consent.version}{' (an older one)' if is_old(consent) else ''}"
        if consent
        else None
    )
    return [
        ("connection", line.name),
        ("file", f"connections/{line.slug}.toml"),
        ("type", line.type),
        ("created", moment(line.created) if line.created else None),
        ("address", line.base_url),
        ("account", line.account),
        ("key", line.key_source or "none found"),
        ("rate", per_second(line.rate) if line.rate else None),
        ("usable by", line.usable_by),
        ("last reached", moment(line.reached) if line.reached else None),
        ("consent", agreed or "none: nothing is sent through it"),
        ("used by", joined(line.exports, "no export")),
        ("broken", line.broken),
    ]
