"""What a simulator's file holds, whether or not the simulator is running."""

from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING, Any, NamedTuple

from store.errors import NotFound, StorageError
from workers.sandbox.people import shown
from workers.sandbox.store import LIST_SIZES, held

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class HeldList(NamedTuple):
    """A list."""

    list_id: str
    title: str
    size: int


class HeldContact(NamedTuple):
    """A contact, in words for a screen."""

    contact_id: str
    email: str
    name: str
    lists: tuple[str, ...]
    """Titles."""
    document: dict[str, Any]
    """The contact as the API shows it."""


class Holding(NamedTuple):
    """What there is."""

    contacts: int
    """How many there are."""
    lists: list[HeldList]
    custom_fields: dict[str, str]
    """Type by name."""
    some: list[HeldContact]
    """Some contacts: the one or those asked for, else those changed last."""


def show(
    path: Path, *, email: str | None = None, list_name: str | None = None, limit: int = 20
) -> Holding:
    """Reads a simulator's file; nothing in it is changed.

    Args:
        path: the file.
        email: show only the contact of this address.
        list_name: show only contacts of the list with this title or id.
        limit: show at most so many contacts.

    Raises:
        NotFound: there is no such file or list.
        StorageError: it is not a simulator's file.
    """
    if not path.is_file():
        raise NotFound(
            f"There is no simulator file at {path}.", "Start one with `segport sandbox`."
        )
    try:
        with contextlib.closing(_open(path)) as db:
            lists = [HeldList(*row) for row in db.execute(LIST_SIZES)]
            if list_name is not None and not any(list_name in each[:2] for each in lists):
                raise NotFound(f'The simulator holds no list "{list_name}".')
            [[contacts]] = db.execute("SELECT count(*) FROM contacts")
            fields = dict(db.execute("SELECT name, field_type FROM custom_fields ORDER BY name"))
            some = list(_contacts(db, email, list_name, limit))
    except sqlite3.Error as error:
        raise StorageError(f"{path.name} is not a file of the simulator ({error}).") from error
    return Holding(contacts, lists, fields, some)


def _open(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)


def _contacts(
    db: sqlite3.Connection, email: str | None, list_name: str | None, limit: int
) -> Iterator[HeldContact]:
    wanted, values = ["1"], []
    if email is not None:
        wanted.append("email_key = ?")
        values.append(email.strip().lower())
    if list_name is not None:
        wanted.append(
            "contact_id IN (SELECT contact_id FROM members JOIN lists ON list = number"
            " WHERE title = ? OR list_id = ?)"
        )
        values += [list_name, list_name]
    rows = db.execute(
        f"SELECT * FROM contacts WHERE {' AND '.join(wanted)}"
        " ORDER BY coalesce(updated_at, created_at) DESC, number DESC LIMIT ?",
        (*values, limit),
    ).fetchall()
    for row in rows:
        person = held(row)
        lists = db.execute(
            "SELECT list_id, title FROM lists JOIN members ON list = lists.number"
            " WHERE contact_id = ? ORDER BY lists.number",
            (person.contact_id,),
        ).fetchall()
        document = shown(person, [list_id for list_id, _ in lists])
        yield HeldContact(
            person.contact_id,
            str(document.get("Email") or ""),
            str(document.get("Name") or ""),
            tuple(title for _, title in lists),
            document,
        )
