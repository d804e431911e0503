"""How many rows a segment had, run by run, as the plans' reports say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from store.journal.schema import Journal


@dataclass(frozen=True, slots=True)
class Members:
    """What one run found in a segment.

    Attributes:
        at: when the run began, or was asked for; UTC, ISO 8601.
        rows: of the segment.
        contacts: distinct addresses among them.
    """

    run: int
    at: str
    export: str
    rows: int
    contacts: int


def members(journal: Journal, segment: str, limit: int = 200) -> list[Members]:
    """The newest runs that planned the segment, oldest of them first."""
    rows = journal.rows(
        """select r.id as run, coalesce(r.began_at, r.asked_at) as at, r.export_name as export,
               json_extract(s.value, '$.rows') as rows,
               json_extract(s.value, '$.contacts') as contacts
           from run as r, json_each(r.plan, '$.segments') as s
           where r.plan is not null and json_extract(s.value, '$.segment') = ?
           order by r.id desc limit ?""",
        segment,
        limit,
    )
    return [Members(**dict(row)) for row in reversed(rows)]
