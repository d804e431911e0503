"""Contacts against the ledger: what is new, what changed, which memberships are missing.

A contact changed when what would be sent is not already there: a removed field, or a value that became
empty, sends nothing, because the destination keeps the old value anyway.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from store.ledger import DOUBTFUL, JOIN_IN_DOUBT, acknowledged
from store.sql import quote_list, quote_text
from workers.plan.address import CLEANING_VERSION
from workers.plan.distinct import CONTACTS

ADD: Final = "add"
CHANGE: Final = "change"
MEMBERSHIP: Final = "membership"
UNCHANGED: Final = "unchanged"
WITHHELD: Final = "withheld"


@dataclass(frozen=True, slots=True)
class Comparison:
    """What contacts are compared with.

    Attributes:
        ledger: the ledger as a table in SQL.
        positions: for each segment in the export's order, the position of its list.
        forgotten: bits of lists that no longer exist there; their memberships do not count.
        full: send every contact and every membership again.
    """

    ledger: str
    positions: Sequence[int]
    forgotten: int = 0
    full: bool = False


def compared_sql(comparison: Comparison) -> str:
    """One row a contact, as the plan keeps it.

    Columns: `n`, `email`, `verdict`, `send`, `payload` (only where fields are sent), `digest`,
    `segments` and `lists` (bits), `missing` (positions of the memberships to send, ascending),
    `keeps_old` (the destination holds a value that the row no longer has), `known` (something of it
    was acknowledged), `doubtful` (the same was sent before, and nobody knows what came of it).
    """
    digest = f"md5({quote_text(f'{CLEANING_VERSION}|')} || c.payload)"
    lists = " | ".join(
        f"(case when c.segments & {1 << place} <> 0 then {1 << position} else 0 end)::bigint"
        for place, position in enumerate(comparison.positions)
    )
    known = f"(l.lists & ~({comparison.forgotten})::bigint)"
    wanted = "lists" if comparison.full else "lists & ~had"
    bits = [f"case when ({wanted}) & {1 << p} <> 0 then {p}::utinyint end"
            for p in sorted(set(comparison.positions))]  # fmt: skip
    missing = f"list_filter([{', '.join(bits)}], lambda b: b is not null)"
    fields = "true" if comparison.full else f"verdict in ({_words(ADD, CHANGE)})"
    none = "[]::utinyint[]"
    return f"""
        select n, email, verdict,
            verdict <> {quote_text(WITHHELD)} and ({fields} or len(missing) > 0) as send,
            case when verdict <> {quote_text(WITHHELD)} and {fields} then payload end as payload,
            digest, segments, lists,
            case when verdict = {quote_text(WITHHELD)} then {none} else missing end as missing,
            keeps_old, known, unsure or (join_unsure and len(missing) > 0) as doubtful
        from (
            select *,
                case when suppressed then {quote_text(WITHHELD)}
                    when not known then {quote_text(ADD)}
                    when not same then {quote_text(CHANGE)}
                    when (lists & ~had) <> 0 then {quote_text(MEMBERSHIP)}
                    else {quote_text(UNCHANGED)} end as verdict,
                {missing} as missing
            from (
                select c.n, c.email, c.payload, {digest} as digest, c.segments,
                    {lists or "0::bigint"} as lists,
                    coalesce({known}, 0) as had,
                    l.email is not null and {acknowledged("l")} as known,
                    s.email is not null as suppressed,
                    coalesce(l.digest = {quote_text(DOUBTFUL)}, false) as unsure,
                    coalesce(l.lists & {JOIN_IN_DOUBT} <> 0, false) as join_unsure,
                    case when l.email is null or unsure then false
                        when l.digest = {digest} then true else {_within()} end as same,
                    case when l.email is null or l.digest = {digest} then false
                        else {_lost()} end as keeps_old
                from ({CONTACTS}) as c
                left join {comparison.ledger} as l on l.email = c.email
                left join suppressed as s on s.email = c.email
            ) as joined
        ) as judged"""


def _words(*words: str) -> str:
    return quote_list(words)[1:-1]


def _braced(member: str) -> str:
    return f"('{{' || {member} || '}}')::json"


def _within() -> str:
    """Whether all that would be sent is there already."""
    old, new = _braced("coalesce(l.payload, '')"), _braced("c.payload")
    return f"json_contains({old}, {new})"


def _lost() -> str:
    """Whether the destination holds a field that the row has no value for any more."""
    old, new = _braced("coalesce(l.payload, '')"), _braced("c.payload")
    plain = f"not list_has_all(json_keys({new}), json_keys({old}))"
    custom = (
        f"not list_has_all(coalesce(json_keys({new}, '$.custom'), []),"
        f" coalesce(json_keys({old}, '$.custom'), []))"
    )
    return f"({plain} or {custom})"
