"""What an operator sees of a connection in things that were made with it: runs, and errors."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from store import connections
from store.connections import Connection
from store.errors import KeyProblem
from store.journal.runs import Frozen
from store.keys import secrets
from workers.actions.desk import NOT_SHARED

if TYPE_CHECKING:
    from store.journal.runs import Brief, Run
    from store.keys.secrets import FoundKey
    from workers.actions.desk import Desk

_ADDRESS = re.compile(r"https?://\S+?(?=[.,;]?(\s|$))")


def as_seen(desk: Desk, found: Sequence[Run]) -> list[Run]:
    """Runs without what only administrators see: address, account, key; names of unshared ones."""
    if desk.is_administrator:
        return list(found)
    today = connections.catalogue(desk.workspace)
    return [_partly(run, _is_shared(desk, today.get(run.connection_slug), run)) for run in found]


def briefly_seen(desk: Desk, found: Sequence[Brief]) -> list[Brief]:
    """The same for runs in one line; who may use a connection that is gone is not known any more."""
    if desk.is_administrator:
        return list(found)
    today = connections.catalogue(desk.workspace)
    shared = {
        slug for slug, each in today.items() if isinstance(each, Connection) and desk.sees(each)
    }
    return [
        msgspec.structs.replace(
            run,
            connection_name=run.connection_name if run.connection_slug in shared else NOT_SHARED,
            connection_slug=run.connection_slug if run.connection_slug in shared else NOT_SHARED,
            cause=without_addresses(run.cause),
        )
        for run in found
    ]


def without_addresses(text: str) -> str:
    """A text in which no web address is told."""
    return _ADDRESS.sub("the destination", text)


def find_key(desk: Desk, slug: str, origin: str) -> FoundKey:
    """The key of a connection. Where it was looked for is told to administrators only."""
    try:
        return secrets.find_key(desk.workspace, slug, origin)
    except KeyProblem:
        if desk.is_administrator:
            raise
        raise KeyProblem(
            "The connection's key is missing or cannot be used.", desk.operator.whom_to_ask
        ) from None


def _is_shared(desk: Desk, today: object, run: Run) -> bool:
    return desk.sees(today if isinstance(today, Connection) else run.frozen.connection)


def _partly(run: Run, shared: bool) -> Run:
    kept = run.frozen.connection
    name = run.connection_name if shared else NOT_SHARED
    shown = Connection(
        name=name, type=kept.type, base_url="", rate=kept.rate, usable_by=kept.usable_by
    )
    return msgspec.structs.replace(
        run,
        connection_name=name,
        connection_slug=run.connection_slug if shared else NOT_SHARED,
        frozen=Frozen(
            export=run.frozen.export
            if shared
            else msgspec.structs.replace(run.frozen.export, connection=NOT_SHARED),
            connection=shown,
        ),
        cause=without_addresses(run.cause),
        key_fingerprint=None,
        account=None,
        plan={**run.plan, "account": None} if run.plan else None,
    )
