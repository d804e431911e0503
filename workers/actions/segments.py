"""What an operator sees of a segment: columns, rows, how it grew, and who sends it.

Values are masked where they are personal, until somebody who may asks for them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from store import exports, masks
from store.exports import Export
from store.journal.members import members
from store.segments import catalogue as segments
from store.segments import facts
from store.segments.common import Common
from store.segments.facts import ColumnFacts, Facts, Sample
from workers.actions.revealing import reveal
from workers.plan.payload import fed_fields

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from store.journal.members import Members
    from store.segments.catalogue import Segment
    from store.workspace import Workspace
    from workers.actions.desk import Desk

PAGE = 50
# What was found in a file, and the size and time it had then.
_looked_at: dict[Path, tuple[tuple[int, datetime], list[ColumnFacts], int]] = {}


@dataclass(frozen=True, slots=True)
class View:
    """One segment.

    Attributes:
        facts: columns and the first rows.
        personal: the columns whose values are masked.
        exports: the names of the exports that send it.
        members: how many rows it had in the runs that planned it, the oldest first.
        masked: whether personal values are.
    """

    name: str
    kind: str
    path: Path
    size: int
    facts: Facts
    personal: list[str]
    exports: list[str]
    members: list[Members]
    masked: bool


def view(desk: Desk, name: str, *, sample: int = PAGE, revealed: bool = False) -> View:
    """Everything about a segment, with its first rows.

    Raises:
        NotPermitted: a viewer asks for personal values.
    """
    segment = segments.find(desk.workspace, name)
    if revealed:
        reveal(desk, f"segment {segment.name}, columns and the first {sample} rows")
    found = facts.facts(desk.workspace, segment.name, sample)
    _looked_at[segment.path] = ((segment.size, segment.modified), found.columns, found.rows)
    users = _exports(desk.workspace, segment.name)
    personal = _personal(found.columns, found.rows, users)
    shown = found if revealed else _masked(found, personal)
    with desk.journal() as journal:
        grown = members(journal, segment.name)
    return View(
        segment.name, segment.kind, segment.path, segment.size, shown, personal,
        [export.name for export in users], grown, not revealed,
    )  # fmt: skip


def page(
    desk: Desk, name: str, *, limit: int = PAGE, offset: int = 0, revealed: bool = False
) -> Sample:
    """Some rows in the order of the file, from `offset` on."""
    segment = segments.find(desk.workspace, name)
    if revealed:
        reveal(desk, f"segment {segment.name}, rows {offset + 1:,} to {offset + limit:,}")
    found = facts.sample(desk.workspace, segment.name, limit, offset)
    if revealed:
        return found
    personal = _personal_of(desk.workspace, segment)
    hidden = [column in personal for column in found.columns]
    return Sample(found.columns, [_row(row, hidden) for row in found.rows])


def grown(desk: Desk, name: str) -> list[Members]:
    """How many rows a segment had in the runs that planned it, the oldest first."""
    segment = segments.find(desk.workspace, name)
    with desk.journal() as journal:
        return members(journal, segment.name)


def _exports(workspace: Workspace, name: str) -> list[Export]:
    return [
        export
        for export in exports.catalogue(workspace).values()
        if isinstance(export, Export)
        and any(segments.folded(each.segment) == segments.folded(name) for each in export.segments)
    ]


def _personal(columns: list[ColumnFacts], rows: int, users: list[Export]) -> list[str]:
    """What is sent as a personal field is personal, and whatever else looks like it."""
    sent = {column for export in users if (column := export.fields.get("Email"))} | {
        fed.column
        for export in users
        for fed in fed_fields(export)
        if masks.is_personal(fed.field, fed.type, custom=fed.custom)
    }
    return [
        column.name
        for column in columns
        if column.name in sent
        or masks.is_personal_column(
            column.name,
            column.type,
            round(rows * (1 - column.null_share)),
            column.distinct,
            (column.min, column.max),
        )
    ]


def _personal_of(workspace: Workspace, segment: Segment) -> frozenset[str]:
    """The same, worked out once for a file as it stands."""
    stand = (segment.size, segment.modified)
    before = _looked_at.get(segment.path)
    if before is None or before[0] != stand:
        found = facts.facts(workspace, segment.name, 0)
        before = _looked_at[segment.path] = (stand, found.columns, found.rows)
    _, columns, rows = before
    return frozenset(_personal(columns, rows, _exports(workspace, segment.name)))


def _masked(found: Facts, personal: list[str]) -> Facts:
    hidden = [column.name in personal for column in found.columns]
    return replace(
        found,
        columns=[
            _column(column, hide=hide) for column, hide in zip(found.columns, hidden, strict=True)
        ],
        sample_rows=[_row(row, hidden) for row in found.sample_rows],
    )


def _column(column: ColumnFacts, *, hide: bool) -> ColumnFacts:
    return replace(
        column,
        min=_value(column.min, hide=hide),
        max=_value(column.max, hide=hide),
        common=[Common(_value(one.value, hide=hide) or "", one.rows) for one in column.common],
    )


def _row(row: tuple[str | None, ...], hidden: list[bool]) -> tuple[str | None, ...]:
    return tuple(_value(cell, hide=hide) for cell, hide in zip(row, hidden, strict=True))


def _value(value: str | None, *, hide: bool) -> str | None:
    """An address is masked wherever it stands: some use it as a key."""
    if value is None:
        return None
    return masks.masked(value) if hide else masks.in_words(value)
