"""`segport alert`: what is the matter, who is told, and whether telling works."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from store.alerts import Kind
from store.errors import UsageError
from tui.cli.options import json_option
from tui.cli.paths import HostPath
from tui.cli.place import Place, pass_place
from tui.cli.printing import say, say_facts, say_json, say_table
from tui.words.alerts import changed, plain
from tui.words.figures import many, moment

if TYPE_CHECKING:
    from store.journal.alerts import Alert


@click.group("alert")
def command() -> None:
    """What is the matter with exports, and who is told."""


@command.command("list")
@click.option("--all", "everything", is_flag=True, help="Also those that are over.")
@json_option
@pass_place
def list_all(place: Place, everything: bool, as_json: bool) -> None:
    """List the open alerts: each is told once, and once more when it is over."""
    from workers.actions import alerts

    found = alerts.recent(place.desk) if everything else alerts.open_alerts(place.desk)
    if as_json:
        say_json(found)
        return
    if not found:
        say("Nothing is the matter.")
        return
    say_table(
        ("EXPORT", "ALERT", "SINCE", "OVER", "FOUND"),
        [(a.export_name, a.kind, moment(a.opened_at), _over(a), a.runs) for a in found],
    )
    say()
    for each in found:
        untold = f" Could not be told by {many(each.untold, 'way')}." if each.untold else ""
        say(f"{each.export_name}: {each.text}{untold}")


@command.command("acknowledge")
@click.argument("export")
@click.option(
    "--kind", type=click.Choice([kind.value for kind in Kind]), help="Only this one of its alerts."
)
@json_option
@pass_place
def acknowledge(place: Place, export: str, kind: Kind | None, as_json: bool) -> None:
    """Take an export's open alerts as known: they are over, until the same is found again."""
    from workers.actions import alerts

    found = alerts.acknowledge(place.desk, export, kind and Kind(kind))
    if as_json:
        say_json(found)
    else:
        say(f"Acknowledged: {', '.join(each.kind for each in found)}.")


@command.command("show")
@json_option
@pass_place
def show(place: Place, as_json: bool) -> None:
    """Show what is told, by which ways, and whether they get through."""
    from workers.actions import alerts

    wanted, ways = alerts.settings_of(place.desk), alerts.ways(place.desk)
    if as_json:
        say_json({"alerts": plain(wanted), "ways": ways})
        return
    say_facts(
        [
            ("told of", ", ".join(wanted.on) or "nothing"),
            ("rejects above", f"{wanted.rejects_percent:g} %"),
            ("slow from", f"{wanted.slow_factor:g} times the usual time"),
        ]
    )
    say()
    say_table(
        ("WAY", "TO", "SECRET FROM", "TROUBLE"),
        [(way.name, way.where or "not set up", way.secret, way.trouble) for way in ways],
    )


@command.command("set")
@click.option(
    "--on",
    "kinds",
    multiple=True,
    metavar="KIND",
    help="What is told: failed, guard, rejects, 'nothing to send', 'did not start', slow.",
)
@click.option("--rejects-percent", type=float, help="The share of rejects that is told.")
@click.option("--slow-factor", type=float, help="From so many times the usual time a run is slow.")
@click.option("--email", multiple=True, metavar="ADDRESS", help="Who gets mail; repeatable.")
@click.option("--from", "sender", metavar="ADDRESS", help="Whom mail is from.")
@click.option("--server", metavar="HOST[:PORT]", help="The mail server.")
@click.option(
    "--security",
    type=click.Choice(["starttls", "tls", "none"]),
    help="none is for a server on this machine.",
)
@click.option("--user", help="Whom to log in as at the mail server; '' for nobody.")
@click.option(
    "--password-file",
    type=HostPath(dir_okay=False, allow_dash=True),
    metavar="FILE",
    help="Holds the password; - for standard input.",
)
@click.option("--no-email", is_flag=True, help="No mail any more.")
@click.option("--webhook", metavar="URL", help="Gets JSON; {secret} in it stands for the token.")
@click.option(
    "--token-file",
    type=HostPath(dir_okay=False, allow_dash=True),
    metavar="FILE",
    help="Holds the webhook's token; - for standard input.",
)
@click.option("--no-webhook", is_flag=True, help="No webhook any more.")
@json_option
@pass_place
def set_alerts(
    place: Place,
    /,
    *,
    password_file: str | None,
    token_file: str | None,
    as_json: bool,
    **given: Any,  # noqa: ANN401 - the options, as click gives them
) -> None:
    """Say who is told of what. What is not named stays as it is.

    A command that is run for alerts is set in this machine's own configuration, never here.
    """
    from tui.cli.key_input import PASSWORD, TOKEN, read_key
    from workers.actions import alerts

    if (password_file, token_file) == ("-", "-"):
        raise UsageError("Only one secret can come from standard input.", "Use a file.")
    wanted = changed(alerts.settings_of(place.desk), given)
    password = read_key(password_file, PASSWORD) if password_file else None
    token = read_key(token_file, TOKEN) if token_file else None
    kept = alerts.set_alerts(place.desk, wanted, password=password, token=token)
    if as_json:
        say_json({"alerts": plain(kept)})
    elif any(way.where for way in alerts.ways(place.desk)):
        say("Saved. Try it out: segport alert test")
    else:
        say(
            "Saved. No way to tell is set up: alerts are shown by segport alert list and in the app."
        )


@command.command("test")
@click.argument("way", required=False, type=click.Choice(["email", "webhook", "command"]))
@json_option
@pass_place
@click.pass_context
def test(context: click.Context, place: Place, way: str | None, as_json: bool) -> None:
    """Send a test by one way, or by each that is set up. Exit code 1 if one does not get through."""
    from workers.actions import alerts

    found = alerts.try_each(place.desk, way)
    if as_json:
        say_json([{"way": name, "problem": problem or None} for name, problem in found.items()])
    else:
        for name, problem in found.items():
            say(f"{name}: {problem or 'got through'}")
    context.exit(1 if any(found.values()) else 0)


def _over(alert: Alert) -> str | None:
    return moment(alert.closed_at) if alert.closed_at else None
