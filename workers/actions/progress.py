"""How far a run is: its phases, its pace, and what its requests say about it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import msgspec

from store.journal import occurrences, requests, runs
from store.journal.delivery import Fate
from store.journal.runs import RESUMABLE, State
from workers.actions.over import over
from workers.actions.parts import joined, part_name
from workers.actions.runs import load
from workers.schedule.words import LATE, late_by, waited

if TYPE_CHECKING:
    from store.journal.occurrences import Occurrence
    from store.journal.requests import Pace, Share
    from store.journal.runs import Brief, Run, Stage
    from workers.actions.desk import Desk

_LASTING: Final = frozenset(
    {State.QUEUED, State.PLANNING, State.NEEDS_APPROVAL, State.SENDING, State.INTERRUPTED}
)


_HEARD: Final = frozenset({Fate.ANSWERED, Fate.REFUSED})
_IN_VAIN: Final = frozenset({Fate.UNKNOWN, Fate.NOT_SENT})
# Shorter ones are mended by the next try before anybody could do something.
_SILENCE: Final = timedelta(seconds=10)


class Phase(msgspec.Struct, frozen=True):
    """A stretch of a run.

    Attributes:
        name: a state of the run; of its sending, "contacts", then what `part_name` calls the
            lists, where they did not ride along.
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
        over: why it cannot go on though it stopped or waits, as the end of a sentence.
        in_parts: batches among the newest requests were refused, and are sent again in parts.
        extra: what it sent beyond its plan.
        sent: requests with contacts, at the moment of the look.
        unsent: contacts that neither are in one of them nor have their outcome.
        halfway: those that were answered for and count as nothing yet, since who is on their lists is
            settled later.
        joining: requests for lists have left in this attempt.
        silent_since: when the last request left that was answered, where those after it had no answer for
            a while; None while the service answers.
    """

    phases: list[Phase]
    per_second: float | None
    contacts_per_second: float | None
    unknown: int
    due: datetime | None = None
    late: str = ""
    over: str = ""
    in_parts: bool = False
    extra: Extra = Extra()
    sent: int = 0
    unsent: int = 0
    halfway: int = 0
    joining: bool = False
    silent_since: str | None = None

    @property
    def lists_to_come(self) -> bool:
        """Whether it is still to be settled for some who is on their lists, and not begun."""
        return self.halfway > 0 and not self.joining


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
        stands = run.state in RESUMABLE or run.state is State.NEEDS_APPROVAL
        ended = over(desk.workspace, journal, run) if stands else None
    extra = _extra(run, shares)
    seconds = 0.0 if pace is None else _seconds(pace)
    halfway = halfway_of(run, shares)
    under_way = sum(s.contacts for s in shares if (s.part, s.state) == (0, Fate.SENDING))
    told = Look(
        _phases(run, stages, shares), None, None, extra.unanswered, due, late,
        ended.why if ended else "",
        extra=extra, sent=sum(s.requests for s in shares if s.state is not Fate.NOT_SENT), halfway=halfway,
        unsent=max(0, run.pending - halfway - under_way),
        joining=any(share.part > 0 and share.attempt == run.attempt for share in shares),
        silent_since=_silent_since(run, stages, shares),
    )  # fmt: skip
    if pace is None or not seconds:
        return told
    return msgspec.structs.replace(
        told,
        per_second=(pace.requests - 1) / seconds,
        contacts_per_second=pace.contacts / seconds,
        in_parts=pace.in_parts > 0,
    )


def _silent_since(run: Run, stages: Sequence[Stage], shares: Sequence[Share]) -> str | None:
    if run.state is not State.SENDING or not stages:
        return None
    now = [share for share in shares if share.attempt == run.attempt]
    heard = max((s.last_at for s in now if s.state in _HEARD), default=stages[-1].at)
    in_vain = max((s.last_at for s in now if s.state in _IN_VAIN), default="")
    if in_vain <= heard:
        return None
    silence = datetime.now(UTC) - datetime.fromisoformat(heard)
    return heard if silence > _SILENCE else None


def halfway_of(run: Brief, shares: Sequence[Share]) -> int:
    """Contacts that were answered for, while who is on their lists is settled later."""
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
    titles = joined(run)
    ends = [later.at for _, later in pairwise(stages)] + [run.ended_at]
    for stage, end in zip(stages, ends, strict=True):
        if stage.state not in _LASTING:
            continue
        found.append(Phase(stage.attempt, stage.state, stage.at, end))
        if stage.state is State.SENDING:
            own = [share for share in shares if share.attempt == stage.attempt]
            found += _sending(own, stage.attempt, titles)
    return found


def _seconds(pace: Pace) -> float:
    first, last = map(datetime.fromisoformat, (pace.first_at, pace.last_at))
    return (last - first).total_seconds()


def _sending(shares: Sequence[Share], attempt: int, titles: Sequence[str]) -> list[Phase]:
    found = []
    for part in sorted({share.part for share in shares}):
        own = [share for share in shares if share.part == part]
        found.append(
            Phase(
                attempt,
                part_name(part, titles),
                min(share.first_at for share in own),
                max(share.last_at for share in own),
                sum(share.requests for share in own if share.state is not Fate.NOT_SENT),
                sum(share.contacts for share in own if share.state is Fate.ANSWERED),
            )
        )
    return found
