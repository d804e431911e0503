"""The exports as they are looked after day by day: how each went last, and when it goes next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from workers.actions import exports, schedules

if TYPE_CHECKING:
    from workers.actions.desk import Desk
    from workers.actions.exports import ExportLine


@dataclass(frozen=True, slots=True)
class HomeLine:
    """An export with its schedule.

    Attributes:
        schedule: in words for a narrow column; empty for a broken file.
        paused: its schedule is off: it runs only by hand.
        active: it runs by itself, by its own schedule or with a refresh that is on.
        next: when it runs next by itself, in UTC; None when nothing is due.
        why: in one line why it did or did not run last time.
        zone: the time zone that its times are meant in; empty when nothing is due.
    """

    export: ExportLine
    schedule: str = ""
    paused: bool = False
    active: bool = False
    next: datetime | None = None
    why: str = ""
    zone: str = ""


def listed(desk: Desk) -> list[HomeLine]:
    """Every export with its last run and its next."""
    timings = schedules.all_of(desk)
    lines = []
    for export in exports.listed(desk):
        timing = timings.get(export.slug)
        if timing is None:
            lines.append(HomeLine(export))
            continue
        upcoming = timing.next[0] if timing.next else None
        zone = timing.timing.zone if timing.timing is not None else ""
        lines.append(
            HomeLine(
                export,
                schedule=timing.words,
                paused=timing.schedule.by_hand,
                active=timing.active,
                next=upcoming,
                why=timing.why,
                zone=zone,
            )
        )
    return lines
