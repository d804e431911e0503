"""Contacts: stored, merged by address, and shown as the API shows them."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from workers.sandbox.answers import Refused, problem
from workers.sandbox.store import Document, Held, encode_document, held, moment

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from workers.sandbox.modes import ListKey, Modes
    from workers.sandbox.store import Store
    from workers.sandbox.values import Prepared

# What the 2015 blueprint says an update leaves alone.
KEPT_NAMES = ("FirstName", "LastName", "Email")


class Stored(NamedTuple):
    """What became of one contact."""

    contact_id: str
    sent_email: str | None


def new_ids(count: int) -> list[str]:
    """Ids as the API makes them: `person_` and a UUID in capitals."""
    text = os.urandom(16 * count).hex().upper()
    return [
        f"person_{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:]}"
        for h in (text[n : n + 32] for n in range(0, 32 * count, 32))
    ]


class Writer:
    """Stores the contacts of one call in a few statements."""

    def __init__(self, store: Store, modes: Modes, list_key: ListKey) -> None:
        self._store = store
        self._modes = modes
        self._list_key = list_key
        self._now = time.time()
        self._joins: dict[str, list[str]] = {}
        self._fresh: dict[str, Held] = {}
        self._changed: dict[str, Held] = {}

    def write(self, contacts: Sequence[Prepared]) -> list[Stored]:
        """Stores each, in the order given; a repeated address is merged into one contact."""
        self._check_lists(contacts)
        known = self._known([contact.key for contact in contacts if contact.key])
        spare = iter(new_ids(len(contacts)))
        stored = [Stored(self._one(c, known, spare), c.sent_email) for c in contacts]
        self._flush()
        return stored

    def _check_lists(self, contacts: Sequence[Prepared]) -> None:
        if self._modes.unknown_list == "ignored" or self._list_key == "ignored":
            return
        for list_id in {contact.list_id for contact in contacts if contact.list_id}:
            if self._store.title(list_id) is None:
                raise Refused(problem(404, "List does not exist."))

    def _known(self, keys: list[str]) -> dict[str, Held]:
        rows = self._store.db.execute(
            "SELECT * FROM contacts WHERE email_key IN (SELECT value FROM json_each(?))",
            (msgspec.json.encode(keys).decode(),),
        )
        return {row[2]: held(row) for row in rows}

    def _one(self, contact: Prepared, known: dict[str, Held], spare: Iterator[str]) -> str:
        existing = known.get(contact.key) if contact.key else None
        if existing is None:
            person = Held(
                None,
                next(spare),
                contact.key,
                self._now,
                None,
                Document(contact.fields, contact.custom),
            )
            self._fresh[person.contact_id] = person
            if contact.key:
                known[contact.key] = person
        else:
            person = existing
            self._merge(person, contact)
        if contact.new_email:
            self._readdress(person, contact.new_email, known)
        self._join(person.contact_id, contact.list_id, created=existing is None)
        return person.contact_id

    def _merge(self, person: Held, contact: Prepared) -> None:
        fields = contact.fields
        if self._modes.merge == "keep-names":
            have = person.document.fields
            fields = {k: v for k, v in fields.items() if not (k in KEPT_NAMES and have.get(k))}
        person.document.fields.update(fields)
        person.document.custom.update(contact.custom)
        person.updated_at = self._now
        if person.contact_id not in self._fresh:
            self._changed[person.contact_id] = person

    def _readdress(self, person: Held, email: str, known: dict[str, Held]) -> None:
        key = email.strip().lower()
        taken = known.get(key) or self._store.find(key)
        if taken is not None and taken.contact_id != person.contact_id:
            raise Refused(problem(409, "A contact with this email already exists."))
        known.pop(person.email_key or "", None)
        known[key] = person
        person.email_key, person.document.fields["Email"] = key, email
        if person.number is not None:
            self._store.writing().execute(
                "UPDATE contacts SET email_key = ? WHERE number = ?", (key, person.number)
            )

    def _join(self, contact_id: str, list_id: str | None, *, created: bool) -> None:
        if list_id is None or self._list_key == "ignored":
            return
        if self._list_key == "create-only" and not created:
            return
        if self._modes.unknown_list == "rejected" or self._store.title(list_id) is not None:
            self._joins.setdefault(list_id, []).append(contact_id)

    def _flush(self) -> None:
        db = self._store.writing()
        if self._fresh:
            db.executemany(
                "INSERT INTO contacts VALUES (NULL, ?, ?, ?, ?, ?)",
                [
                    (
                        p.contact_id,
                        p.email_key,
                        p.created_at,
                        p.updated_at,
                        encode_document(p.document),
                    )
                    for p in self._fresh.values()
                ],
            )
        if self._changed:
            db.executemany(
                "UPDATE contacts SET updated_at = ?, document = ? WHERE number = ?",
                [
                    (p.updated_at, encode_document(p.document), p.number)
                    for p in self._changed.values()
                ],
            )
        for list_id, contact_ids in self._joins.items():
            self._store.join(list_id, contact_ids)


def shown(person: Held, lists: Sequence[str] = ()) -> dict[str, Any]:
    """A contact as the API answers it."""
    document: dict[str, Any] = dict(person.document.fields)
    names = [document[n] for n in ("FirstName", "LastName") if document.get(n)]
    if names:
        document["Name"] = " ".join(map(str, names))
    document["created_at"] = moment(person.created_at)
    if person.updated_at is not None:
        document["updated_at"] = moment(person.updated_at)
    document["api_originated"] = True
    if person.document.custom:
        document["custom_fields"] = [
            {"kind": name, "value": value, "fieldType": kind, "deleted": False}
            for name, (kind, value) in person.document.custom.items()
        ]
    if lists:
        document["lists"] = list(lists)
    document["contact_id"] = person.contact_id
    return document
