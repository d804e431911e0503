"""The counts of a frozen plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from store.ledger import JOIN_IN_DOUBT
from workers.plan import frozen
from workers.plan.compare import ADD, CHANGE, MEMBERSHIP, UNCHANGED, WITHHELD
from workers.plan.freeze import EXCLUDED, MERGED
from workers.plan.report import ListPlan, PlanReport, ReasonCount, SegmentCount
from workers.plan.stage import UNREADABLE, Staged
from workers.request_size import MOST_BYTES, MOST_CONTACTS, is_full

if TYPE_CHECKING:
    import duckdb

    from workers.plan.survey import Survey
    from workers.plan.targets import Targets

_VERDICTS = (ADD, CHANGE, MEMBERSHIP, UNCHANGED, WITHHELD)
# Bytes of the list that a contact joins, by the ids that Autopilot gives.
_JOIN = len(',"_autopilot_list":"contactlist_00000000-0000-0000-0000-000000000000"')
_AT_A_TIME = 10_000


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts the files in `folder`, as seen by one connection."""

    connection: duckdb.DuckDBPyConnection
    folder: Path

    def count(self, titles: Sequence[str], staged: Sequence[Staged]) -> PlanReport:
        """Everything but lists, guards and warnings; `titles` are those of the segments' lists."""
        report = PlanReport()
        unreadable = sum(segment.unreadable for segment in staged)
        self._rows(report, unreadable)
        self._contacts(report)
        report.segments = [
            self._segment(segment, title) for segment, title in zip(staged, titles, strict=True)
        ]
        report.requests = self._requests()
        return report

    def lists(
        self, targets: Targets, survey: Survey | None, ledger: str
    ) -> tuple[list[ListPlan], int]:
        """Each list with its size, what the ledger knows of it, and its leavers; and all leavers."""
        spots: list[tuple[int, str, str | None, str | None, str]]
        spots = [(t.position, t.title, t.wanted, t.list_id, t.state) for t in targets.lists]
        spots += [(k.position, k.title, None, k.id, "exists") for k in targets.abandoned]
        # A bit that speaks of no list is nothing that anybody could leave.
        forgotten = targets.forgotten | JOIN_IN_DOUBT
        columns = ["count(*) filter (gone <> 0)"]
        for position, *_ in spots:
            columns.append(f"count(*) filter (had & {1 << position} <> 0)")
            columns.append(f"count(*) filter (gone & {1 << position} <> 0)")
        counts = self._one(
            f"""select {", ".join(columns)} from (
                    select l.lists & ~({forgotten})::bigint as had,
                        had & ~coalesce(p.lists, 0) as gone
                    from {ledger} as l left join {frozen.rows(self.folder)} as p on p.email = l.email)"""
        )
        joins = dict(
            self.connection.execute(
                f"""select position, count(*) from (
                        select unnest(missing) as position from {frozen.rows(self.folder)} where send)
                    group by all"""
            ).fetchall()
        )
        plans = [
            ListPlan(
                position=position,
                title=title,
                wanted=wanted,
                list_id=list_id,
                state=state,
                size=survey.sizes.get(list_id) if survey and list_id else None,
                known=counts[1 + 2 * i],
                leavers=counts[2 + 2 * i],
                joins=joins.get(position, 0),
            )
            for i, (position, title, wanted, list_id, state) in enumerate(spots)
        ]
        return plans, counts[0]

    def _rows(self, report: PlanReport, unreadable: int) -> None:
        found = dict(
            self.connection.execute(
                f"select reason, count(*) from {frozen.rows(self.folder, EXCLUDED)} group by all"
            ).fetchall()
        )
        report.merged = found.pop(MERGED, 0)
        if unreadable:
            found[UNREADABLE] = unreadable
        report.reasons = [
            ReasonCount(reason, rows)
            for reason, rows in sorted(found.items(), key=lambda item: -item[1])
        ]
        report.excluded = sum(found.values())
        report.rows = self._one("select count(*) from staged")[0] + unreadable

    def _contacts(self, report: PlanReport) -> None:
        held = "held_back" if self._limited() else "false"
        verdicts = ", ".join(f"count(*) filter (verdict = '{verdict}')" for verdict in _VERDICTS)
        row = self._one(
            f"""select count(*), {verdicts}, count(*) filter (send), count(*) filter ({held}),
                    count(*) filter (keeps_old), count(*) filter (send and doubtful),
                    md5(concat_ws('|', count(*) filter (send), bit_xor(mark) filter (send)))
                from (select *, hash(email, verdict, payload is null, digest, missing) as mark
                      from {frozen.rows(self.folder)})"""
        )
        report.contacts, *parts = row[:6]
        report.add, report.change, report.membership, report.unchanged, report.withheld = parts
        report.to_send, report.held_back, report.keeps_old, report.doubtful = row[6:10]
        report.digest = row[10]

    def _segment(self, segment: Staged, title: str) -> SegmentCount:
        place, unreadable = segment.place, segment.unreadable
        verdicts = ", ".join(f"count(*) filter (verdict = '{verdict}')" for verdict in _VERDICTS)
        contacts, *parts = self._one(
            f"select count(*), {verdicts} from {frozen.rows(self.folder)} where segments & {1 << place} <> 0"
        )
        rows, excluded = self._one(
            f"""select count(*), count(*) filter (reason is not null)
                from staged where place = {place}"""
        )
        return SegmentCount(
            segment.name, title, rows + unreadable, excluded + unreadable, contacts, *parts
        )

    def _requests(self) -> int:
        """Contacts with their first list, in requests of so many or so much; then further lists."""
        further = self.connection.execute(
            f"""select order_, count(*) from (
                    select unnest(range(case when payload is null then 0 else 1 end, len(missing)))
                        as order_
                    from {frozen.rows(self.folder)} where send)
                group by all"""
        ).fetchall()
        return self._bulk() + sum(ceil(int(count) / MOST_CONTACTS) for _, count in further)

    def _bulk(self) -> int:
        """Requests with fields, filled as the run fills them.

        Ids of lists that are still to be made are taken to be as long as others.
        """
        weights = f"""select strlen({frozen.HEAD}) + 2 + if(len(missing) > 0, {_JOIN}, 0) as weight, n
            from {frozen.rows(self.folder)} where send and payload is not null"""
        contacts, most = self._one(f"select count(*), coalesce(max(weight), 0) from ({weights})")
        if most * MOST_CONTACTS <= MOST_BYTES:
            return ceil(int(contacts) / MOST_CONTACTS)
        requests = waiting = size = 0
        found = self.connection.execute(f"select weight from ({weights}) order by n")
        while some := found.fetchmany(_AT_A_TIME):
            for (weight,) in some:
                if is_full(waiting, size, weight):
                    requests, waiting, size = requests + 1, 0, 0
                waiting, size = waiting + 1, size + weight
        return requests + bool(waiting)

    def _limited(self) -> bool:
        columns = self.connection.execute(f"describe from {frozen.rows(self.folder)}").fetchall()
        return any(column[0] == "held_back" for column in columns)

    def _one(self, sql: str) -> tuple[Any, ...]:
        row = self.connection.execute(sql).fetchone()
        assert row is not None
        return tuple(row)
