"""Settle: acknowledged outcomes become the new ledger. Done twice, nothing changes."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from store import ledger
from store.duck import explained, session
from store.errors import StorageError
from store.journal import clock, delivery, runs
from store.journal.delivery import Span
from store.sql import quote_text
from workers.deliver.doubt import doubtful
from workers.deliver.items import Ranges
from workers.destinations.address import origin_of
from workers.plan import frozen
from workers.plan.payload import matching_digest
from workers.seams import seam

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    import duckdb

    from store.journal.delivery import TargetList
    from store.journal.runs import Run
    from store.journal.schema import Journal
    from store.workspace import Workspace


_DISOWNED: Final = ""
"""The token that no ledger has."""


def settle(
    workspace: Workspace,
    journal: Journal,
    run: Run,
    opened: duckdb.DuckDBPyConnection | None = None,
) -> None:
    """Bring what `run` got acknowledged into the export's ledger.

    The file comes first, the journal second: after a crash between them the ledger names an unsettled
    run, and settling again gives the same rows.

    A ledger that is not the one that was written last vouches for nobody. Where it was lost since the
    run was planned, the new one holds only what the run got acknowledged, and the journal disowns it:
    the next run asks before it sends everybody else as new.

    Args:
        workspace: whose ledger.
        journal: what was acknowledged.
        run: which run.
        opened: a session as `reaching` opens it, if there is one already.
    """
    refuse_without_plan(workspace, run)
    known = _ledger_of(workspace, journal, run.export_id)
    seam("before-settle")
    with nullcontext(opened) if opened else reaching(workspace, run) as connection:
        settled = _bring(connection, journal, run, workspace.run_folder(run.id), known, known.path)
    seam("after-settle")
    with journal.writing() as db:
        db.execute(
            "insert or replace into settlement (export_id, run_id, digest, at) values (?, ?, ?, ?)",
            (run.export_id, run.id, settled.token, clock.now()),
        )
        runs.note(db, run.id, unsettled=0)


def foreseen(workspace: Workspace, journal: Journal, export_id: str, folder: Path) -> LedgerAt:
    """The ledger as the next run will have it: with what is not settled yet, in a copy in `folder`.

    Nothing is settled by it: a run that was interrupted can still be resumed.
    """
    known = _ledger_of(workspace, journal, export_id)
    copy = folder / known.path.name
    for run in runs.unsettled(journal, export_id):
        refuse_without_plan(workspace, run)
        plan = workspace.run_folder(run.id)
        with session(readable=[plan, folder], files=[known.path], scratch=folder) as connection:
            known = _bring(connection, journal, run, plan, known, copy)
    return known


@dataclass(frozen=True, slots=True)
class LedgerAt:
    """Where a ledger is, and whether it is the one to go by.

    Attributes:
        path: of the ledger, if there is one.
        token: of the one that was written last; None before the first time.
    """

    path: Path
    token: str | None


def _ledger_of(workspace: Workspace, journal: Journal, export_id: str) -> LedgerAt:
    token = delivery.settled_token(journal, export_id)
    return LedgerAt(ledger.path_of(workspace, export_id), token)


def _bring(
    connection: duckdb.DuckDBPyConnection,
    journal: Journal,
    run: Run,
    plan: Path,
    known: LedgerAt,
    to: Path,
) -> LedgerAt:
    """Write to `to` what is known, and what `run` got acknowledged of its plan in the folder `plan`."""
    found = ledger.header(connection, known.path)
    old = found if _is_base(journal, run, found, known.token) else None
    head = _header(run, old, delivery.lists(journal, run.id))
    scratch = plan if to == known.path else to.parent
    with explained("The ledger"):
        accepted = Ranges.of(delivery.spans(journal, run.id))
        _load(connection, plan, accepted.spans(), delivery.refused_parts(journal, run.id))
        _doubt(connection, plan, doubtful(journal, run.id), accepted)
        ledger.write(connection, _merged(known.path, old, _forgotten(run)), head, to, scratch)
    lost = known.token == _DISOWNED or (old is None and known.token is not None)
    anew = (run.plan or {}).get("anew", False)
    return LedgerAt(to, _DISOWNED if lost and not anew else head.token)


def reaching(workspace: Workspace, run: Run) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
    """A session that reaches the run's plan and the export's ledger."""
    folder = workspace.run_folder(run.id)
    path = ledger.path_of(workspace, run.export_id)
    return session(readable=[folder], files=[path], scratch=folder)


def _is_base(journal: Journal, run: Run, found: ledger.Header | None, token: str | None) -> bool:
    """Whether the ledger is the one that was written last, or by a settling that a crash cut off."""
    if found is None or found.export_id != run.export_id:
        return False
    unsettled = {run.id, *(each.id for each in runs.unsettled(journal, run.export_id))}
    return token is None or found.token == token or found.run_id in unsettled


def refuse_without_plan(workspace: Workspace, run: Run) -> None:
    """Refuse what needs the run's frozen plan where somebody removed it.

    Raises:
        StorageError: it is gone.
    """
    if run.plan is None or frozen.is_kept(workspace.run_folder(run.id)):
        return
    gone = f"The plan of run {run.id} is gone from its folder .segport/runs/{run.id}"
    if run.began_at is None:
        raise StorageError(f"{gone}.", "Start a new run of the export; nothing was sent.")
    raise StorageError(
        f"{gone}, so nobody knows whom the run has reached.",
        f"Put the folder back, or run `segport export reset {run.export_slug}`: the next run of the "
        "export then sends everybody as new.",
    )


def settle_all(workspace: Workspace, journal: Journal, export_id: str) -> list[int]:
    """Settle every run of an export that is not settled yet, oldest first; returns their numbers."""
    waiting = runs.unsettled(journal, export_id)
    for run in waiting:
        settle(workspace, journal, run)
    return [run.id for run in waiting]


def _header(run: Run, old: ledger.Header | None, targets: list[TargetList]) -> ledger.Header:
    plans = {plan["position"]: plan for plan in (run.plan or {}).get("lists", [])}
    lists = {entry.position: entry for entry in (old.lists if old else [])}
    for target in targets:
        wanted = plans.get(target.position, {}).get("wanted") or target.title
        lists[target.position] = ledger.KnownList(
            target.position, target.list_id, wanted, target.title
        )
    return ledger.Header(
        version=ledger.VERSION,
        export_id=run.export_id,
        origin=origin_of(run.frozen.connection.base_url),
        account=run.account,
        run_id=max(run.id, old.run_id) if old else run.id,
        token=secrets.token_hex(16),
        matching=matching_digest(run.frozen.export),
        lists=[lists[position] for position in sorted(lists)],
    )


def _forgotten(run: Run) -> int:
    lists = (run.plan or {}).get("lists", [])
    return sum(1 << plan["position"] for plan in lists if plan["state"] == "deleted")


def _load(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    spans: list[Span],
    rejects: list[tuple[int, int]],
) -> None:
    """Make `gained`: a row for each contact of which something was acknowledged.

    A range may stretch over a contact that was refused before and therefore passed by: of such a
    contact, only the parts before the refused one count.
    """
    _load_spans(connection, "accepted", spans)
    frozen.load(connection, "refused", ("n", "part"), rejects)
    plan = frozen.rows(folder)
    parts = sorted({span.part for span in spans})
    ranges = " ".join(
        f"asof left join (select first, last from accepted where part = {part}) as a{part}"
        f" on p.n >= a{part}.first"
        for part in parts
    )
    fields = "p.filled and p.n <= a0.last and r.part is distinct from 0" if 0 in parts else "false"
    lists = " | ".join(
        f"(case when p.n <= a{part}.last and ({part} < r.part or r.part is null)"
        f" then coalesce(1::bigint << p.missing[{part}], 0) else 0 end)"
        for part in parts
        if part > 0
    )
    # Ranges are found with numbers alone: to sort what they go with would be most of the work.
    connection.execute(
        f"""create temp view gained as
            select p.email, case when t.fields then p.payload end as payload,
                case when t.fields then p.digest end as digest, t.lists
            from {plan} as p join (
                select p.n, coalesce({fields}, false) as fields, {lists or "0::bigint"} as lists
                from (select n, missing, payload is not null as filled from {plan} where send) as p
                left join refused as r on r.n = p.n {ranges}
            ) as t on t.n = p.n
            where t.fields or t.lists <> 0"""
    )


def _doubt(
    connection: duckdb.DuckDBPyConnection, folder: Path, unsure: Ranges, accepted: Ranges
) -> None:
    """Make `doubted`: of whom fields or memberships may have been taken, and were not acknowledged."""
    connection.execute("create temp table doubted (email varchar, fields boolean, joins boolean)")
    if not unsure:
        return
    fields = [span for span in unsure.spans() if span.part == 0]
    joins = [Span(1, span.first, span.last) for span in unsure.without(accepted) if span.part > 0]
    _load_spans(connection, "unanswered", Ranges.of([*fields, *joins]).spans())
    connection.execute(
        f"""insert into doubted
            select email, fields, joins from (
                select p.email, coalesce(p.n <= j.last and len(p.missing) > 0, false) as joins,
                    coalesce(p.n <= f.last and p.payload is not null, false) and p.email not in
                        (select email from gained where digest is not null) as fields
                from {frozen.rows(folder)} as p
                asof left join (from unanswered where part = 0) as f on p.n >= f.first
                asof left join (from unanswered where part = 1) as j on p.n >= j.first
                where p.send)
            where fields or joins"""
    )


def _load_spans(connection: duckdb.DuckDBPyConnection, table: str, spans: Sequence[Span]) -> None:
    rows = ((span.part, span.first, span.last) for span in spans)
    frozen.load(connection, table, ("part", "first", "last"), rows)


def _merged(path: Path, old: ledger.Header | None, forgotten: int) -> str:
    """Old, gained and doubted. A field that was not sent this time is still there: it is kept."""
    source = ledger.rows(path) if old else ledger.NOTHING
    both = "(json_merge_patch('{' || o.payload || '}', '{' || g.payload || '}')::varchar)"
    doubt = f"{ledger.JOIN_IN_DOUBT}::bigint"
    gone = f"({forgotten})::bigint"
    return f"""
        select coalesce(o.email, g.email, d.email) as email,
            case when g.digest is null and d.fields then {quote_text(ledger.DOUBTFUL)}
                else coalesce(g.digest, o.digest, {quote_text(ledger.DOUBTFUL)}) end as digest,
            case when o.payload is null or o.payload = '' then coalesce(g.payload, o.payload, '')
                when g.payload is null or g.digest = o.digest then o.payload
                else {both}[2:-2] end as payload,
            (coalesce(o.lists, 0) & ~({gone} | {doubt})) | coalesce(g.lists, 0)
                | (case when d.joins then {doubt} when g.lists <> 0 then 0
                    else coalesce(o.lists, 0) & {doubt} end) as lists
        from {source} as o full join gained as g on g.email = o.email
            full join doubted as d on d.email = coalesce(o.email, g.email)"""
