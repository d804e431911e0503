"""What an operator does with schedules. Setting one never runs anything."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from store import connections, documents, exports, settings
from store.errors import ConfigurationError, UsageError
from store.exports import Export
from store.schedules import WITH_REFRESH, Refresh, Schedule
from store.settings import Settings
from workers.schedule.times import next_times
from workers.schedule.words import said, said_in_full

if TYPE_CHECKING:
    from store.documents import Document
    from workers.actions.desk import Desk

AHEAD = 5


@dataclass(frozen=True, slots=True)
class ScheduleLine:
    """When an export runs.

    Attributes:
        schedule: as it is set.
        words: the same for a narrow column, as in "daily 06:00".
        in_full: the same with zone and bounds.
        timing: what it comes to, with the refresh taken into account; None when nothing is due.
        next: the next times, in UTC; empty when nothing is due.
    """

    slug: str
    name: str
    schedule: Schedule
    words: str
    in_full: str
    timing: Schedule | None
    next: list[datetime] = field(default_factory=list)

    @property
    def active(self) -> bool:
        """Whether it runs by itself: by its own schedule, or with a refresh that is on."""
        return self.timing is not None


def of(desk: Desk, slug: str) -> ScheduleLine:
    """The schedule of one export, with its next five times."""
    document = exports.load(desk.workspace, slug)
    return _line(document.path.stem, document.value, _refresh(desk), AHEAD)


def all_of(desk: Desk, *, ahead: int = 1) -> dict[str, ScheduleLine]:
    """The schedule of every usable export, by slug, each with its next time."""
    refresh = _refresh(desk)
    return {
        slug: _line(slug, entry, refresh, ahead)
        for slug, entry in exports.catalogue(desk.workspace).items()
        if isinstance(entry, Export)
    }


def refresh_of(desk: Desk) -> Refresh:
    """The workspace's refresh; off when none is set."""
    return desk.settings().refresh or Refresh()


def preview(desk: Desk, schedule: Schedule) -> list[datetime]:
    """The next five times that a schedule would have, in UTC."""
    return next_times(effective(schedule, _refresh(desk)), datetime.now(UTC), AHEAD)


def set_schedule(desk: Desk, slugs: Sequence[str], schedule: Schedule) -> list[ScheduleLine]:
    """Give these exports a new schedule, in place of what each had. All or none are changed."""
    return _change(desk, slugs, lambda _: schedule)


def switch(desk: Desk, slugs: Sequence[str], *, on: bool) -> list[ScheduleLine]:
    """Switch the schedules of these exports on or off, and keep what each one says."""
    return _change(desk, slugs, lambda now: msgspec.structs.replace(now, on=on))


def set_refresh(desk: Desk, refresh: Refresh) -> Refresh:
    """Set the workspace's refresh."""
    desk.operator.require("administrator", "to change the refresh")
    document = documents.read(desk.workspace.settings_path, Settings)
    documents.update(document, msgspec.structs.replace(document.value, refresh=refresh))
    timing = refresh.timing()
    desk.record("refresh changed", "segport.toml", said_in_full(timing) if timing else "off")
    return refresh


def effective(schedule: Schedule, refresh: Refresh | None) -> Schedule | None:
    """What a schedule comes to; None when nothing runs by itself."""
    if not schedule.on:
        return None
    if schedule.recurrence == "refresh":
        return refresh.timing() if refresh is not None else None
    return schedule


def _change(
    desk: Desk, slugs: Sequence[str], changed: Callable[[Schedule], Schedule]
) -> list[ScheduleLine]:
    if not slugs:
        raise UsageError("No export was named.", "Name at least one.")
    desk.operator.require("contributor", "to change a schedule")
    found: list[Document[Export]] = []
    for slug in dict.fromkeys(slugs):
        document = exports.load(desk.workspace, slug)
        if document.value.connection is not None:
            desk.require_shared(connections.load(desk.workspace, document.value.connection).value)
        found.append(document)
    refresh = _refresh(desk)
    lines = []
    for document in found:
        schedule = changed(document.value.timing)
        kept = None if schedule == WITH_REFRESH else schedule
        export = msgspec.structs.replace(document.value, schedule=kept)
        if export != document.value:
            documents.update(document, export)
            desk.record("schedule changed", document.path.stem, said_in_full(schedule))
        lines.append(_line(document.path.stem, export, refresh, AHEAD))
    return lines


def _line(slug: str, export: Export, refresh: Refresh | None, ahead: int) -> ScheduleLine:
    schedule = export.timing
    timing = effective(schedule, refresh)
    words, in_full = said(schedule), said_in_full(schedule)
    if schedule.on and schedule.recurrence == "refresh":
        told = said_in_full(timing) if timing else "which is off"
        in_full = f"with the refresh, {told}"
    times = next_times(timing, datetime.now(UTC), ahead)
    return ScheduleLine(slug, export.name, schedule, words, in_full, timing, times)


def _refresh(desk: Desk) -> Refresh | None:
    """The refresh; a settings file that cannot be read has none."""
    try:
        return settings.load(desk.workspace).refresh
    except ConfigurationError:
        return None
