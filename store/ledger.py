"""The ledger: what the destination has acknowledged, one Parquet file an export.

Columns: `email`, `digest` (of the fields as last acknowledged, or `DOUBTFUL`), `payload` (every field that the
destination holds through us, as JSON members), `lists` (BIGINT, a bit for each acknowledged membership, and
`JOIN_IN_DOUBT`). Whoever may have been taken without an acknowledgement has a row too, and is `acknowledged`
in nothing. What the bits mean, whose account it is and which run wrote it stand in the file's own metadata, so that
file and meaning cannot part.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from store import private_files
from store.duck import PARQUET
from store.errors import StorageError
from store.sql import quote_file, quote_text

if TYPE_CHECKING:
    import duckdb

    from store.workspace import Workspace

VERSION: Final = 1
MOST_LISTS: Final = 60
_KEY: Final = "segport"
DOUBTFUL: Final = "doubtful"
"""The digest of a contact whose last request had no answer: old values prove nothing any more."""
JOIN_IN_DOUBT: Final = 1 << 61
"""In `lists`: a request for a membership had no answer."""


class KnownList(msgspec.Struct, frozen=True):
    """A list by its bit: the id it had, the title it was asked for by, and its title there."""

    position: int
    id: str
    wanted: str
    title: str


class Header(msgspec.Struct, frozen=True):
    """What a ledger says about itself.

    Attributes:
        version: of the file's columns.
        export_id: whose ledger it is.
        origin: the destination it speaks of.
        account: the account's email there, if the destination told.
        run_id: the run that was settled last.
        token: made anew with every write; the journal keeps it too.
        matching: digest of the data matching that was in force.
        lists: the meaning of the bits.
    """

    version: int
    export_id: str
    origin: str
    account: str | None
    run_id: int
    token: str
    matching: str
    lists: list[KnownList]


def path_of(workspace: Workspace, export_id: str) -> Path:
    """Where the ledger of an export lies."""
    return workspace.ledger_folder / f"{export_id}.parquet"


def header(connection: duckdb.DuckDBPyConnection, path: Path) -> Header | None:
    """What the ledger at `path` says about itself; None if there is none.

    Raises:
        StorageError: it is damaged, or a newer Segport wrote it.
    """
    import duckdb

    if not path.exists():
        return None
    try:
        row = connection.execute(
            f"select value from parquet_kv_metadata({quote_file(path)}) where key = ?::blob",
            [_KEY],
        ).fetchone()
        found = msgspec.json.decode(bytes(row[0]), type=Header) if row else None
    except (duckdb.Error, msgspec.DecodeError) as error:
        raise _damaged(path) from error
    if found is None:
        raise _damaged(path)
    if found.version > VERSION:
        raise StorageError(
            f"The ledger {path.name} was written by a newer Segport.", "Use that one, or a newer."
        )
    return found


def write(
    connection: duckdb.DuckDBPyConnection, select: str, head: Header, path: Path, scratch: Path
) -> None:
    """Write a new ledger in place of the old one, whole or not at all.

    Args:
        connection: runs the SELECT, and can write into `scratch`.
        select: yields the four columns.
        head: what the file shall say about itself.
        path: the ledger's place.
        scratch: a folder on the same disk.
    """
    fresh = scratch / f"{path.stem}.ledger"
    told = quote_text(msgspec.json.encode(head).decode())
    connection.execute(
        f"copy ({select}) to {quote_text(str(fresh))} ({PARQUET}, kv_metadata {{{_KEY}: {told}}})"
    )
    try:
        private_files.put(fresh, path)
    except OSError as error:
        raise StorageError(
            f"The ledger {path.name} cannot be written ({error.strerror}).",
            "Look at the permissions and the free space of .segport/ledger; the next run settles "
            "what this one got acknowledged.",
        ) from error


def rows(path: Path) -> str:
    """The ledger as a table in SQL."""
    return f"read_parquet({quote_file(path)})"


def row(email: str, digest: str, payload: str, lists: int) -> str:
    """A ledger of one contact as a table in SQL."""
    return (
        f"(select {quote_text(email)} as email, {quote_text(digest)} as digest,"
        f" {quote_text(payload)} as payload, {lists:d}::bigint as lists)"
    )


def acknowledged(row: str) -> str:
    """Whether anything of a contact was acknowledged, as a condition in SQL on that row."""
    return (
        f"({row}.digest is distinct from {quote_text(DOUBTFUL)} or {row}.payload <> ''"
        f" or {row}.lists & ~{JOIN_IN_DOUBT}::bigint <> 0)"
    )


NOTHING: Final = (
    "(select ''::varchar as email, ''::varchar as digest, ''::varchar as payload,"
    " 0::bigint as lists where false)"
)
"""A ledger without a contact, as a table in SQL."""


def _damaged(path: Path) -> StorageError:
    return StorageError(
        f"The ledger {path.name} is damaged.",
        "Restore it from a backup, or forget it with `segport export reset`.",
    )
