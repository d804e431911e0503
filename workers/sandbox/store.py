"""What the simulator holds, in one SQLite file that `show` can read meanwhile.

Writes of many requests share a transaction; `commit` is called several times a second and at the
end. Losing the last moment of a killed simulator is no loss, so nothing waits for the disk.
"""

from __future__ import annotations

import sqlite3
import time
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

SCHEMA = """
CREATE TABLE IF NOT EXISTS contacts (
    number INTEGER PRIMARY KEY,
    contact_id TEXT NOT NULL UNIQUE,
    email_key TEXT UNIQUE,
    created_at REAL NOT NULL,
    updated_at REAL,
    document BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS lists (
    number INTEGER PRIMARY KEY,
    list_id TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    created_at REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS members (
    list INTEGER NOT NULL,
    contact_id TEXT NOT NULL,
    PRIMARY KEY (list, contact_id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS custom_fields (name TEXT PRIMARY KEY, field_type TEXT NOT NULL);
PRAGMA user_version = 1;
"""

LIST_SIZES = """
SELECT list_id, title, (SELECT count(*) FROM members WHERE list = number)
FROM lists ORDER BY number
"""


class Document(msgspec.Struct, array_like=True):
    """The fields of a contact as they were sent."""

    fields: dict[str, Any]
    custom: dict[str, tuple[str, Any]] = {}


encode_document = msgspec.json.Encoder().encode
decode_document = msgspec.json.Decoder(Document).decode


class Held(msgspec.Struct):
    """A contact as it is stored."""

    number: int | None
    contact_id: str
    email_key: str | None
    created_at: float
    updated_at: float | None
    document: Document


def held(row: tuple[Any, ...]) -> Held:
    """A row of the table `contacts`."""
    return Held(row[0], row[1], row[2], row[3], row[4], decode_document(row[5]))


def moment(seconds: float) -> str:
    """A time as the API writes it: ISO 8601 in UTC with milliseconds and Z."""
    text = datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


class Store:
    """The one connection of the simulator's process."""

    def __init__(self, path: Path | None) -> None:
        if path is not None:
            path.touch(mode=0o600)
        self.db = sqlite3.connect(
            str(path) if path else ":memory:",
            isolation_level=None,
            check_same_thread=False,
            cached_statements=512,
        )
        self.db.execute("PRAGMA journal_mode = WAL")
        self.db.execute("PRAGMA synchronous = OFF")
        self.db.execute("PRAGMA cache_size = -65536")
        # Ids are random, so that every commit touches many pages: fold them back seldom.
        self.db.execute("PRAGMA wal_autocheckpoint = 16384")
        self.db.executescript(SCHEMA)
        self.field_types: dict[str, str] = dict(
            self.db.execute("SELECT name, field_type FROM custom_fields")
        )

    def writing(self) -> sqlite3.Connection:
        """The connection, with a transaction open."""
        if not self.db.in_transaction:
            self.db.execute("BEGIN IMMEDIATE")
        return self.db

    def commit(self) -> None:
        """Makes what was written visible to other processes."""
        if self.db.in_transaction:
            self.db.execute("COMMIT")

    def close(self) -> None:
        """Commits and closes."""
        self.commit()
        self.db.close()

    def add_fields(self, fields: dict[str, str]) -> None:
        """Makes custom fields; one that exists keeps its type."""
        fresh = {name: kind for name, kind in fields.items() if name not in self.field_types}
        if fresh:
            self.writing().executemany("INSERT INTO custom_fields VALUES (?, ?)", fresh.items())
            self.field_types.update(fresh)

    def find(self, contact_id_or_email: str) -> Held | None:
        """A contact by id or by address."""
        column = "contact_id" if contact_id_or_email.startswith("person_") else "email_key"
        value = contact_id_or_email
        if column == "email_key":
            value = value.strip().lower()
        row = self.db.execute(f"SELECT * FROM contacts WHERE {column} = ?", (value,)).fetchone()
        return held(row) if row else None

    def update_fields(self, person: Held, fields: dict[str, Any]) -> None:
        """Overwrites some fields of a contact."""
        person.document.fields.update(fields)
        self.writing().execute(
            "UPDATE contacts SET updated_at = ?, document = ? WHERE number = ?",
            (time.time(), encode_document(person.document), person.number),
        )

    def delete_contact(self, contact_id: str) -> None:
        """Forgets a contact and its memberships."""
        db = self.writing()
        db.execute(
            "DELETE FROM members WHERE list IN (SELECT number FROM lists) AND contact_id = ?",
            (contact_id,),
        )
        db.execute("DELETE FROM contacts WHERE contact_id = ?", (contact_id,))

    def lists_of(self, contact_ids: Iterable[str]) -> dict[str, list[str]]:
        """The lists that contacts are on, by contact id."""
        found: dict[str, list[str]] = {}
        rows = self.db.execute(
            "SELECT contact_id, list_id FROM json_each(?) CROSS JOIN lists"
            " JOIN members ON list = number AND contact_id = value ORDER BY number",
            (msgspec.json.encode(list(contact_ids)).decode(),),
        )
        for contact_id, list_id in rows:
            found.setdefault(contact_id, []).append(list_id)
        return found

    def lists(self) -> list[tuple[str, str]]:
        """Ids and titles, oldest first."""
        return self.db.execute("SELECT list_id, title FROM lists ORDER BY number").fetchall()

    def list_sizes(self) -> list[tuple[str, str, int]]:
        """Ids, titles and numbers of contacts, oldest first."""
        return self.db.execute(LIST_SIZES).fetchall()

    def everyone(self) -> Iterator[Held]:
        """Every contact, in ascending order of id."""
        return map(held, self.db.execute("SELECT * FROM contacts ORDER BY contact_id"))

    def title(self, list_id: str) -> str | None:
        """The title of a list, None if there is no such list."""
        row = self.db.execute("SELECT title FROM lists WHERE list_id = ?", (list_id,)).fetchone()
        return row[0] if row else None

    def add_list(self, title: str) -> str:
        """Makes a list and returns its id."""
        list_id = f"contactlist_{str(uuid.uuid4()).upper()}"
        self.writing().execute(
            "INSERT INTO lists VALUES (NULL, ?, ?, ?)", (list_id, title, time.time())
        )
        return list_id

    def rename_list(self, list_id: str, title: str) -> None:
        """Gives a list another title, as somebody in the web interface would."""
        self.writing().execute("UPDATE lists SET title = ? WHERE list_id = ?", (title, list_id))

    def delete_list(self, list_id: str) -> None:
        """Forgets a list and its memberships."""
        db = self.writing()
        db.execute("DELETE FROM members WHERE list = ?", (self._number(list_id),))
        db.execute("DELETE FROM lists WHERE list_id = ?", (list_id,))

    def is_member(self, list_id: str, contact_id: str) -> bool:
        """Whether a contact is on a list."""
        query = "SELECT 1 FROM members WHERE list = ? AND contact_id = ?"
        return self.db.execute(query, (self._number(list_id), contact_id)).fetchone() is not None

    def join(self, list_id: str, contact_ids: Iterable[str]) -> None:
        """Puts contacts on a list."""
        number = self._number(list_id)
        self.writing().executemany(
            "INSERT OR IGNORE INTO members VALUES (?, ?)",
            [(number, contact_id) for contact_id in contact_ids],
        )

    def leave(self, list_id: str, contact_id: str) -> None:
        """Takes a contact off a list."""
        self.writing().execute(
            "DELETE FROM members WHERE list = ? AND contact_id = ?",
            (self._number(list_id), contact_id),
        )

    def _number(self, list_id: str) -> int:
        """The number that a list has in this file; 0 if there is no such list."""
        query = "SELECT number FROM lists WHERE list_id = ?"
        row = self.db.execute(query, (list_id,)).fetchone()
        return row[0] if row else 0

    def page(
        self, after: str, size: int, *, list_id: str | None, overlap: bool
    ) -> tuple[list[Held], int, bool]:
        """Contacts in ascending order of id, the number of all, and whether more follow."""
        sign = ">=" if overlap else ">"
        source, where = "contacts", f"contact_id {sign} ?"
        counting: str = "SELECT count(*) FROM contacts"
        of: tuple[int, ...] = ()
        if list_id is not None:
            source, where = "members JOIN contacts USING (contact_id)", f"list = ? AND {where}"
            counting, of = "SELECT count(*) FROM members WHERE list = ?", (self._number(list_id),)
        total: int = self.db.execute(counting, of).fetchone()[0]
        rows = self.db.execute(
            "SELECT number, contact_id, email_key, contacts.created_at, updated_at, document"
            f" FROM {source} WHERE {where} ORDER BY contact_id LIMIT ?",
            (*of, after, size + 1),
        ).fetchall()
        return [held(row) for row in rows[:size]], total, len(rows) > size
