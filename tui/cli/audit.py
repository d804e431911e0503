"""`segport audit`: who did what, and whether the record of it is whole."""

from __future__ import annotations

import textwrap

import click

from tui.cli.numbers import NUMBER
from tui.cli.options import json_option
from tui.cli.place import Place, pass_place
from tui.cli.printing import say, say_json, say_table
from tui.words import moments as when
from tui.words.figures import many, moment


@click.group("audit")
def command() -> None:
    """Who did what, when, and from which SSH connection."""


@command.command("list")
@click.option("--who", metavar="OPERATOR", help="Only what this operator did.")
@click.option("--action", metavar="WORDS", help="Only acts with these words, as in 'run' or 'key'.")
@click.option("--subject", help="Only what was done to this, as in 'run 7' or a file's name.")
@click.option("--result", help="Only what came to this: done, refused, failed, or a run's state.")
@click.option("--since", metavar="TIME", help=f"From then on: {when.FORMS}.")
@click.option("--until", metavar="TIME", help="Up to then.")
@click.option("--before", type=NUMBER, help="Only rows with a lower number.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=100, help="At most so many.")
@json_option
@pass_place
def list_all(
    place: Place,
    *,
    who: str | None,
    action: str | None,
    subject: str | None,
    result: str | None,
    since: str | None,
    until: str | None,
    before: int | None,
    limit: int,
    as_json: bool,
) -> None:
    """List what was done, the newest first. Others than administrators see their own acts."""
    from store.journal.audit import Wanted
    from workers.actions import audit

    wanted = Wanted(
        who=who,
        action=action,
        subject=subject,
        since=when.since(since) if since else None,
        until=when.until(until) if until else None,
        before=before,
        result=result,
    )
    found = audit.listed(place.desk, wanted, limit=limit)
    if as_json:
        say_json(found)
        return
    if not found:
        say("Nothing was done yet, or nothing like that.")
        return
    say_table(
        ("ROW", "WHEN", "WHO", "ROLE", "DID", "TO", "RESULT", "DETAIL", "BY", "FROM"),
        [
            (
                str(d.id),
                moment(d.at),
                d.operator,
                d.role,
                d.action,
                d.subject,
                d.result,
                d.detail,
                d.via,
                d.session,
            )
            for d in found
        ],
    )


@command.command("verify")
@click.option(
    "--known",
    metavar="NUMBER:SEAL",
    help="A seal that an earlier verification printed and you kept elsewhere: is that row still the "
    "same? Without it, a record that was made anew as a whole passes.",
)
@json_option
@pass_place
@click.pass_context
def verify(context: click.Context, place: Place, known: str | None, as_json: bool) -> None:
    """Prove that the record is complete and in order. Exit code 1 if it is not."""
    from workers.actions import audit

    verdict = audit.verify(place.desk, known)
    if as_json:
        say_json({"holds": verdict.holds, "verdict": verdict})
    else:
        if verdict.holds:
            say(f"{many(verdict.rows, 'row')}, each as it was written, none missing.")
        else:
            say(f"It does not hold: {verdict.wrong}.")
        if verdict.last:
            say(f"The last that holds: {verdict.last}:{verdict.seal}")
        for line in textwrap.wrap(audit.HONESTY, 90):
            say(line)
    context.exit(0 if verdict.holds else 1)
