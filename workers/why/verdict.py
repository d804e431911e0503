"""The answer in one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.journal.delivery import Fate
from workers.why.answer import EXCLUDED

if TYPE_CHECKING:
    from workers.why.answer import RunThen, Why


def sentence(why: Why) -> str:
    """Whether the person is at the destination as far as is known here, and why or why not."""
    if why.ledgers:
        return _there(why)
    last = why.runs[-1] if why.runs else None
    return f"Not in Autopilot, as far as is known here: {_not_there(why, last)}."


def _there(why: Why) -> str:
    held = "; ".join(
        f"{one.export} got it acknowledged"
        + (f", on {'the list' if len(one.lists) == 1 else 'the lists'} {', '.join(one.lists)}"
           if one.lists else ", on no list")
        for one in why.ledgers
    )  # fmt: skip
    still = "" if why.segments else " No segment holds the address any more; nothing was undone."
    stopped = f" Suppressed by {' and '.join(why.suppressed_by)}: nothing more is sent."
    return f"In Autopilot: {held}.{still}{stopped if why.suppressed_by else ''}"


def _not_there(why: Why, last: RunThen | None) -> str:
    if why.not_an_address:
        return f"this is {why.not_an_address}, so no plan takes it"
    return (
        _by_run(last)
        or _by_data(why)
        or ("no run has sent it yet" if last is None else _unsent(last))
    )


def _by_run(last: RunThen | None) -> str:
    """What the last run that had the person in its plan says, if that is the reason."""
    if last is None:
        return ""
    if last.outcome == "rejected":
        return f"run {last.run} was refused ({last.words})"
    if last.outcome == "pending":
        unknown = any(request.state == Fate.UNKNOWN for request in last.requests)
        left = "it left without an answer" if unknown else "it was not its turn"
        return f"run {last.run} is {last.state}, and {left}"
    return ""


def _by_data(why: Why) -> str:
    if why.suppressed_by:
        return f"suppressed by {' and '.join(why.suppressed_by)}"
    if not why.segments:
        return "no segment holds this address"
    if not any(segment.exports for segment in why.segments):
        return "no export sends the segments that hold it"
    excluded = [export.reason for export in why.exports if export.verdict == EXCLUDED]
    return f"the plan excludes it ({excluded[0]})" if excluded else ""


def _unsent(last: RunThen) -> str:
    return f"run {last.run} did not send it" + (f" ({last.reason})" if last.reason else "")
