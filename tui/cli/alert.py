"""`segport alert`: what is the matter, who is told, and whether telling works."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from store.errors import SegportError, UsageError
from tui.cli.paths import HostPath
from tui.cli.place import Place, pass_place
from tui.cli.printing import json_option, say, say_facts, say_json, say_table
from tui.words.figures import many, moment

if TYPE_CHECKING:
    from store.alerts import Alerts
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
        [(a.export_slug, a.kind, moment(a.opened_at), _over(a), a.runs) for a in found],
    )
    say()
    for each in found:
        untold = f" Could not be told by {many(each.untold, 'way')}." if each.untold else ""
        say(f"{each.export_slug}: {each.text}{untold}")


@command.command("show")
@json_option
@pass_place
def show(place: Place, as_json: bool) -> None:
    """Show what is told, by which ways, and whether they get through."""
    from workers.actions import alerts

    wanted, ways = alerts.settings_of(place.desk), alerts.ways(place.desk)
    if as_json:
        say_json({"alerts": _plain(wanted), "ways": ways})
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
@click.option("--user", help="Whom to log in as at the mail server.")
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
    from tui.cli.key_input import read_key
    from workers.actions import alerts

    if (password_file, token_file) == ("-", "-"):
        raise UsageError("Only one secret can come from standard input.", "Use a file.")
    wanted = _wanted(alerts.settings_of(place.desk), given)
    password = read_key(password_file) if password_file else None
    token = read_key(token_file) if token_file else None
    kept = alerts.set_alerts(place.desk, wanted, password=password, token=token)
    if as_json:
        say_json({"alerts": _plain(kept)})
    else:
        say("Saved. Try it out: segport alert test")


@command.command("test")
@click.argument("way", required=False, type=click.Choice(["email", "webhook", "command"]))
@json_option
@pass_place
@click.pass_context
def test(context: click.Context, place: Place, way: str | None, as_json: bool) -> None:
    """Send a test by one way, or by each that is set up. Exit code 1 if one does not get through."""
    from workers.actions import alerts

    chosen = [way] if way else [each.name for each in alerts.ways(place.desk) if each.where]
    if not chosen:
        raise UsageError("No way of telling is set up.", "See `segport alert set --help`.")
    found: dict[str, str] = {}
    for name in chosen:
        try:
            alerts.test(place.desk, name)
        except SegportError as error:
            found[name] = str(error)
        else:
            found[name] = ""
    if as_json:
        say_json([{"way": name, "problem": problem or None} for name, problem in found.items()])
    else:
        for name, problem in found.items():
            say(f"{name}: {problem or 'got through'}")
    context.exit(1 if any(found.values()) else 0)


def _wanted(now: Alerts, given: dict[str, Any]) -> Alerts:
    """The alerts as the options change them."""
    import msgspec

    from store.alerts import Alerts

    raw = _plain(now)
    for name in ("rejects_percent", "slow_factor"):
        if given[name] is not None:
            raw[name] = given[name]
    if given["kinds"]:
        raw["on"] = list(given["kinds"])
    if given["no_email"]:
        raw.pop("email", None)
    elif email := _email(given):
        raw["email"] = {**(raw.get("email") or {}), **email}
    if given["no_webhook"]:
        raw.pop("webhook", None)
    elif given["webhook"]:
        raw["webhook"] = {"url": given["webhook"]}
    try:
        return msgspec.convert(raw, Alerts)
    except msgspec.ValidationError as error:
        told = str(error).removeprefix("in field ").replace("`", "")
        raise UsageError(f"{told[:1].upper()}{told[1:]}.", _SEE) from error


def _email(given: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if given["email"]:
        found["to"] = list(given["email"])
    for option, name in (("sender", "from"), ("security", "security"), ("user", "user")):
        if given[option]:
            found[name] = given[option]
    if given["server"]:
        host, colon, port = given["server"].rpartition(":")
        found["server"] = host if colon else port
        if colon:
            if not port.isdecimal():
                raise UsageError(f"{given['server']} names no mail server.", "Write HOST:PORT.")
            found["port"] = int(port)
    return found


def _plain(wanted: Alerts) -> dict[str, Any]:
    import msgspec

    found: dict[str, Any] = msgspec.to_builtins(wanted)
    return found


def _over(alert: Alert) -> str | None:
    return moment(alert.closed_at) if alert.closed_at else None


_SEE = "See `segport alert set --help`."
