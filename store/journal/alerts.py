"""Alerts: what is the matter with which export, since when, and who has been told.

An alert is opened once and stays open, however many runs find the same, until one finds it over.
Opening and closing make one message for each way of telling.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import msgspec

from store.alerts import Kind
from store.journal.clock import now

if TYPE_CHECKING:
    from store.journal.schema import Journal

# Whoever sends a message has this long before another may take it for lost.
_LEASE: Final = timedelta(minutes=5)
_AGAIN_AFTER: Final = (1, 5, 15, 60)
_ENDED: Final = (
    "'successful', 'completed with rejects', 'failed', 'canceled', 'interrupted', 'skipped', "
    "'needs approval'"
)


class Alert(msgspec.Struct, frozen=True):
    """Something that is, or was, the matter with an export.

    Attributes:
        runs: how many times it was found.
        untold: by how many ways it could not be told.
    """

    id: int
    export_id: str
    export_slug: str
    export_name: str
    kind: Kind
    opened_at: str
    closed_at: str | None
    text: str
    run_id: int | None
    runs: int
    untold: int


class Subject(msgspec.Struct, frozen=True):
    """The export that an alert is about."""

    export_id: str
    slug: str
    name: str


class Message(msgspec.Struct, frozen=True):
    """One telling of one alert by one way. `event` is "opened" or "recovered"."""

    id: int
    event: str
    channel: str
    tries: int
    alert: Alert


class Undelivered(msgspec.Struct, frozen=True):
    """A message that could not be delivered, and why."""

    channel: str
    state: str
    tries: int
    told: str


def judged(connection: sqlite3.Connection, run_id: int, attempt: int) -> bool:
    """Say that the end of a run has been looked at; False if it had been."""
    return bool(
        connection.execute(
            "insert into judged (run_id, attempt) values (?, ?) on conflict do nothing",
            (run_id, attempt),
        ).rowcount
    )


def unjudged(journal: Journal) -> list[int]:
    """Runs that have ended and that nobody has looked at, oldest first."""
    rows = journal.rows(
        f"""select id from run as r where state in ({_ENDED})
                and id > (select coalesce(max(run_id), 0) - 500 from judged)
                and not exists (select 1 from judged as j
                    where j.run_id = r.id and j.attempt = r.attempt)
            order by id"""
    )
    return [row["id"] for row in rows]


def open_one(
    connection: sqlite3.Connection,
    of: Subject,
    kind: Kind,
    text: str,
    channels: Iterable[str],
    *,
    now: str,
    run_id: int | None = None,
) -> bool:
    """Open an alert and its messages; one that is open already only counts. Says whether it opened."""
    again = connection.execute(
        """update alert set runs = runs + 1, text = ?, run_id = coalesce(?, run_id)
           where export_id = ? and kind = ? and closed_at is null""",
        (text, run_id, of.export_id, kind),
    ).rowcount
    if again:
        return False
    made = connection.execute(
        """insert into alert (export_id, export_slug, export_name, kind, opened_at, text, run_id)
           values (?, ?, ?, ?, ?, ?, ?)""",
        (of.export_id, of.slug, of.name, kind, now, text, run_id),
    ).lastrowid
    _tell(connection, int(made or 0), "opened", channels, now)
    return True


def close_one(
    connection: sqlite3.Connection, export_id: str, kind: Kind, channels: Iterable[str], *, now: str
) -> bool:
    """Close an alert that is open, and tell that; says whether there was one."""
    row = connection.execute(
        "select id from alert where export_id = ? and kind = ? and closed_at is null",
        (export_id, kind),
    ).fetchone()
    if row is None:
        return False
    connection.execute("update alert set closed_at = ? where id = ?", (now, row["id"]))
    # What nobody has been told yet need not be told any more, unless somebody has been.
    told = connection.execute(
        "delete from message where alert_id = ? and event = 'opened' and state = 'waiting' "
        "and tries = 0 returning channel",
        (row["id"],),
    ).fetchall()
    unheard = {each["channel"] for each in told}
    _tell(connection, row["id"], "recovered", [c for c in channels if c not in unheard], now)
    return True


def drop(connection: sqlite3.Connection, export_id: str, kind: Kind | None = None) -> None:
    """Close what is open for an export without a word: it was removed, or is not due any more."""
    ids = (
        "select id from alert where export_id = ? and closed_at is null and (? is null or kind = ?)"
    )
    connection.execute(
        f"delete from message where state = 'waiting' and alert_id in ({ids})",
        (export_id, kind, kind),
    )
    connection.execute(
        f"update alert set closed_at = ? where id in ({ids})", (now(), export_id, kind, kind)
    )


def of_others(journal: Journal, known: Collection[str]) -> list[str]:
    """The ids of exports with an open alert that are not among these."""
    rows = journal.rows("select distinct export_id from alert where closed_at is null")
    return [row["export_id"] for row in rows if row["export_id"] not in known]


def opened(journal: Journal) -> list[Alert]:
    """The alerts that are open, the newest first."""
    return _alerts(journal, "closed_at is null", 1000)


def open_since(journal: Journal, export_id: str, kind: Kind) -> str | None:
    """Since when an alert of this kind is open for an export; None where there is none."""
    row = journal.row(
        "select opened_at from alert where export_id = ? and kind = ? and closed_at is null",
        export_id,
        kind,
    )
    return None if row is None else str(row["opened_at"])


def newest(journal: Journal, limit: int = 100) -> list[Alert]:
    """The newest alerts, open or over."""
    return _alerts(journal, "1", limit)


def take(connection: sqlite3.Connection, now: datetime) -> Message | None:
    """Take a message to deliver; whoever takes it has five minutes."""
    at = now.isoformat(timespec="milliseconds")
    row = connection.execute(
        """select id from message where state in ('waiting', 'sending') and not_before <= ?
           order by id limit 1""",
        (at,),
    ).fetchone()
    if row is None:
        return None
    connection.execute(
        "update message set state = 'sending', tries = tries + 1, not_before = ? where id = ?",
        ((now + _LEASE).isoformat(timespec="milliseconds"), row["id"]),
    )
    found = connection.execute("select * from message where id = ?", (row["id"],)).fetchone()
    alert = connection.execute(f"{_SELECT} where id = ?", (found["alert_id"],)).fetchone()
    return Message(found["id"], found["event"], found["channel"], found["tries"], _alert(alert))


def delivered(connection: sqlite3.Connection, message: Message) -> None:
    """It got through."""
    connection.execute("update message set state = 'sent', told = '' where id = ?", (message.id,))


def failed(connection: sqlite3.Connection, message: Message, why: str, now: datetime) -> bool:
    """It did not get through: try again later, or give up. Says whether it is given up."""
    over = message.tries > len(_AGAIN_AFTER)
    later = now if over else now + timedelta(minutes=_AGAIN_AFTER[message.tries - 1])
    connection.execute(
        "update message set state = ?, told = ?, not_before = ? where id = ?",
        (
            "failed" if over else "waiting",
            why,
            later.isoformat(timespec="milliseconds"),
            message.id,
        ),
    )
    return over


def undelivered(journal: Journal) -> list[Undelivered]:
    """The newest message of every way that does not get through."""
    rows = journal.rows(
        """select channel, state, tries, told from message as m where told <> ''
               and id = (select max(id) from message where channel = m.channel and tries > 0)"""
    )
    return [Undelivered(**dict(row)) for row in rows]


_SELECT: Final = """select id, export_id, export_slug, export_name, kind, opened_at, closed_at, text,
    run_id, runs, (select count(*) from message where alert_id = alert.id and told <> '') as untold
    from alert"""


def _alerts(journal: Journal, where: str, limit: int) -> list[Alert]:
    rows = journal.rows(f"{_SELECT} where {where} order by id desc limit ?", limit)
    return [_alert(row) for row in rows]


def _alert(row: sqlite3.Row) -> Alert:
    return Alert(**{**dict(row), "kind": Kind(row["kind"])})


def _tell(
    connection: sqlite3.Connection, alert_id: int, event: str, channels: Iterable[str], now: str
) -> None:
    connection.executemany(
        """insert into message (alert_id, event, channel, state, not_before)
           values (?, ?, ?, 'waiting', ?)""",
        [(alert_id, event, channel, now) for channel in channels],
    )
