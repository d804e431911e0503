"""When each connection's account last answered to its key, whoever asked."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from store.journal.clock import now

if TYPE_CHECKING:
    from store.journal.schema import Journal


def note(connection: sqlite3.Connection, slug: str) -> None:
    """The account has just answered; inside the caller's transaction."""
    connection.execute(
        """insert into reached (connection_slug, at) values (?, ?)
           on conflict do update set at = excluded.at""",
        (slug, now()),
    )


def forget(connection: sqlite3.Connection, slug: str) -> None:
    """The connection is gone, or leads elsewhere."""
    connection.execute("delete from reached where connection_slug = ?", (slug,))


def account_by_run(journal: Journal, slug: str) -> tuple[str, str] | None:
    """The account that the newest run over a connection found, and the base URL it went to."""
    row = journal.row(
        """select account, json_extract(frozen, '$.connection.base_url') as base_url from run
           where connection_slug = ? and account is not null order by id desc limit 1""",
        slug,
    )
    return (row["account"], row["base_url"]) if row is not None else None


def times(journal: Journal) -> dict[str, str]:
    """By connection, when it was reached last: UTC, ISO 8601."""
    rows = journal.rows("select connection_slug, at from reached")
    return {row["connection_slug"]: row["at"] for row in rows}
