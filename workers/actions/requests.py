"""What an operator sees of one run: its phases and its requests."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import msgspec

from store import masks
from store.journal import occurrences, requests, runs
from store.journal.delivery import Fate, Request, Span
from store.journal.runs import State
from workers.actions.runs import load
from workers.destinations import calls
from workers.destinations.address import api_root
from workers.schedule.words import LATE, late_by, waited

if TYPE_CHECKING:
    from store.journal.occurrences import Occurrence
    from store.journal.requests import Pace, Share
    from store.journal.runs import Run, Stage
    from workers.actions.desk import Desk
    from workers.deliver.rebuild import Rebuilt

KEY: Final = "KEY"
"""What stands where the key was."""
_NAMELESS: Final = "the destination"


class Phase(msgspec.Struct, frozen=True):
    """A stretch of a run.

    Attributes:
        name: a state of the run; of its sending, "contacts", then "list 1", "list 2", ...: the
            first, second, ... list of each contact, where it did not ride along.
        began_at: when the run came into it, or the first of its requests left.
        ended_at: None while it lasts. For requests: when the last of them left.
        requests: that left in it; None for a state.
        contacts: in those that were answered; None for a state.
    """

    attempt: int
    name: str
    began_at: str
    ended_at: str | None
    requests: int | None = None
    contacts: int | None = None


class Extra(msgspec.Struct, frozen=True):
    """Why a run takes more requests than its plan has, as far as its requests tell.

    Attributes:
        halved: refused as a whole, and sent again in halves.
        too_fast: refused for their pace, and sent again.
        unanswered: that left without a usable answer, and were sent again.
        joins: calls that put one contact on one list, where bulk calls do not.
        alone: contacts that an answer did not name, tried alone.
    """

    halved: int = 0
    too_fast: int = 0
    unanswered: int = 0
    joins: int = 0
    alone: int = 0


class Look(msgspec.Struct, frozen=True):
    """What a run's requests say about it.

    Attributes:
        per_second: how fast the newest requests leave; None before that can be told, or ended.
        contacts_per_second: how fast contacts are answered for by them.
        unknown: requests that left without a usable answer.
        due: when a schedule wanted it, in UTC; None for a run that was started by hand.
        late: how much later it was started, and why, in words; empty when it was in time.
        over_by: a later run of the export that has begun to send: this one cannot be resumed.
        in_parts: batches among the newest requests were refused, and are sent again in parts.
        extra: what it sent beyond its plan.
        sent: requests with contacts, at the moment of the look.
        unsent: contacts that neither are in one of them nor have their outcome.
        halfway: those that were answered for and count as nothing yet, since who is on their lists is
            settled later.
        joining: requests for lists have left in this attempt.
    """

    phases: list[Phase]
    per_second: float | None
    contacts_per_second: float | None
    unknown: int
    due: datetime | None = None
    late: str = ""
    over_by: int | None = None
    in_parts: bool = False
    extra: Extra = Extra()
    sent: int = 0
    unsent: int = 0
    halfway: int = 0
    joining: bool = False

    @property
    def lists_to_come(self) -> bool:
        """Whether it is still to be settled for some who is on their lists, and not begun."""
        return self.halfway > 0 and not self.joining


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
    """A request and what came of it; `words` are the destination's, addresses masked.

    Attributes:
        rejected: contacts that this request got refused.
        repeated: contacts in its range that count as possibly repeated.
        sent: None when the frozen plan is no longer kept.
    """

    run_id: int
    request: Request
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
) -> list[Request]:
    """Requests in the order of sending, addresses in their words masked; see `journal.requests`."""
    with desk.journal() as journal:
        runs.load(journal, run_id)
        found = requests.page(
            journal, run_id, before=before, after=after, limit=limit, trouble=trouble
        )
    return [_discreet(request) for request in found]


def look(desk: Desk, run_id: int) -> Look:
    """The run's way through its states, what it sent on it, and how fast it does."""
    with desk.journal() as journal:
        # Before the run, which may go on meanwhile: what these tell of it holds then at the least.
        shares = requests.shares(journal, run_id)
    run = load(desk, run_id)
    with desk.journal() as journal:
        stages = runs.stages(journal, run_id)
        pace = requests.pace(journal, run_id, run.attempt) if run.state is State.SENDING else None
        due, late = _due(run, occurrences.of_run(journal, run_id))
        over_by = runs.begun_since(journal, run)
    extra = _extra(run, shares)
    seconds = 0.0 if pace is None else _seconds(pace)
    halfway = _halfway(run, shares)
    under_way = sum(s.contacts for s in shares if (s.part, s.state) == (0, Fate.SENDING))
    told = Look(
        _phases(run, stages, shares), None, None, extra.unanswered, due, late, over_by,
        extra=extra, sent=sum(s.requests for s in shares if s.state is not Fate.NOT_SENT), halfway=halfway,
        unsent=max(0, run.pending - halfway - under_way),
        joining=any(share.part > 0 and share.attempt == run.attempt for share in shares),
    )  # fmt: skip
    if pace is None or not seconds:
        return told
    return msgspec.structs.replace(
        told,
        per_second=(pace.requests - 1) / seconds,
        contacts_per_second=pace.contacts / seconds,
        in_parts=pace.in_parts > 0,
    )


def _halfway(run: Run, shares: Sequence[Share]) -> int:
    answered = sum(
        share.contacts
        for share in shares
        if (share.part, share.kind, share.state) == (0, "bulk", Fate.ANSWERED)
    )
    return max(0, min(run.pending, answered - run.accepted - run.rejected))


def _extra(run: Run, shares: Sequence[Share]) -> Extra:
    halved = sum(share.halved for share in shares)
    # Halves come down to single contacts, too, and so does what lists are tried out with: as planned,
    # or by a later attempt, to which those are known that the one before made.
    are_missing = not halved and not (run.plan or {}).get("tries") and run.attempt == 1
    return Extra(
        halved,
        sum(share.too_fast for share in shares),
        sum(share.requests for share in shares if share.state is Fate.UNKNOWN),
        sum(share.requests for share in shares if share.kind == "join"),
        sum(share.requests for share in shares if share.kind == "single") if are_missing else 0,
    )


def _due(run: Run, of: Occurrence | None) -> tuple[datetime | None, str]:
    if of is None:
        return None, ""
    asked = datetime.fromisoformat(run.asked_at)
    told = late_by(of.due, of.claimed_at, of.missed)
    if asked - of.claimed_at >= LATE:
        told += waited(of.claimed_at, asked, "its log says for what")
    return of.due, told.removeprefix(", ")


def _phases(run: Run, stages: Sequence[Stage], shares: Sequence[Share]) -> list[Phase]:
    found: list[Phase] = []
    ends = [later.at for _, later in pairwise(stages)] + [run.ended_at]
    for stage, end in zip(stages, ends, strict=True):
        if stage.state not in _LASTING:
            continue
        found.append(Phase(stage.attempt, stage.state, stage.at, end))
        if stage.state is State.SENDING:
            found += _sending([s for s in shares if s.attempt == stage.attempt], stage.attempt)
    return found


def _seconds(pace: Pace) -> float:
    first, last = map(datetime.fromisoformat, (pace.first_at, pace.last_at))
    return (last - first).total_seconds()


def request(desk: Desk, run_id: int, no: int, *, revealed: bool = False) -> RequestDetail:
    """One request as it was sent, and what was answered.

    Args:
        desk: who looks.
        run_id: the run.
        no: the request's number in it.
        revealed: personal values come as they are; `looking.reveal` has been asked before.
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
        _discreet(found),
        rejected,
        repeated,
        None if made is None else _shown(made, root, revealed=revealed),
    )


_LASTING: Final = frozenset(
    {State.QUEUED, State.PLANNING, State.NEEDS_APPROVAL, State.SENDING, State.INTERRUPTED}
)


def _sending(shares: Sequence[Share], attempt: int) -> list[Phase]:
    found = []
    for part in sorted({share.part for share in shares}):
        own = [share for share in shares if share.part == part]
        found.append(
            Phase(
                attempt,
                "contacts" if part == 0 else f"list {part}",
                min(share.first_at for share in own),
                max(share.last_at for share in own),
                sum(share.requests for share in own if share.state is not Fate.NOT_SENT),
                sum(share.contacts for share in own if share.state is Fate.ANSWERED),
            )
        )
    return found


def _discreet(request: Request) -> Request:
    return msgspec.structs.replace(request, words=masks.in_words(request.words))


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
