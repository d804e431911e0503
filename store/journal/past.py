"""The history of runs: filtered, in pages, summed up.

All of it is read from one narrow index (`run_past`), which holds every column that is filtered or
summed, so that a hundred thousand runs are looked through without touching their plans. A page ends
where the next begins, by time and number: never by counting rows from the start.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import msgspec

from store.errors import NotFound
from store.journal.runs import Brief, State

if TYPE_CHECKING:
    import sqlite3

    from store.journal.schema import Journal


class Wanted(msgspec.Struct, frozen=True):
    """Which runs; what is None or empty does not narrow them.

    Attributes:
        export_id: only this export's.
        states: only in one of these.
        since: asked for at this time or later, as the journal writes times.
        until: asked for before this time.
        operator: only this operator's.
    """

    export_id: str | None = None
    states: Sequence[State] = ()
    since: str | None = None
    until: str | None = None
    operator: str | None = None


class Totals(msgspec.Struct, frozen=True):
    """Sums over runs; all but `runs` and `requests` are of contacts."""

    runs: int = 0
    states: dict[State, int] = msgspec.field(default_factory=dict)
    to_send: int = 0
    accepted: int = 0
    rejected: int = 0
    repeated: int = 0
    requests: int = 0


class Day(msgspec.Struct, frozen=True):
    """What the runs that were asked for on one day sent. `day` is YYYY-MM-DD."""

    day: str
    runs: int
    accepted: int
    rejected: int


COLUMNS: Final = ", ".join(Brief.__struct_fields__)


def page(
    journal: Journal, wanted: Wanted, *, before: int | None = None, limit: int = 50
) -> list[Brief]:
    """The newest runs first.

    Args:
        journal: where to look.
        wanted: which ones.
        before: go on after this run, the last of the page before.
        limit: how many.
    """
    where, values = _conditions(wanted)
    if before is not None:
        row = journal.row("select asked_at from run where id = ?", before)
        if row is None:
            raise NotFound(f"There is no run {before}.", "`segport run list` shows them.")
        where += " and (asked_at, id) < (?, ?)"
        values += [row["asked_at"], before]
    rows = journal.rows(
        f"""select {COLUMNS} from run where id in (
                select id from run indexed by run_past where {where}
                order by asked_at desc, id desc limit ?)
            order by asked_at desc, id desc""",
        *values,
        limit,
    )
    return [as_brief(row) for row in rows]


def totals(journal: Journal, wanted: Wanted) -> Totals:
    """The sums over all of them."""
    where, values = _conditions(wanted)
    row = journal.row(
        f"""select count(*) as runs, coalesce(sum(to_send), 0) as to_send,
                coalesce(sum(accepted), 0) as accepted, coalesce(sum(rejected), 0) as rejected,
                coalesce(sum(repeated), 0) as repeated, coalesce(sum(requests_sent), 0) as requests
            from run indexed by run_past where {where}""",
        *values,
    )
    assert row is not None
    # Grouping sorts; of all runs, the states are in order already in an index of their own.
    index = "run_past" if values else "run_by_state"
    states = journal.rows(
        f"""select state, count(*) as runs from run indexed by {index} where {where}
            group by state""",
        *values,
    )
    return Totals(**dict(row), states={State(each["state"]): each["runs"] for each in states})


def days(journal: Journal, wanted: Wanted) -> list[Day]:
    """What was sent on each day of this machine's zone that had a run, the oldest first."""
    where, values = _conditions(wanted)
    rows = journal.rows(
        f"""select date(asked_at, 'localtime') as day, count(*) as runs, sum(accepted) as accepted,
                sum(rejected) as rejected
            from run indexed by run_past where {where} group by day order by day""",
        *values,
    )
    return [Day(**dict(row)) for row in rows]


def who(journal: Journal) -> list[str]:
    """Everybody who has asked for a run."""
    # One hop a name through the index, however many runs there are.
    rows = journal.rows(
        """with recursive each (name) as (
               select min(operator) from run
               union all
               select (select min(operator) from run where operator > name) from each
               where name is not null)
           select name from each where name is not null"""
    )
    return [row["name"] for row in rows]


def which_exports(journal: Journal) -> dict[str, str]:
    """The id and last name of every export that has a run, also of those removed since."""
    rows = journal.rows(
        """with recursive each (id) as (
               select min(export_id) from run
               union all
               select (select min(export_id) from run where export_id > each.id) from each
               where each.id is not null)
           select each.id, (select export_name from run where export_id = each.id
               order by run.id desc limit 1) as name from each where each.id is not null"""
    )
    return {row["id"]: row["name"] for row in rows}


def _conditions(wanted: Wanted) -> tuple[str, list[object]]:
    parts, values = ["1"], list[object]()
    for condition, value in (
        ("export_id = ?", wanted.export_id),
        ("asked_at >= ?", wanted.since),
        ("asked_at < ?", wanted.until),
        ("operator = ?", wanted.operator),
    ):
        if value is not None:
            parts.append(condition)
            values.append(value)
    if wanted.states:
        parts.append(f"state in ({', '.join('?' for _ in wanted.states)})")
        values += wanted.states
    return " and ".join(parts), values


def as_brief(row: sqlite3.Row) -> Brief:
    """A row of `COLUMNS` as what it stands for."""
    fields = dict(row)
    fields["options"] = msgspec.json.decode(fields["options"])
    return msgspec.convert(fields, Brief)
