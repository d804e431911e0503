"""The one way to open and write the journal and the log, whatever version they were left at.

Every write is `BEGIN IMMEDIATE`: a deferred transaction that reads first and writes later fails at
once under contention, whatever the timeout. `synchronous=FULL`, since losing the last commit would
mean a request sent twice without a word.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from store.errors import Locked, StorageError
from store.journal import tables

_BUSY_MS = 15_000


class Journal:
    """An open journal. One object a thread; cheap to open."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.connection = _open(path, tables.JOURNAL, synchronous="FULL")
        self._file = _identity(path)

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

    def is_in_place(self) -> bool:
        """Whether its files are still where they were opened: what goes elsewhere, nobody will read."""
        return _identity(self.path) == self._file

    def close(self) -> None:
        """Close; nothing is pending outside a transaction."""
        self.connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _identity(path: Path) -> list[tuple[int, int] | None]:
    """Which files the journal and its write-ahead log are; what was committed last is in the second."""
    return [_file_at(path), _file_at(f"{path}-wal")]


def _file_at(path: Path | str) -> tuple[int, int] | None:
    try:
        status = os.stat(path)  # noqa: PTH116 - asked before every request
    except OSError:
        return None
    return status.st_dev, status.st_ino


def open_log(path: Path) -> sqlite3.Connection:
    """Open the database of log lines; NORMAL, because a lost line loses no customer."""
    return _open(path, tables.LOG, synchronous="NORMAL")


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    with told("the journal"), _whole(connection):
        yield connection


@contextmanager
def _whole(connection: sqlite3.Connection) -> Iterator[None]:
    """All of it is written, or nothing."""
    connection.execute("begin immediate")
    try:
        yield
    except BaseException:
        # SQLite has rolled back by itself on a full disk; to do it twice would be what is told then.
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
        if code.startswith("SQLITE_IOERR"):
            code = "SQLITE_IOERR"
        if code == "SQLITE_BUSY":
            raise Locked(
                f"{what} was locked by another process for {_BUSY_MS // 1000} seconds.",
                "Try again; a run that gives no sign of life is ended by "
                "`segport run cancel ID --force`.",
            ) from error
        raise StorageError(f"{what} {_REASONS.get(code, f'failed ({error})')}.", _HINT) from error


_HINT = "Nothing that was recorded is lost; mend it and resume."
_REASONS = {
    "SQLITE_FULL": "cannot be written: the disk is full",
    "SQLITE_IOERR": "cannot be read or written: the disk or a quota is full, or the disk fails",
    "SQLITE_READONLY": "cannot be written: it, or the disk that it lies on, is read-only",
    "SQLITE_CORRUPT": "is damaged",
    "SQLITE_NOTADB": "is damaged: it is not a database",
    "SQLITE_CANTOPEN": "cannot be opened: its folder cannot be written, or the disk or a quota is full",
}


def _open(path: Path, steps: Sequence[tables.Step], *, synchronous: str) -> sqlite3.Connection:
    _make(path)
    _check_access(path)
    with told(path.name):
        connection = sqlite3.connect(
            path, timeout=_BUSY_MS / 1000, isolation_level=None, check_same_thread=False
        )
        connection.row_factory = sqlite3.Row
        # SQLite's own `lower` leaves every letter as it is that is not ASCII.
        connection.create_function("lowered", 1, _lowered, deterministic=True)
        connection.execute(f"pragma busy_timeout={_BUSY_MS}")
        connection.execute("pragma journal_mode=wal")
        connection.execute(f"pragma synchronous={synchronous}")
        connection.execute("pragma journal_size_limit=16777216")
        connection.execute("pragma foreign_keys=on")
        _migrate(connection, path.name, steps)
        return connection


def _lowered(text: str | None) -> str | None:
    return None if text is None else text.lower()


def _make(path: Path) -> None:
    """Made 0600 before SQLite sees it: -wal and -shm copy the mode."""
    try:
        if not path.exists():
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise StorageError(f"{path.name} cannot be opened ({error.strerror}).", _HINT) from error


def _check_access(path: Path) -> None:
    """SQLite does not say why it cannot open a file: another account's is told from a full disk."""
    try:
        owner = path.stat().st_uid
    except OSError:
        return
    if owner != os.geteuid() and not os.access(path, os.R_OK | os.W_OK):
        raise StorageError(
            f"{path.name} belongs to another account (user id {owner}) than the one Segport runs"
            " as.",
            f"Give it back, as in `sudo chown {os.geteuid()} {path}`, and use Segport as one"
            " account.",
        )


def _migrate(connection: sqlite3.Connection, name: str, steps: Sequence[tables.Step]) -> None:
    version = connection.execute("pragma user_version").fetchone()[0]
    if version > len(steps):
        raise StorageError(
            f"{name} was written by a newer Segport (version {version} of its tables).",
            "Use that Segport, or a newer one.",
        )
    if version == len(steps):
        return
    with _whole(connection):
        # Asked again inside the transaction: another process may have gone these steps just now.
        done = connection.execute("pragma user_version").fetchone()[0]
        for step in steps[done:]:
            if not isinstance(step, str):
                step(connection)
                continue
            for statement in step.split(";\n"):
                if statement.strip():
                    connection.execute(statement)
        connection.execute(f"pragma user_version={max(done, len(steps))}")
