"""The runs that had a person in their plan: what was sent, and what was answered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from store.journal import delivery, outcome, runs
from store.journal.delivery import Fate
from store.sql import no_pattern, quote_list, quote_text
from workers.plan import address, frozen
from workers.plan.compare import UNCHANGED, WITHHELD
from workers.plan.freeze import EXCLUDED as EXCLUDED_FILE
from workers.plan.freeze import MERGED, PLAN
from workers.plan.people import PEOPLE, mark
from workers.why.answer import EXCLUDED, Place, RunThen, Sent, Unread

if TYPE_CHECKING:
    import duckdb

    from store.journal.runs import Run
    from store.journal.schema import Journal
    from store.workspace import Workspace


@dataclass(slots=True)
class Found:
    """The rows of one run's plan that are the person's.

    Attributes:
        contact: the row of the plan: n, verdict, send, payload, missing; None if it was left out.
        left_out: number and reason of rows that were excluded or merged.
    """

    contact: tuple[int, str, bool, str | None, list[int]] | None = None
    left_out: list[tuple[int, str]] = field(default_factory=list)


def in_plans(
    connection: duckdb.DuckDBPyConnection,
    folders: Sequence[Path],
    person: str,
    *,
    indexed: bool = True,
) -> tuple[dict[str, Found], list[Unread]]:
    """The rows of a person in kept plans, by the run's folder; and the plans that cannot be read.

    Args:
        connection: can read the folders.
        folders: the runs' folders that hold a plan.
        person: as `address.sought` has it.
        indexed: whether the plans' indexes are trusted.
    """
    import duckdb

    found: dict[str, Found] = {}
    unread: list[Unread] = []
    try:
        _look(connection, folders, person, found, indexed=indexed)
    except duckdb.Error:
        # One of them is damaged, or is being removed this moment: each by itself then.
        found.clear()
        for folder in folders:
            try:
                _look(connection, [folder], person, found, indexed=indexed)
            except duckdb.Error:
                unread.append(Unread(f"run {folder.name}", "its plan cannot be read"))
    return found, unread


def told(journal: Journal, run: Run, found: Found) -> RunThen:
    """What a run did with the person."""
    merged = [_place(run, n) for n, reason in found.left_out if reason == MERGED]
    at = run.began_at or run.asked_at
    if found.contact is None:
        n, reason = found.left_out[0]
        return RunThen(
            run.id, run.export_name, run.export_id, at, run.state, _place(run, n), EXCLUDED,
            reason, "nothing to send",
        )  # fmt: skip
    n, verdict, send, payload, missing = found.contact
    titles = _titles(journal, run)
    joins = [titles.get(position, f"list {position}") for position in missing]
    parts = _parts(payload, missing) if send else set()
    came = outcome.of_contact(journal, run.id, n, parts)
    held_back = not send and verdict not in {UNCHANGED, WITHHELD}
    return RunThen(
        run=run.id,
        export=run.export_name,
        export_id=run.export_id,
        at=at,
        state=run.state,
        place=_place(run, n),
        verdict=verdict,
        reason=_held_back(run) if held_back else _suppressors(run, verdict),
        outcome=_outcome(came, parts),
        repeated=came.repeated,
        fields=fields_of(payload),
        went=_went(came) if payload is not None else "",
        joins=joins,
        joined=[title for place, title in enumerate(joins, 1) if place in came.parts],
        merged=merged,
        words=f"{came.reject.reason}: {came.reject.words}" if came.reject else "",
        requests=[_sent(request, joins) for request in came.requests],
    )


def fields_of(payload: str | None) -> dict[str, Any]:
    """The members of a payload, custom fields among them."""
    if not payload:
        return {}
    members: dict[str, Any] = msgspec.json.decode(f"{{{payload}}}")
    custom: dict[str, Any] = members.pop("custom", {})
    return {**members, **custom}


def _look(
    connection: duckdb.DuckDBPyConnection,
    folders: Sequence[Path],
    person: str,
    found: dict[str, Found],
    *,
    indexed: bool,
) -> None:
    quick = [folder for folder in folders if indexed and (folder / PEOPLE).exists()]
    others = [folder for folder in folders if folder not in quick]
    rows: list[tuple[str, int]] = []
    if quick:
        rows = connection.execute(
            f"""select filename, n from read_parquet({_files(quick, PEOPLE)}, filename = true)
                where mark = {mark(quote_text(person))}"""
        ).fetchall()
    marked = Counter(Path(name).parent.name for name, _ in rows)
    numbers = ", ".join(str(n) for n in sorted({n for _, n in rows}))
    near = [folder for folder in quick if folder.name in marked]
    _contacts(connection, near, f"n in ({numbers})", person, found)
    # Most people have one row, and it is in the plan: no need then to look among those left out.
    unseen = [f for f in near if marked[f.name] > (f.name in found)]
    _left_out(connection, unseen, f"n in ({numbers})", person, found)
    _read(connection, others, person, found)


def _read(
    connection: duckdb.DuckDBPyConnection,
    folders: Sequence[Path],
    person: str,
    found: dict[str, Found],
) -> None:
    """Look through whole plans."""
    _contacts(connection, folders, "true", person, found)
    _left_out(connection, folders, "true", person, found)


def _contacts(
    connection: duckdb.DuckDBPyConnection,
    folders: Sequence[Path],
    rows: str,
    person: str,
    found: dict[str, Found],
) -> None:
    if not folders:
        return
    for name, n, verdict, send, payload, missing in connection.execute(
        f"""select filename, n, verdict, send, payload, missing
            from read_parquet({_files(folders, PLAN)}, filename = true)
            where {rows} and email = {quote_text(person)}"""
    ).fetchall():
        contact = (n, verdict, send, payload, missing)
        found.setdefault(Path(name).parent.name, Found()).contact = contact


def _left_out(
    connection: duckdb.DuckDBPyConnection,
    folders: Sequence[Path],
    rows: str,
    person: str,
    found: dict[str, Found],
) -> None:
    if not folders:
        return
    for name, n, reason in connection.execute(
        f"""select filename, n, reason
            from read_parquet({_files(folders, EXCLUDED_FILE)}, filename = true)
            where {rows} and {address.sought("address")} = {quote_text(person)} order by n"""
    ).fetchall():
        found.setdefault(Path(name).parent.name, Found()).left_out.append((n, reason))


def _files(folders: Iterable[Path], name: str) -> str:
    return quote_list(no_pattern(folder / name) for folder in folders)


def _place(run: Run, n: int) -> Place:
    return Place(*frozen.row_of(run.frozen.export, n))


def _titles(journal: Journal, run: Run) -> dict[int, str]:
    """The lists by position: as they were planned, then as they were made."""
    planned = {one["position"]: one["title"] for one in (run.plan or {}).get("lists", [])}
    return planned | {one.position: one.title for one in delivery.lists(journal, run.id)}


def _held_back(run: Run) -> str:
    """Why a contact that had something to send was left to a later run."""
    if run.options.retry_of is not None:
        return f"not among the rejects of run {run.options.retry_of}, which this run retried"
    return "held back by --limit"


def _suppressors(run: Run, verdict: str) -> str:
    if verdict != WITHHELD:
        return ""
    files = [one["file"] for one in (run.plan or {}).get("suppressed", []) if one["contacts"]]
    return f"suppressed by {' or '.join(files)}" if files else "suppressed"


def _parts(payload: str | None, missing: Sequence[int]) -> set[int]:
    return set(range(1, len(missing) + 1)) | ({0} if payload is not None else set())


def outcome_of(journal: Journal, run: Run, found: Found) -> str:
    """What came of the person's contact in a run; see `RunThen.outcome`."""
    if found.contact is None:
        return _outcome(outcome.Outcome([], set(), None, False), set())
    n, _, send, payload, missing = found.contact
    parts = _parts(payload, missing) if send else set()
    return _outcome(outcome.of_contact(journal, run.id, n, parts), parts)


def _outcome(came: outcome.Outcome, parts: set[int]) -> str:
    if not parts:
        return "nothing to send"
    if came.reject is not None:
        return "rejected"
    if parts <= came.parts:
        return "accepted"
    return "partly accepted" if came.parts else "pending"


def _went(came: outcome.Outcome) -> str:
    """Whether the fields are at the destination; what left and was refused or lost was not sent."""
    if 0 in came.parts:
        return "sent"
    fates = {request.state for request in came.requests if request.part == 0}
    if came.reject is not None:
        return "refused"
    if fates & {Fate.UNKNOWN, Fate.SENDING}:
        return "unanswered"
    return "refused" if fates & {Fate.REFUSED, Fate.ANSWERED} else "not sent"


def _sent(request: delivery.Request, joins: Sequence[str]) -> Sent:
    part = request.part
    carried = "fields" if part == 0 else joins[part - 1] if part <= len(joins) else f"list {part}"
    return Sent(
        request.no, request.attempt, request.kind, carried, request.contacts, request.sent_at,
        request.state, request.status, request.ms, request.words,
    )  # fmt: skip


def kept(workspace: Workspace, journal: Journal) -> tuple[list[Path], list[int]]:
    """The folders of runs that hold a plan; and the runs whose plan is no longer kept."""
    planned = [row["id"] for row in journal.rows("select id from run where plan is not null")]
    folders = [workspace.run_folder(run_id) for run_id in planned]
    here = [folder for folder in folders if frozen.is_kept(folder)]
    gone = sorted(set(planned) - {int(folder.name) for folder in here})
    return here, gone


def runs_of(journal: Journal, found: dict[str, Found]) -> list[RunThen]:
    """What each of these runs did with the person, in the order of time."""
    then = [
        told(journal, runs.load(journal, int(name)), found[name]) for name in sorted(found, key=int)
    ]
    return sorted(then, key=lambda run: run.at)
