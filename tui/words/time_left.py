"""How far a run is and how long it still takes, and no more than can be known of it."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Final

from tui.words.figures import between, clock, duration
from workers.request_size import MOST_CONTACTS

if TYPE_CHECKING:
    from store.journal.runs import Run
    from workers.actions.progress import Look

# Seconds after which the pace so far says more than the rate.
_SETTLED_PACE: Final = 10.0


def requests_in_all(run: Run, look: Look | None = None) -> int:
    """The requests with contacts that a run takes at the least, as far as is known now.

    A batch that was refused as a whole is sent again in smaller ones, beyond what was planned.
    """
    # What belongs together: the run may have gone on since it was looked at.
    sent, unsent = (run.requests_sent, run.pending) if look is None else (look.sent, look.unsent)
    needed = ceil(unsent / MOST_CONTACTS) if run.active else 0
    return max(run.requests_planned, run.requests_sent, sent + needed)


def answered_for(run: Run, look: Look | None) -> tuple[int, bool]:
    """How many contacts have their outcome, or all of it but for their lists; whether there are such."""
    halfway = look.halfway if look is not None and run.active else 0
    return min(run.accepted + run.rejected + halfway, run.to_send), halfway > 0


def left_words(run: Run, look: Look | None = None) -> str:
    """By its newest requests, at first by the connection's rate; "at least" where more may come.

    Args:
        run: a run that sends.
        look: its pace, once it is known.
    """
    if other := _in_place_of_time(run, look):
        return other
    settled = run.accepted + run.rejected
    needed = max(1, requests_in_all(run, look) - run.requests_sent)
    if look is not None and look.per_second:
        seconds = needed / look.per_second
        if look.in_parts or look.lists_to_come:
            return f"at least {duration(max(1.0, seconds))} left"
        # Not every request brings a contact to its end.
        if look.contacts_per_second:
            seconds = max(seconds, run.pending / look.contacts_per_second)
        return f"{duration(seconds)} left"
    elapsed = between(run.began_at, None)
    in_parts = requests_in_all(run, look) > run.requests_planned
    if elapsed and elapsed > _SETTLED_PACE and settled and run.attempt == 1 and not in_parts:
        return f"{duration(elapsed * (run.to_send - settled) / settled)} left"
    least = "at least " if in_parts else ""
    return f"{least}{duration(needed / run.frozen.connection.rate)} left"


def _in_place_of_time(run: Run, look: Look | None) -> str:
    """What there is to say where no time is left, or nobody can tell it; empty otherwise."""
    if run.accepted + run.rejected >= run.to_send:
        return "finishing"
    if look is not None and look.lists_to_come and not look.unsent:
        return "who is on them is looked up"
    if look is not None and look.silent_since:
        return f"no answer since {clock(look.silent_since)}, tried again"
    return ""
