"""Who did not get through in a run: rejected by the destination, or left out by the plan."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from store import masks
from store.journal import delivery, requests, runs
from workers.plan import frozen
from workers.plan.freeze import EXCLUDED, MERGED, PLAN
from workers.plan.stage import UNREADABLE
from workers.reasons import WHAT_TO_DO, Wrong, wrong_with

if TYPE_CHECKING:
    from store.journal.delivery import Reject
    from store.journal.runs import Run
    from workers.actions.desk import Desk


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A contact that the destination refused, in its own words."""

    segment: str
    row: int
    email: str
    status: int | None
    reason: str
    words: str


@dataclass(frozen=True, slots=True)
class ExcludedRow:
    """A row that the plan took out."""

    segment: str
    row: int
    address: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class RejectGroup:
    """Rejected contacts that were told the same.

    Attributes:
        wrong: the class of the reason.
        advice: what to do about it.
        words: the destination's own, addresses masked.
        segment: where one of them stands, with `row`.
    """

    wrong: Wrong
    advice: str
    status: int | None
    words: str
    contacts: int
    segment: str
    row: int


def rejected(
    desk: Desk,
    run_id: int,
    *,
    limit: int = -1,
    offset: int = 0,
    told: RejectGroup | None = None,
    revealed: bool = False,
) -> list[RejectedRow]:
    """The contacts that the destination refused.

    Args:
        desk: who looks.
        run_id: the run.
        limit: at most so many; -1 for all.
        offset: after so many.
        told: only those of this group.
        revealed: addresses come in clear; `revealing.reveal` has been asked before.
    """
    with desk.journal() as journal:
        run = runs.load(journal, run_id)
        if told is None:
            found = delivery.rejects(journal, run_id, limit=limit, offset=offset)
        else:
            # Words are put together by what is left of them once addresses are masked.
            every = (each for each in delivery.rejects(journal, run_id) if _is_of(each, told))
            found = list(islice(every, offset, None if limit < 0 else offset + limit))
    if not found:
        return []
    rows = _look_up(
        desk, run_id, PLAN, "select n, email from {plan} where n in (select unnest(?::bigint[]))",
        [reject.n for reject in found],
    )  # fmt: skip
    emails = dict(rows)
    shown, shown_words = (str, str) if revealed else (masks.masked, masks.in_words)
    return [
        RejectedRow(
            *frozen.row_of(run.frozen.export, reject.n), shown(emails.get(reject.n, "")),
            reject.status, reject.reason, shown_words(reject.words),
        )
        for reject in found
    ]  # fmt: skip


def excluded(
    desk: Desk, run_id: int, *, limit: int = -1, offset: int = 0, revealed: bool = False
) -> list[ExcludedRow]:
    """The rows that the plan took out, without those that were merged into another.

    What stood where an address belongs is masked unless `revealed`; see `rejected`.
    """
    with desk.journal() as journal:
        run = runs.load(journal, run_id)
    some = f"limit {limit} offset {offset}" if limit >= 0 else ""
    rows = _look_up(
        desk, run_id, EXCLUDED,
        f"select n, address, reason from {{plan}} where reason <> ? order by n {some}",
        MERGED,
    )  # fmt: skip
    return [
        ExcludedRow(
            *frozen.row_of(run.frozen.export, n),
            masks.masked(address) if address and not revealed else address,
            reason,
        )
        for n, address, reason in rows
    ]


def unread(run: Run) -> int:
    """Lines that the plan of a run counts as excluded and could not read, so that it keeps no row of them."""
    reasons = (run.plan or {}).get("reasons", [])
    return sum(each["rows"] for each in reasons if each["reason"] == UNREADABLE)


def by_reason(desk: Desk, run_id: int) -> list[RejectGroup]:
    """Rejects grouped by what was wrong and what was said, the largest group first."""
    with desk.journal() as journal:
        run = runs.load(journal, run_id)
        found = requests.refusals(journal, run_id)
    groups: dict[tuple[int | None, str], RejectGroup] = {}
    for each in found:
        words = masks.in_words(each.words or each.reason)
        before = groups.get((each.status, words))
        if before is not None:
            groups[each.status, words] = _more(before, each.contacts)
            continue
        wrong = wrong_with(each.status, each.words)
        groups[each.status, words] = RejectGroup(
            wrong,
            WHAT_TO_DO[wrong],
            each.status,
            words,
            each.contacts,
            *frozen.row_of(run.frozen.export, each.n),
        )
    return sorted(groups.values(), key=lambda group: (-group.contacts, group.words))


def _is_of(reject: Reject, group: RejectGroup) -> bool:
    words = masks.in_words(reject.words or reject.reason)
    return (reject.status, words) == (group.status, group.words)


def _more(group: RejectGroup, contacts: int) -> RejectGroup:
    return replace(group, contacts=group.contacts + contacts)


def _look_up(
    desk: Desk, run_id: int, file: str, select: str, *values: object
) -> list[tuple[Any, ...]]:
    folder = desk.workspace.run_folder(run_id)
    return frozen.ask(folder, select, *values, file=file) if frozen.is_kept(folder, file) else []
