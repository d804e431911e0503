"""The journal's tables, its version, and the one way to open and write it.

Every write is `BEGIN IMMEDIATE`: a deferred transaction that reads first and writes later fails at
once under contention, whatever the timeout. `synchronous=FULL`, since losing the last commit would
mean a request sent twice without a word.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from store.errors import StorageError

VERSION = 1
_BUSY_MS = 15_000

_TABLES = """
create table run (
    id integer primary key autoincrement,
    export_id text not null,
    export_slug text not null,
    export_name text not null,
    connection_slug text not null,
    connection_name text not null,
    operator text not null,
    started_by text not null,
    asked_at text not null,
    began_at text,
    ended_at text,
    state text not null,
    cause text not null default '',
    attempt integer not null default 1,
    options text not null,
    frozen text not null,
    key_fingerprint text,
    account text,
    plan text,
    plan_digest text,
    approved_by text,
    cancel_by text,
    cancel_at text,
    heartbeat text,
    unsettled integer not null default 0,
    to_send integer not null default 0,
    accepted integer not null default 0,
    rejected integer not null default 0,
    repeated integer not null default 0,
    requests_planned integer not null default 0,
    requests_sent integer not null default 0
) strict;
create index run_by_export on run (export_id, id);
create index run_by_state on run (state, id);

create table target_list (
    run_id integer not null references run (id),
    position integer not null,
    list_id text not null,
    title text not null,
    primary key (run_id, position)
) strict, without rowid;

create table request (
    run_id integer not null references run (id),
    no integer not null,
    attempt integer not null,
    kind text not null,
    part integer not null,
    first integer not null,
    last integer not null,
    contacts integer not null,
    state text not null,
    status integer,
    ms real,
    sent_at text not null,
    words text not null default '',
    primary key (run_id, no)
) strict, without rowid;

create table accepted (
    run_id integer not null references run (id),
    part integer not null,
    first integer not null,
    last integer not null,
    primary key (run_id, part, first)
) strict, without rowid;

create table reject (
    run_id integer not null references run (id),
    n integer not null,
    request_no integer not null,
    status integer,
    reason text not null,
    words text not null,
    primary key (run_id, n)
) strict, without rowid;

create table repeated (
    run_id integer not null references run (id),
    n integer not null,
    primary key (run_id, n)
) strict, without rowid;

create table settlement (
    export_id text primary key,
    run_id integer not null,
    contacts integer not null,
    digest text not null,
    at text not null
) strict, without rowid;

create table capability (
    origin text not null,
    account text not null,
    name text not null,
    value text not null,
    at text not null,
    primary key (origin, account, name)
) strict, without rowid;

create table audit (
    id integer primary key autoincrement,
    at text not null,
    operator text not null,
    via text not null,
    action text not null,
    subject text not null,
    detail text not null
) strict;
"""

_LOG_TABLES = """
create table line (
    id integer primary key autoincrement,
    run_id integer not null,
    at text not null,
    level text not null,
    text text not null
) strict;
create index line_by_run on line (run_id, id);
"""


class Journal:
    """An open journal. One object a thread; cheap to open."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.connection = _open(path, _TABLES, synchronous="FULL")

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction: everything in it is kept, or nothing."""
        with _transaction(self.connection) as connection:
            yield connection

    def rows(self, sql: str, *values: object) -> list[sqlite3.Row]:
        """Read."""
        with told(self.path.name):
            found: list[sqlite3.Row] = self.connection.execute(sql, values).fetchall()
            return found

    def row(self, sql: str, *values: object) -> sqlite3.Row | None:
        """Read one row, or None."""
        with told(self.path.name):
            found: sqlite3.Row | None = self.connection.execute(sql, values).fetchone()
            return found

    def data_version(self) -> int:
        """A number that changes when another process has written: makes an idle look cheap."""
        with told(self.path.name):
            return int(self.connection.execute("pragma data_version").fetchone()[0])

    def close(self) -> None:
        """Close; nothing is pending outside a transaction."""
        self.connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_log(path: Path) -> sqlite3.Connection:
    """Open the database of log lines; NORMAL, because a lost line loses no customer."""
    return _open(path, _LOG_TABLES, synchronous="NORMAL")


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    with told("the journal"):
        connection.execute("begin immediate")
        try:
            yield connection
        except BaseException:
            if connection.in_transaction:
                connection.execute("rollback")
            raise
        connection.execute("commit")


@contextmanager
def told(what: str) -> Iterator[None]:
    """Turn SQLite's errors into a sentence about `what`."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorname", "")
        raise StorageError(f"{what} {_REASONS.get(code, f'failed ({error})')}.", _HINT) from error


_HINT = "Nothing that was recorded is lost; mend it and resume."
_REASONS = {
    "SQLITE_FULL": "cannot be written: the disk is full",
    "SQLITE_BUSY": "was locked by another process for 15 seconds",
    "SQLITE_READONLY": "cannot be written: it is read-only for this account",
    "SQLITE_CORRUPT": "is damaged",
    "SQLITE_NOTADB": "is damaged: it is not a database",
    "SQLITE_CANTOPEN": "cannot be opened",
}


def _open(path: Path, tables: str, *, synchronous: str) -> sqlite3.Connection:
    with told(path.name):
        if not path.exists():
            # Made 0600 before SQLite sees it: -wal and -shm copy the mode.
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        connection = sqlite3.connect(
            path, timeout=_BUSY_MS / 1000, isolation_level=None, check_same_thread=False
        )
        connection.row_factory = sqlite3.Row
        connection.execute(f"pragma busy_timeout={_BUSY_MS}")
        connection.execute("pragma journal_mode=wal")
        connection.execute(f"pragma synchronous={synchronous}")
        connection.execute("pragma journal_size_limit=16777216")
        connection.execute("pragma foreign_keys=on")
        _migrate(connection, path.name, tables)
        return connection


def _migrate(connection: sqlite3.Connection, name: str, tables: str) -> None:
    version = connection.execute("pragma user_version").fetchone()[0]
    if version > VERSION:
        raise StorageError(
            f"{name} was written by a newer Segport (version {version} of its tables).",
            "Use that Segport, or a newer one.",
        )
    if version == VERSION:
        return
    connection.execute("begin immediate")
    if connection.execute("pragma user_version").fetchone()[0] == 0:
        for statement in tables.split(";\n"):
            if statement.strip():
                connection.execute(statement)
        connection.execute(f"pragma user_version={VERSION}")
    connection.execute("commit")
