"""`segport run requests`, `segport run request`: what left, and what was answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tui.cli.numbers import FROM_ZERO, NUMBER
from tui.cli.options import json_option, reveal_option, run_argument
from tui.cli.place import Place, pass_place
from tui.cli.printing import say, say_facts, say_json, say_table
from tui.words.figures import between, clock, duration, moment, number

if TYPE_CHECKING:
    from store.journal.runs import Run
    from workers.actions.progress import Look
    from workers.actions.requests import RequestDetail


@click.command("requests")
@run_argument
@click.option("--trouble", is_flag=True, help="Only those refused, unknown or not sent.")
@click.option("--after", type=FROM_ZERO, default=0, metavar="NO", help="Go on after it.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=1000, help="At most so many.")
@json_option
@pass_place
def requests_of(
    place: Place, run_id: int, *, trouble: bool, after: int, limit: int, as_json: bool
) -> None:
    """List the requests of a run: number, attempt, status, milliseconds, contacts."""
    from tui.words import request as words
    from workers.actions import requests

    found = requests.page(place.desk, run_id, after=after, limit=limit, trouble=trouble)
    if as_json:
        say_json(found)
        return
    if not found:
        say("There is no such request." if trouble or after else "The run has sent no request.")
        return
    say_table(
        ("NO", "ATTEMPT", "SENT", "WHAT", "CONTACTS", "STATE", "STATUS", "MS", "WORDS"),
        [
            (r.no, r.attempt, words.when(r), r.what, r.contacts, words.MARKS[r.state],
             r.status, None if r.ms is None else round(r.ms), r.words)
            for r in found
        ],
    )  # fmt: skip
    if len(found) == limit:
        say(f"More: --after {found[-1].no}")


@click.command("request")
@run_argument
@click.argument("no", type=NUMBER, metavar="NO")
@click.option("--curl", "as_curl", is_flag=True, help="Print it as a curl command only.")
@reveal_option
@json_option
@pass_place
def request(
    place: Place, run_id: int, no: int, *, as_curl: bool, revealed: bool, as_json: bool
) -> None:
    """Show one request, made again from the frozen plan, and what was answered.

    The key is never shown; personal data is masked unless --reveal is given.
    """
    from store.errors import NotFound
    from tui.text import safe
    from tui.words import request as words
    from workers.actions import requests, revealing

    if revealed:
        revealing.reveal(place.desk, f"run {run_id}, request {no}")
    found = requests.request(place.desk, run_id, no, revealed=revealed)
    if as_curl:
        if found.sent is None:
            raise NotFound(words.inexact(found), "Plans are kept as long as retention says.")
        if as_json:
            say_json({"curl": found.sent.curl})
        else:
            click.echo(safe(found.sent.curl))
        return
    if as_json:
        say_json(found)
        return
    _say(found)


def say_phases(look: Look, run: Run) -> None:
    """What is unknown and possibly repeated; how long each phase took, and what it sent."""
    from tui.words import request as words

    found = look.phases
    if look.unknown:
        say(words.unknown(look.unknown, active=run.active))
        say(f"Which ones: segport run requests {run.id} --trouble")
    if run.repeated:
        say(words.REPEATED)
    if not found:
        return
    several = any(phase.attempt > 1 for phase in found)
    head = ["PHASE", "BEGAN", "TOOK", "REQUESTS", "ANSWERED FOR"]
    rows: list[list[object]] = [
        [words.phase(each), clock(each.began_at),
         duration(between(each.began_at, each.ended_at)), each.requests, each.contacts]
        for each in found
    ]  # fmt: skip
    if several:
        head.insert(0, "ATTEMPT")
        rows = [[each.attempt, *row] for each, row in zip(found, rows, strict=True)]
    say()
    say_table(head, rows)


def _say(found: RequestDetail) -> None:
    from tui.text import safe
    from tui.words import request as words

    each = found.request
    say_facts(
        [
            ("request", f"{each.no} of run {found.run_id}, attempt {each.attempt}"),
            ("what", f"{each.what}: {number(each.contacts)}"),
            ("sent", f"{moment(each.sent_at)}, {words.when(each)}"),
            ("state", words.MARKS[each.state]),
        ]
    )
    say()
    say(words.outcome(each))
    for line in words.after(found):
        say(line)
    say()
    if note := words.inexact(found):
        say(note)
    if found.sent is None:
        return
    say(f"{found.sent.method} {found.sent.url}")
    for name, value in found.sent.headers.items():
        say(f"{name}: {value}")
    for line in words.body(found.sent):
        click.echo(safe(line))
    if found.sent.masked:
        say("Personal values are masked; --reveal shows them.")
