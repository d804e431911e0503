"""One run in words: its phases and its rejects, for beside the log and for the clipboard."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.content import Content

from tui.text import safe, safe_lines, safe_text
from tui.widgets.progress import run_content
from tui.words import request as words
from tui.words.figures import between, clock, duration, many, number

if TYPE_CHECKING:
    from store.journal.runs import Run
    from workers.actions.progress import Look, Phase
    from workers.actions.rejects import RejectGroup


def aside_content(run: Run, look: Look, groups: Sequence[RejectGroup]) -> Content:
    """Phases with their times, then rejects by what was wrong; for 62 cells."""
    lines: list[Content] = [Content.styled("Phases", "bold")]
    several = any(phase.attempt > 1 for phase in look.phases)
    lines += [Content(_phase(phase, several=several)) for phase in look.phases]
    if groups:
        lines += [Content(), Content.styled("Rejected", "bold")]
        for group in groups:
            status = "" if group.status is None else f" ({group.status})"
            lines.append(Content(f"{number(group.contacts):>9}  {safe(group.wrong)}{status}"))
            lines.append(Content.styled(f"           {safe(group.words)}", "dim"))
    if run.repeated:
        told = f"{many(run.repeated, 'contact')} possibly repeated. {words.REPEATED}"
        lines += [Content(), Content(told)]
    return Content("\n").join(lines)


def copied(run: Run, look: Look | None, groups: Sequence[RejectGroup]) -> str:
    """All of it as plain text."""
    parts = [run_content(run, look).plain]
    if look is not None:
        parts.append(aside_content(run, look, groups).plain)
    return safe_lines("\n\n".join(parts))


def _phase(phase: Phase, *, several: bool) -> str:
    attempt = f"{phase.attempt}. " if several else ""
    took = duration(between(phase.began_at, phase.ended_at))
    if phase.ended_at is None:
        took = f"{took} so far"
    room = 21 if several else 18
    name = safe_text(attempt + words.phase(phase), width=room).plain
    line = f"{name:<{room}} {clock(phase.began_at)}  {took:<16}"
    if phase.requests is None:
        return line.rstrip()
    return f"{line} {many(phase.requests, 'request')}"
