"""A person in the segments and in the lists of suppressed addresses, as they are now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.errors import SegportError
from store.segments.catalogue import BrokenSegment, catalogue
from store.sql import quote_text
from workers.plan.suppress import suppress
from workers.why.answer import SegmentNow, Unread

if TYPE_CHECKING:
    from workers.why.rows import Rows

ADDRESSES = "email"
"""The column of suppressed addresses, where no export calls it otherwise."""


def in_segments(rows: Rows) -> tuple[list[SegmentNow], list[Unread]]:
    """Every segment that holds the person, and those that cannot be read."""
    found: list[SegmentNow] = []
    unread: list[Unread] = []
    try:
        segments = catalogue(rows.workspace)
    except SegportError as error:
        return [], [Unread("the segments", error.message)]
    for segment in segments:
        if isinstance(segment, BrokenSegment):
            unread.append(Unread(f"segment {segment.name}", segment.reason))
            continue
        try:
            found += rows.look(segment)
        except SegportError as error:
            unread.append(Unread(f"segment {segment.name}", error.message))
    return found, unread


def suppressed_by(rows: Rows) -> list[str]:
    """The files of suppressed addresses that name the person."""
    suppress(rows.connection, rows.workspace, rows.settings, ADDRESSES, rows.person)
    named = rows.connection.execute(
        f"select file from suppressing where email = {quote_text(rows.person)} order by file"
    ).fetchall()
    return [file for (file,) in named]
