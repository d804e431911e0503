"""A run in a few lines: state, bar, time left, counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from store.journal.runs import State
from tui.request_words import REPEATED
from tui.text import safe
from tui.widgets.state import state_text
from tui.words import between, duration, many, moment, number, share

if TYPE_CHECKING:
    from collections.abc import Sequence

    from store.journal.runs import Run
    from workers.actions.requests import Look, Phase

_BAR = 20
# Seconds after which the pace so far says more than the rate.
_SETTLED_PACE = 10.0


def run_content(run: Run, look: Look | None = None) -> Content:
    """What there is to know of a run at a glance, for 78 cells.

    Args:
        run: the run.
        look: its phases and its pace, once they are known.
    """
    word = state_text(run.state)
    style = str(word.style)
    lines: list[Content] = [
        Content.assemble(
            (f"Run {run.id}: ", "bold"),
            (word.plain, style) if style else word.plain,
            f"  {safe(run.export_name)} to {safe(run.connection_name)}",
        )
    ]
    if run.cause:
        lines.append(Content(safe(run.cause)))
    lines.append(Content(_progress(run, look)))
    lines.append(
        Content(
            f"Accepted {number(run.accepted)} + rejected {number(run.rejected)} "
            f"+ pending {number(max(0, run.pending))} = {many(run.to_send, 'contact')} to send"
        )
    )
    if look is not None and look.unknown:
        lines.append(Content.styled(_unknown(look.unknown), "bold yellow"))
    if run.repeated:
        lines.append(Content(f"{many(run.repeated, 'contact')} possibly repeated. {REPEATED}"))
    if look is not None and look.phases:
        lines.append(Content(_phases(look.phases, run.attempt)))
    lines.append(Content(_who(run)))
    return Content("\n").join(lines)


def _unknown(count: int) -> str:
    """Requests that left without a usable answer, so that nobody overlooks them."""
    each = "it" if count == 1 else "they"
    return (
        f"? {many(count, 'request')} unknown: no usable answer came; what {each} held is sent again"
    )


def _phases(phases: Sequence[Phase], attempt: int) -> str:
    """The phases of the newest attempt in a line; those before are on the command line."""
    parts = []
    for each in phases:
        if each.attempt != attempt:
            continue
        took = duration(between(each.began_at, each.ended_at))
        if each.requests is None:
            parts.append(f"{each.name} {took}")
        else:
            parts.append(f"{each.name} {many(each.requests, 'request')}")
    return " > ".join(parts)


def _progress(run: Run, look: Look | None) -> str:
    done, planned = run.requests_sent, run.requests_planned
    if not planned:
        return {
            State.QUEUED: "waiting for its turn",
            State.PLANNING: "working out what to send",
        }.get(run.state, "no requests")
    settled = run.accepted + run.rejected
    percent = 100 * settled // run.to_send if run.to_send else 100
    sent = f"{number(done)} of {many(planned, 'request')}"
    if done > planned:
        # A batch that was refused as a whole is sent again in smaller ones.
        sent = f"{many(done, 'request')}, {number(planned)} planned"
    bar = share(settled, run.to_send, _BAR)
    left = f", {_left(run, settled, look)}" if run.state == State.SENDING else ""
    return f"{bar} {percent:>3} %  {sent}{left}"


def _left(run: Run, settled: int, look: Look | None) -> str:
    """How long it will take: by its newest requests, at first by the connection's rate."""
    if settled >= run.to_send:
        return "finishing"
    if look is not None and look.per_second:
        seconds = max(1, run.requests_planned - run.requests_sent) / look.per_second
        return f"{look.per_second:.3g}/s, {duration(seconds)} left"
    elapsed = between(run.began_at, None)
    if elapsed is not None and elapsed > _SETTLED_PACE and settled and run.attempt == 1:
        return f"{duration(elapsed * (run.to_send - settled) / settled)} left"
    requests = max(1, run.requests_planned - run.requests_sent)
    return f"{duration(requests / run.frozen.connection.rate)} left"


def _who(run: Run) -> str:
    took = ""
    if run.ended_at:
        took = f", took {duration(between(run.began_at or run.asked_at, run.ended_at))}"
    attempt = f", attempt {run.attempt}" if run.attempt > 1 else ""
    asked = f"asked for {moment(run.asked_at)} by {safe(run.operator)}"
    return f"{asked} ({safe(run.started_by)}){took}{attempt}"
