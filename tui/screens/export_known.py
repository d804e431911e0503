"""What the export form needs to know before it can be filled in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from store.documents import Document
    from store.exports import Export
    from workers.actions.desk import Desk


@dataclass(frozen=True, slots=True)
class Known:
    """What there is to choose from.

    Attributes:
        connections: name and slug of each that may be chosen.
        notes: by connection, what keeps exports on it from running.
        segments: the names of all.
        taken: names of other exports, folded.
        document: the export that is edited.
        may_save: whether this operator may change it.
        read: False while all this is still being read.
    """

    connections: list[tuple[str, str]]
    segments: list[str]
    notes: dict[str, str] = field(default_factory=dict)
    taken: frozenset[str] = frozenset()
    document: Document[Export] | None = None
    may_save: bool = True
    read: bool = True


def read(desk: Desk, slug: str | None) -> Known:
    """Read it, in a thread."""
    from store.segments import catalogue as segments
    from workers.actions import connections, exports

    usable = [line for line in connections.listed(desk) if line.usable and not line.broken]
    choices = [(line.name, line.slug) for line in usable]
    notes = {
        line.slug: "Nobody has agreed to send data through it: runs are refused until then."
        for line in usable
        # Only administrators are told of consent; to others it would always look missing.
        if line.usable_by is not None and line.consent is None
    }
    lines = exports.listed(desk)
    document = exports.show(desk, slug) if slug is not None else None
    kept = document.value.connection if document is not None else None
    if kept is not None and kept not in {known for _, known in choices}:
        # It stays chosen until another is: saving must not detach an export by the way.
        choices.append((kept, kept))
        notes[kept] = "You cannot use this connection, or it is gone."
    may = desk.operator.role != "viewer"
    if document is not None:
        may = any(line.slug == document.path.stem and line.may_change for line in lines)
    taken = frozenset(
        line.name.casefold()
        for line in lines
        if document is None or line.slug != document.path.stem
    )
    names = segments.names(desk.workspace)
    return Known(choices, names, notes, taken, document, may)
