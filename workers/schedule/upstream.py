"""Whether the files that an export reads are still being written."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from store.errors import SegportError
from store.segments import catalogue as segments
from store.segments.catalogue import Segment

if TYPE_CHECKING:
    from store.exports import Export
    from store.segments.sources import Source
    from store.workspace import Workspace

QUIET: Final = timedelta(seconds=30)
"""A file that changed within this time is taken to be still in the writing."""


def being_written(workspace: Workspace, export: Export, now: datetime) -> str | None:
    """The newest file that has not been quiet for long enough, in a sentence; None if all have.

    A file from the future says nothing about now, so it is not waited for.
    """
    try:
        sources = _sources(workspace, export)
    except SegportError:
        # Whatever is wrong with them is the run's to tell.
        return None
    fresh = [s for s in sources if timedelta(0) <= now - s.modified < QUIET]
    if not fresh:
        return None
    newest = max(fresh, key=lambda source: source.modified)
    ago = int((now - newest.modified).total_seconds())
    return (
        f"{newest.path.name} changed {ago} s ago; it waits until the file has been left alone for "
        f"{int(QUIET.total_seconds())} s"
    )


def _sources(workspace: Workspace, export: Export) -> list[Source]:
    """All that a run would read. What a .sql segment reads is not known, so it may be any."""
    known = {segments.folded(each.name): each for each in segments.catalogue(workspace)}
    chosen = [known.get(segments.folded(choice.segment)) for choice in export.segments]
    usable = [each for each in chosen if isinstance(each, Segment)]
    if any(each.format == "sql" for each in usable):
        usable = [each for each in known.values() if isinstance(each, Segment)]
    table = segments.profiles(workspace)
    return [*usable, *([table] if table else []), *segments.suppressed(workspace)]
