"""What the next run of each export would do with a person, by the very SQL of the plan.

The destination is not asked. All exports are planned in one session, each for this person alone.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from store.duck import explained
from store.errors import SegportError
from workers.plan import distinct, frozen
from workers.plan.compare import (
    ADD,
    CHANGE,
    MEMBERSHIP,
    UNCHANGED,
    WITHHELD,
    Comparison,
    compared_sql,
)
from workers.plan.freeze import LEFT_OUT, MERGED
from workers.plan.payload import check_matching, fed_fields
from workers.plan.stage import check_one, stage_one
from workers.plan.suppress import suppress
from workers.plan.targets import assign
from workers.why.answer import EXCLUDED, ExportNow, Place
from workers.why.past import Found, fields_of
from workers.why.present import ADDRESSES

if TYPE_CHECKING:
    from store.exports import Export
    from workers.why.ledgers import Held
    from workers.why.rows import Rows


@dataclass
class NextRuns:
    """Plans the exports whose segments hold the person.

    Attributes:
        rows: the person's.
        folder: where plans are made; the session of `rows` can write there.
        suppressors: the files that suppress the person.
    """

    rows: Rows
    folder: Path
    suppressors: Sequence[str]
    _addresses: str = ADDRESSES

    def of(self, slug: str, export: Export, held: Held) -> ExportNow:
        """What the next run would do; `held` is what the export's ledger holds of the person."""
        if held.problem:
            return ExportNow(slug, export.name, "unknown", problem=held.problem)
        try:
            found, titles = self._planned(export, held)
        except SegportError as error:
            return ExportNow(slug, export.name, "unknown", problem=error.message)

        def place(n: int) -> Place:
            return Place(*frozen.row_of(export, n))

        merged = [place(n) for n, reason in found.left_out if reason == MERGED]
        if found.contact is None:
            reason = found.left_out[0][1] if found.left_out else "its rows are gone"
            return ExportNow(slug, export.name, EXCLUDED, reason)
        _, verdict, _, payload, missing = found.contact
        fields = fields_of(payload)
        before = held.acknowledged.fields if held.acknowledged else {}
        changed = [name for name, value in fields.items() if before.get(name) != value]
        changed = changed if verdict == CHANGE else []
        reasons = {
            ADD: "the ledger does not know this address",
            CHANGE: f"{', '.join(changed) or 'a field'} is not what was acknowledged",
            MEMBERSHIP: "the fields are there, a list is missing",
            UNCHANGED: "all of it was acknowledged",
            WITHHELD: f"suppressed by {' and '.join(self.suppressors) or 'a file'}",
        }
        joins = [titles.get(position, f"list {position}") for position in missing]
        return ExportNow(
            slug, export.name, verdict, reasons[verdict], changed, fields, joins, merged
        )

    def _planned(self, export: Export, held: Held) -> tuple[Found, dict[int, str]]:
        """The plan of one person, and the lists by position."""
        check_matching(export)
        connection = self.rows.connection
        folder = Path(tempfile.mkdtemp(dir=self.folder))
        targets = assign(export.segments, held.lists, None)
        fields = fed_fields(export)
        for place in range(len(export.segments)):
            source = self.rows.of(export, place)
            if source.rows == 0:
                check_one(connection, source, export, fields)
            else:
                stage_one(connection, source, place, export, fields, folder)
        with explained("The plan"):
            distinct.prepare(connection, folder)
        self._suppress(export.fields["Email"])
        compared = compared_sql(Comparison(held.table, targets.positions))
        with explained("The plan"):
            contact = connection.execute(
                f"select n, verdict, send, payload, missing from ({compared})"
            ).fetchone()
            left_out = connection.execute(
                f"select n, reason from ({LEFT_OUT}) order by n"
            ).fetchall()
        titles = {target.position: target.title for target in targets.lists}
        return Found(contact, left_out), titles

    def _suppress(self, addresses: str) -> None:
        """Whom the export withholds; the files are read anew where it calls the column otherwise."""
        if addresses != self._addresses:
            rows = self.rows
            suppress(rows.connection, rows.workspace, rows.settings, addresses, rows.person)
            self._addresses = addresses
