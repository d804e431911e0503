"""An export looked at before it is saved: what is there to send, and how it will read.

The look is an offline plan of the draft, so it says what a run would say, with a peek at the values.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from store import masks
from store.duck import explained
from store.sql import quote_list, quote_text
from workers.deliver.items import Ranges
from workers.deliver.reader import COLUMNS, Planned, Reader
from workers.plan import frozen
from workers.plan.distinct import CONTACTS
from workers.plan.payload import Fed, fed_fields

if TYPE_CHECKING:
    import duckdb

    from store.exports import Export
    from workers.plan.report import PlanReport

_SAMPLES: Final = 3
# Contacts among which different values are looked for; more would be read for hardly any gain.
_AMONG: Final = 200


@dataclass(frozen=True, slots=True)
class FieldLook:
    """What an export would send for one field.

    Attributes:
        filled: contacts that carry a value for it.
        samples: a few different values as they are sent, masked where personal.
        personal: whether they are masked until asked for.
    """

    filled: int
    samples: list[str]
    personal: bool


@dataclass(frozen=True, slots=True)
class FirstContact:
    """The first contact exactly as it will be sent, spaced out for reading.

    Attributes:
        verdict: of the plan; "unchanged" or "withheld" when nothing is sent for it.
    """

    verdict: str
    body: str


@dataclass(slots=True)
class Look:
    """What there is to see of a draft.

    Attributes:
        fields: by the name of the destination field.
        first: None when there is nobody to send.
    """

    report: PlanReport
    fields: dict[str, FieldLook]
    first: FirstContact | None


@dataclass(slots=True)
class Peeking:
    """Collects a look while a plan's connection is open.

    Attributes:
        revealed: whether personal values come as they are.
    """

    export: Export
    revealed: bool = False
    look: Look | None = None

    def __call__(
        self, connection: duckdb.DuckDBPyConnection, folder: Path, report: PlanReport
    ) -> None:
        """Look at the fields and at the first contact."""
        fields = fed_fields(self.export)
        with explained("The look"):
            looks = _fields(connection, fields, report.contacts, revealed=self.revealed)
            first = _first(connection, folder, report)
        if first is not None and not self.revealed:
            masked = masks.sent_contact(json.loads(first.body))
            first = FirstContact(first.verdict, json.dumps(masked, indent=2, ensure_ascii=False))
        self.look = Look(report, looks, first)


def _fields(
    connection: duckdb.DuckDBPyConnection,
    fields: Sequence[Fed],
    contacts: int,
    *,
    revealed: bool,
) -> dict[str, FieldLook]:
    connection.execute(
        f"""create temp table first_contacts as
            select n, email, payload from ({CONTACTS}) order by n limit {_AMONG}"""
    )
    counts: Sequence[int] = ()
    if fields:
        pointers = quote_list(_pointer(fed) for fed in fields)
        told = ", ".join(f"count(found[{n}])" for n in range(1, len(fields) + 1))
        row = connection.execute(
            f"""select {told} from (
                    select json_extract_string('{{' || payload || '}}', {pointers}) as found
                    from ({CONTACTS}))"""
        ).fetchone()
        counts = row or ()
    address = _samples(connection, "email")
    looks = {
        "Email": FieldLook(
            contacts, _shown(address, personal=True, revealed=revealed), personal=True
        )
    }
    # What is personal in one field is so in every other that the same column feeds.
    columns = {
        fed.column for fed in fields if masks.is_personal(fed.field, fed.type, custom=fed.custom)
    }
    for fed, filled in zip(fields, counts, strict=True):
        personal = fed.column in columns
        value = f"json_extract_string('{{' || payload || '}}', {quote_text(_pointer(fed))})"
        found = _samples(connection, value) if filled else []
        looks[fed.field] = FieldLook(
            filled, _shown(found, personal=personal, revealed=revealed), personal
        )
    return looks


def _samples(connection: duckdb.DuckDBPyConnection, value: str) -> list[str]:
    """The first few different values; of a field that is hardly ever filled, any few."""
    for source in ("first_contacts", f"({CONTACTS})"):
        rows = connection.execute(
            f"""select left(value, 200) from (
                    select n, value from (select n, {value} as value from {source})
                    where value is not null limit {_AMONG})
                group by value order by min(n) limit {_SAMPLES}"""
        ).fetchall()
        if rows:
            break
    return [str(row[0]) for row in rows]


def _shown(values: Sequence[str], *, personal: bool, revealed: bool) -> list[str]:
    if revealed:
        return list(values)
    return [masks.masked(value) if personal else masks.in_words(value) for value in values]


def _pointer(fed: Fed) -> str:
    """Where the field stands in a contact, as a JSON pointer: any letter may be in its name."""
    name = fed.key.replace("~", "~0").replace("/", "~1")
    return f"/custom/{name}" if fed.custom else f"/{name}"


def _first(
    connection: duckdb.DuckDBPyConnection, folder: Path, report: PlanReport
) -> FirstContact | None:
    plan = frozen.rows(folder)
    lists = {
        one.position: one.list_id or f"(the id of the list {one.title})"
        for one in report.lists
        if one.wanted is not None
    }
    reader = Reader(connection, folder, lists, accepted=Ranges(), rejected=set())
    row = connection.execute(
        f"select verdict, {COLUMNS} from {plan} order by not send, n limit 1"
    ).fetchone()
    if row is None:
        return None
    verdict, planned = row[0], Planned(*row[1:])
    if planned.missing and not planned.has_fields:
        body = reader.membership(planned, 1).body
    elif not planned.has_fields:
        # Nothing is sent for anybody: the fields of this one are shown all the same.
        kept = connection.execute(
            f"""select {COLUMNS}
                from (select *, [] as missing, false as known from ({CONTACTS}))
                where n = {planned.n:d}"""
        ).fetchone()
        body = reader.contact(Planned(*kept) if kept else planned).body
    else:
        body = reader.contact(planned).body
    return FirstContact(verdict, msgspec.json.format(body, indent=2))
