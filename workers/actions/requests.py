"""The requests of a run, page by page, and one as it was sent."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import msgspec

from store import masks
from store.journal import requests, runs
from store.journal.delivery import Request, Span
from workers.actions.parts import joined, what
from workers.actions.runs import load
from workers.destinations import calls
from workers.destinations.address import api_root

if TYPE_CHECKING:
    from workers.actions.desk import Desk
    from workers.deliver.rebuild import Rebuilt

KEY: Final = "KEY"
"""What stands where the key was."""
_NAMELESS: Final = "the destination"


class Told(Request, frozen=True):
    """A request with what it asked for, in words; the destination's come with addresses masked."""

    what: str


class Shown(msgspec.Struct, frozen=True):
    """A request, made again from the frozen plan; the key is never in it.

    Attributes:
        exact: False when the journal cannot tell any more which of `candidates` it held, or when
            these are fewer than it held, since somebody was forgotten.
        masked: whether personal values are.
        body: JSON as it was sent, on one line; empty for a call without one.
    """

    method: str
    url: str
    headers: dict[str, str]
    body: str
    contacts: int
    candidates: int
    exact: bool
    masked: bool
    curl: str


class RequestDetail(msgspec.Struct, frozen=True):
    """A request and what came of it.

    Attributes:
        rejected: contacts that this request got refused.
        repeated: contacts in its range that count as possibly repeated.
        sent: None when the frozen plan is no longer kept.
    """

    run_id: int
    request: Told
    rejected: int
    repeated: int
    sent: Shown | None = None


def page(
    desk: Desk,
    run_id: int,
    *,
    before: int | None = None,
    after: int | None = None,
    limit: int = 200,
    trouble: bool = False,
) -> list[Told]:
    """Requests in the order of sending; see `journal.requests`."""
    with desk.journal() as journal:
        titles = joined(runs.load(journal, run_id))
        found = requests.page(
            journal, run_id, before=before, after=after, limit=limit, trouble=trouble
        )
    return [_told(request, titles) for request in found]


def request(desk: Desk, run_id: int, no: int, *, revealed: bool = False) -> RequestDetail:
    """One request as it was sent, and what was answered.

    Args:
        desk: who looks.
        run_id: the run.
        no: the request's number in it.
        revealed: personal values come as they are; `revealing.reveal` has been asked before.
    """
    from workers.deliver.rebuild import rebuild

    seen = load(desk, run_id)
    with desk.journal() as journal:
        run = runs.load(journal, run_id)
        found = requests.one(journal, run_id, no)
        made = rebuild(journal, run, found, desk.workspace.run_folder(run_id))
        span = Span(found.part, found.first, found.last)
        rejected = requests.rejected_by(journal, run_id, no)
        repeated = requests.repeated_within(journal, run_id, span)
    # A base URL is for administrators.
    root = api_root(seen.frozen.connection.base_url) if desk.is_administrator else _NAMELESS
    return RequestDetail(
        run_id,
        _told(found, joined(run)),
        rejected,
        repeated,
        None if made is None else _shown(made, root, revealed=revealed),
    )


def _told(request: Request, titles: Sequence[str]) -> Told:
    known = {**msgspec.structs.asdict(request), "words": masks.in_words(request.words)}
    return Told(**known, what=what(request, titles))


def _shown(made: Rebuilt, root: str, *, revealed: bool) -> Shown:
    method, path, body = made.call()
    text = body.decode()
    if not revealed:
        path, text = _masked(made, path, text)
    headers = {"Content-Type": "application/json", calls.KEY_HEADER: KEY}
    url = root + path
    return Shown(
        method, url, headers, text, len(made.items), made.candidates, made.exact, not revealed,
        _curl(method, url, text),
    )  # fmt: skip


def _masked(made: Rebuilt, path: str, text: str) -> tuple[str, str]:
    if made.kind == "join":
        return path.rpartition("/")[0] + "/" + masks.masked(made.items[0].email), text
    content: dict[str, Any] = msgspec.json.decode(text)
    if made.kind == "single":
        content = {"contact": masks.sent_contact(content["contact"])}
    else:
        content = {"contacts": [masks.sent_contact(each) for each in content["contacts"]]}
    return path, json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def _curl(method: str, url: str, body: str) -> str:
    """The same for a shell; the key comes from a variable that only the operator's shell has."""
    parts = [
        f"curl -X {method} {shlex.quote(url)}",
        "-H 'Content-Type: application/json'",
        f'-H "{calls.KEY_HEADER}: $AUTOPILOT_KEY"',
    ]
    if body:
        parts.append(f"--data-raw {shlex.quote(body)}")
    return " ".join(parts)
