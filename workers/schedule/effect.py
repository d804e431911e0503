"""What a schedule comes to, with the refresh, the switch and the connection taken into account."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from store.exports import Export
    from store.schedules import Refresh, Schedule


def in_effect(schedule: Schedule, refresh: Refresh | None) -> Schedule | None:
    """The schedule whose times count; None when nothing is due by itself."""
    if not schedule.on:
        return None
    if schedule.recurrence == "refresh":
        return refresh.timing() if refresh is not None else None
    return schedule


def timing_of(export: Export, refresh: Refresh | None) -> Schedule | None:
    """The same for an export: without a connection it is never due."""
    if export.connection is None:
        return None
    return in_effect(export.timing, refresh)
