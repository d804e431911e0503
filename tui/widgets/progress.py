"""A run in a few lines: state, bar, time left, counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from store.journal.runs import State
from tui.text import safe
from tui.widgets.state import state_text
from tui.words import between, duration, many, moment, number, share

if TYPE_CHECKING:
    from store.journal.runs import Run

_BAR = 20
# Seconds after which the pace so far says more than the rate.
_SETTLED_PACE = 10.0


def run_content(run: Run) -> Content:
    """What there is to know of a run at a glance, for 78 cells."""
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
    lines.append(Content(_progress(run)))
    lines.append(
        Content(
            f"Accepted {number(run.accepted)} + rejected {number(run.rejected)} "
            f"+ pending {number(max(0, run.pending))} = {many(run.to_send, 'contact')} to send"
        )
    )
    if run.repeated:
        lines.append(Content(f"{many(run.repeated, 'contact')} possibly sent twice"))
    lines.append(Content(_who(run)))
    return Content("\n").join(lines)


def _progress(run: Run) -> str:
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
    left = f", {_left(run, settled)}" if run.state == State.SENDING else ""
    return f"{bar} {percent:>3} %  {sent}{left}"


def _left(run: Run, settled: int) -> str:
    """How long it will take: by its pace so far, at first by the connection's rate."""
    if settled >= run.to_send:
        return "finishing"
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
