"""A run in a few lines: state, bar, time left, counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from store.journal.runs import State
from tui.colours import ERROR, WARNING
from tui.text import safe
from tui.widgets.state import state_style
from tui.words.figures import asked_for, between, duration, many, moment, number, run_time, share
from tui.words.request import how_many, unknown
from tui.words.time_left import answered_for, left_words
from workers.actions.desk import NOT_SHARED
from workers.liveness import silence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from store.journal.runs import Run
    from workers.actions.progress import Look, Phase

_BAR = 20


def run_content(run: Run, look: Look | None = None) -> Content:
    """What there is to know of a run at a glance, for 78 cells.

    Args:
        run: the run.
        look: its phases and its pace, once they are known.
    """
    lines: list[Content] = [
        Content.assemble(
            (f"Run {run.id}: ", "bold"),
            (run.state.value, state_style(run.state)),
            f"  {safe(run.export_name)}{_to(run)}",
            f", {kind}" if (kind := asked_for(run.options)) else "",
        )
    ]
    if run.cause:
        lines.append(Content(safe(run.cause)))
    lines += _how_it_stands(run, look)
    lines.append(Content(_progress(run, look)))
    # Before the plan is there nobody knows how many there are.
    if run.plan is not None:
        lines.append(
            Content(
                f"Accepted {number(run.accepted)} + rejected {number(run.rejected)} "
                f"+ pending {number(max(0, run.pending))} = {many(run.to_send, 'contact')} to send"
            )
        )
    if run.excluded or run.withheld:
        lines.append(Content(_left_out(run)))
    if look is not None and look.unknown:
        lines.append(Content.styled(safe(unknown(look.unknown, active=run.active)), WARNING))
    if run.repeated:
        lines.append(Content(_repeated(run.repeated)))
    steps = ([how_many(run, look)] if run.requests_planned else []) + (
        _phases(look.phases, run.attempt) if look else []
    )
    if steps:
        lines.append(Content("; ".join(steps)))
    if look is not None and look.late:
        lines.append(
            Content.styled(f"{safe(look.late[:1].upper() + look.late[1:])}.", "$text-warning")
        )
    lines.append(Content(_who(run)))
    return Content("\n").join(lines)


def _to(run: Run) -> str:
    if run.connection_name == NOT_SHARED:
        return f", over a connection {NOT_SHARED}"
    return f" to {safe(run.connection_name)}"


def _left_out(run: Run) -> str:
    """Who is in the segments and gets nothing."""
    parts = [f"{many(run.excluded, 'row')} excluded"] if run.excluded else []
    parts += [f"{many(run.withheld, 'contact')} withheld"] if run.withheld else []
    return f"Left out by the plan: {', '.join(parts)}"


def _how_it_stands(run: Run, look: Look | None) -> list[Content]:
    """What keeps it from going on, where something does."""
    told = []
    if run.active and run.cancel_at:
        asked = f"asked to stop by {safe(run.cancel_by)}; it ends after the requests under way"
        told.append(Content.styled(asked, WARNING))
    if look is not None and look.over and run.pending > 0:
        told.append(Content.styled(f"It is over: {safe(look.over)}.", WARNING))
    if silent := _silent(run):
        told.append(Content.styled(silent, ERROR))
    return told


def _silent(run: Run) -> str:
    """Its process lives and says nothing: stopped, or the machine is."""
    seconds = silence(run)
    if seconds is None:
        return ""
    return f"no sign of life for {duration(seconds)}: it may be stuck; Cancel, then Kill, ends it"


def _repeated(count: int) -> str:
    """In a line what `request_words.REPEATED` says in full."""
    return f"{many(count, 'contact')} possibly repeated: sent again, as no answer had come"


def _phases(phases: Sequence[Phase], attempt: int) -> list[str]:
    """The phases of the newest attempt; those before are on the command line.

    What was sent in one is told where it was sent in several parts.
    """
    now = [each for each in phases if each.attempt == attempt]
    several = sum(each.requests is not None for each in now) > 1
    parts: list[str] = []
    for each in now:
        seconds = between(each.began_at, each.ended_at)
        if each.requests is None:
            if each.ended_at is None or (seconds or 0) >= 1:
                parts.append(f"{safe(each.name)} {duration(seconds)}")
        elif several:
            told = f"{safe(each.name)}: {many(each.requests, 'request')}"
            # The phase that it is a part of may have been too short to be told.
            parts.append(f"{parts.pop()}, {told}" if parts else told)
    return parts


def _progress(run: Run, look: Look | None) -> str:
    """How much of what is to be sent has its outcome, or all of it but for its lists, in contacts."""
    if not run.requests_planned:
        return {
            State.QUEUED: "waiting for its turn",
            State.PLANNING: "working out what to send",
        }.get(run.state, "no requests")
    done, lists_to_come = answered_for(run, look)
    percent = 100 * done // run.to_send if run.to_send else 100
    what = "sent, lists to come" if lists_to_come else "of the contacts"
    left = f", {left_words(run, look)}" if run.state == State.SENDING else ""
    return f"{share(done, run.to_send, _BAR)} {percent:>3} % {what}{left}"


def _who(run: Run) -> str:
    took = ""
    if run.ended_at:
        took = f", took {duration(run_time(run))}"
    attempt = f", attempt {run.attempt}" if run.attempt > 1 else ""
    asked = f"asked for {moment(run.asked_at)} by {safe(run.operator)}"
    return f"{asked} ({safe(run.started_by)}){took}{attempt}"
