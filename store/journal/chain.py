"""The chain of the audit: each row's seal holds everything before it.

A row that is changed, moved, taken out or put in between breaks every seal after it. What the chain
cannot show is that whoever can write the file has made the whole of it anew.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Sequence
from typing import Final

_FIRST: Final = ("id", "at", "operator", "via", "session", "action", "subject", "detail")
COLUMNS: Final = (*_FIRST, "role", "result")
START: Final = "0" * 64

_ONLY_GROWS = """
create trigger audit_is_not_changed before update on audit
begin select raise(abort, 'the audit only grows'); end;
create trigger audit_is_not_cut before delete on audit
begin select raise(abort, 'the audit only grows'); end;
create trigger audit_is_not_replaced before insert on audit
when exists (select 1 from audit where id = new.id)
begin select raise(abort, 'the audit only grows'); end;
"""


def seal(before: str, row: Sequence[object]) -> str:
    """The seal of a row, from the one before it: hexadecimal SHA-256.

    Rows from before there were a role and a result have none, and were sealed without.
    """
    sealed = row[: len(_FIRST)] if tuple(row[len(_FIRST) :]) == (None, None) else row
    text = json.dumps([before, *sealed], ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def install(connection: sqlite3.Connection) -> None:
    """Seal the audit as it stands, and let it only grow from now on. A step of the journal."""
    connection.execute("alter table audit add column session text not null default ''")
    connection.execute("alter table audit add column seal text not null default ''")
    before = START
    # Read whole: rows that are being read must not be written.
    for row in connection.execute(f"select {', '.join(_FIRST)} from audit order by id").fetchall():
        before = seal(before, tuple(row))
        connection.execute("update audit set seal = ? where id = ?", (before, row[0]))
    for trigger in _ONLY_GROWS.split(";\ncreate"):
        text = trigger.strip()
        connection.execute(text if text.startswith("create") else f"create {text}")
