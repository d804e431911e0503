"""How a connection ends: its consent withdrawn, or itself removed with what hangs on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

import msgspec

from store import connections, documents
from store.errors import ConfigurationError, UsageError
from store.journal import reached, runs
from store.keys import secrets
from workers.actions import export_life, exports
from workers.actions.connections import users_of

if TYPE_CHECKING:
    from pathlib import Path

    from workers.actions.desk import Desk

Fate = Literal["detach", "remove"]


def withdraw(desk: Desk, slug: str) -> list[int]:
    """Take the consent back. Nothing leaves by it any more, until somebody agrees anew.

    Returns the runs that are under way on it: they stop after their requests in flight.
    """
    desk.require("administrator", "to withdraw consent", slug)
    document = connections.load(desk.workspace, slug)
    if document.value.consent is None:
        raise UsageError(f"Nobody has agreed on the connection {document.value.name} as it is.")
    documents.update(document, msgspec.structs.replace(document.value, consent=None))
    stem = document.path.stem
    desk.record("consent withdrawn", stem)
    return under_way(desk, stem)


def remove(desk: Desk, slug: str, dependents: Mapping[str, Fate] | None = None) -> list[int]:
    """Remove a connection and its key file, and do to each export that uses it what was chosen.

    Returns the runs that are under way on it: they stop after their requests in flight.

    Args:
        desk: who, and where.
        slug: the connection.
        dependents: for every export that uses it, by slug, "detach" or "remove".

    Raises:
        UsageError: an export uses it that nothing was chosen for.
    """
    desk.require("administrator", "to remove a connection", slug)
    path = _path(desk, slug)
    stem, chosen = path.stem, dependents or {}
    users = users_of(desk, stem)
    left = [name for known, name in users.items() if known not in chosen]
    if left:
        raise UsageError(
            f"The connection {stem} is used by: {', '.join(left)}.",
            "Say for each whether it is detached or removed with it.",
        )
    for export in users:
        if chosen[export] == "detach":
            export_life.detach(desk, export)
        else:
            exports.remove(desk, export)
    documents.remove(path)
    secrets.remove_key(desk.workspace, stem)
    with desk.journal() as journal, journal.writing() as db:
        reached.forget(db, stem)
    desk.record("connection removed", stem)
    return under_way(desk, stem)


def under_way(desk: Desk, slug: str) -> list[int]:
    """The runs on a connection that have not ended."""
    with desk.journal() as journal:
        return [run.id for run in runs.unfinished(journal) if run.connection_slug == slug]


def _path(desk: Desk, slug: str) -> Path:
    """The connection's file, also of one that cannot be read."""
    try:
        return connections.load(desk.workspace, slug).path
    except ConfigurationError:
        return connections.path_of(desk.workspace, slug)
