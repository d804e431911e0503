"""The answer in one sentence."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING, Final

from store.journal.delivery import Fate
from workers.why.answer import EXCLUDED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workers.why.answer import Known, RunThen, Why

_MOST_RUNS: Final = 6


def sentence(why: Why) -> str:
    """Whether the person is at the destination as far as is known here, and why or why not."""
    if _acknowledged(why):
        return _there(why)
    last = why.runs[-1] if why.runs else None
    if why.ledgers or _is_doubtful(last):
        return f"Perhaps in Autopilot: {_perhaps(last)}."
    return f"Not in Autopilot, as far as is known here: {_not_there(why, last)}."


def _acknowledged(why: Why) -> list[Known]:
    return [one for one in why.ledgers if one.acknowledged]


def _is_doubtful(last: RunThen | None) -> bool:
    """Whether a run that got nothing acknowledged may have got it through all the same."""
    return (
        last is not None
        and last.outcome in {"rejected", "pending"}
        and any(request.state in {Fate.UNKNOWN, Fate.SENDING} for request in last.requests)
    )


def _perhaps(last: RunThen | None) -> str:
    if last is None or not _is_doubtful(last):
        return "an earlier run sent it, and no answer came"
    if last.outcome == "rejected":
        return (
            f"run {last.run} sent it without an answer first, and was refused then ({last.words})"
        )
    return _by_run(last)


def _there(why: Why) -> str:
    held = "; ".join(
        f"{one.export} got it acknowledged"
        + (f", on {'the list' if len(one.lists) == 1 else 'the lists'} {', '.join(one.lists)}"
           if one.lists else ", on no list")
        for one in _acknowledged(why)
    )  # fmt: skip
    still = "" if why.segments else " No segment holds the address any more; nothing was undone."
    stopped = f" Suppressed by {' and '.join(why.suppressed_by)}: nothing more is sent."
    return (
        f"In Autopilot: {held}.{_refused_since(why)}{still}{stopped if why.suppressed_by else ''}"
    )


def _refused_since(why: Why) -> str:
    """What an export sent of the person last, and got rejected; nothing where that got through."""
    sent: dict[str, list[RunThen]] = {}
    for run in why.runs:
        if run.outcome != "nothing to send":
            sent.setdefault(run.export_id, []).append(run)
    known = {one.export_id for one in _acknowledged(why)}
    text = ""
    for export, then in sent.items():
        last = list(takewhile(lambda run: run.outcome == "rejected", reversed(then)))[::-1]
        if last:
            through = "" if len(sent) == 1 else f" of {last[0].export}"
            what = "The last change" if export in known else "What was sent"
            text += f" {what}{through} did not get through: rejected in {_named(last)}."
    return text


def _named(runs: Sequence[RunThen]) -> str:
    numbers = [str(run.run) for run in runs]
    if len(numbers) == 1:
        return f"run {numbers[0]}"
    if len(numbers) > _MOST_RUNS:
        return f"the last {len(numbers)} runs that sent it, run {numbers[-1]} the newest"
    return f"runs {', '.join(numbers[:-1])} and {numbers[-1]}"


def _not_there(why: Why, last: RunThen | None) -> str:
    if why.not_an_address:
        return f"this is {why.not_an_address}, so no plan takes it"
    return _by_run(last) or _by_data(why) or (_never(why) if last is None else _unsent(last))


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


def _never(why: Why) -> str:
    """What is no longer kept, or cannot be read, may have held the person."""
    if why.forgotten or why.unread:
        return "no run that can still be looked into has sent it"
    return "no run has sent it yet"


def _unsent(last: RunThen) -> str:
    return f"run {last.run} did not send it" + (f" ({last.reason})" if last.reason else "")
