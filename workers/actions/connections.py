"""What an operator does with connections."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from store import connections, documents, exports, secrets
from store.connections import Audience, Broken, Connection, Consent
from store.errors import SegportError, UsageError
from workers import consent
from workers.destinations.address import origin_of

if TYPE_CHECKING:
    from store.secrets import Key
    from workers.actions.desk import Desk
    from workers.destinations.base import ConnectReport


@dataclass(frozen=True, slots=True)
class ConnectionLine:
    """A connection as this operator may see it.

    Attributes:
        usable: whether this operator may build exports on it.
        key_source: where its key would come from; None when there is none.
        exports: display names of the exports that use it.
        broken: why its file cannot be used.
    """

    slug: str
    name: str
    type: str
    usable_by: Audience | None = None
    usable: bool = False
    base_url: str | None = None
    rate: float | None = None
    profile_limit: int | None = None
    account: str | None = None
    consent: Consent | None = None
    key_source: str | None = None
    exports: list[str] = field(default_factory=list)
    broken: str | None = None


def listed(desk: Desk) -> list[ConnectionLine]:
    """The connections; a contributor sees only the shared ones, and of them name and type."""
    users = _users(desk)
    lines = [
        _line(desk, slug, entry, users.get(slug, []))
        for slug, entry in connections.catalogue(desk.workspace).items()
    ]
    return [line for line in lines if line.usable or desk.operator.role == "administrator"]


def show(desk: Desk, slug: str) -> ConnectionLine:
    """One connection."""
    document = connections.load(desk.workspace, slug)
    stem = document.path.stem
    return _line(desk, stem, document.value, _users(desk).get(stem, []))


async def try_out(desk: Desk, draft: Connection, key: Key) -> ConnectReport:
    """Connect with a key that is not kept yet, and say what is there.

    Raises:
        DestinationError: what is wrong, in a sentence.
    """
    desk.operator.require("administrator", "to make a connection")
    return await _connect(desk, draft, key)


async def test(desk: Desk, slug: str) -> ConnectReport:
    """Connect with the key that is kept."""
    desk.operator.require("administrator", "to test a connection")
    document = connections.load(desk.workspace, slug)
    origin = origin_of(document.value.base_url)
    found = secrets.find_key(desk.workspace, document.path.stem, origin)
    report = await _connect(desk, document.value, found.key)
    if report.account.email != document.value.account and report.account.email:
        documents.update(
            document, msgspec.structs.replace(document.value, account=report.account.email)
        )
    return report


def add(
    desk: Desk, draft: Connection, key: Key | None, *, agreed: bool, account: str | None = None
) -> str:
    """Save a new connection with its consent and its key; returns its slug.

    Args:
        desk: who, and where.
        draft: the connection, without consent.
        key: kept in a 0600 file; None when another source holds it.
        agreed: whether the operator agreed to `consent.STATEMENT`.
        account: the account's email, as `try_out` found it.
    """
    desk.operator.require("administrator", "to make a connection")
    if not agreed:
        raise UsageError(
            "A connection is saved only after you agree to the data privacy statement.",
            "Read it, then choose I agree (or give --agree).",
        )
    if not draft.name.strip() or not draft.name.isprintable() or "/" in draft.name:
        raise UsageError("A connection needs a plain name, without / or control characters.")
    origin = origin_of(draft.base_url)
    slug = documents.slug(draft.name)
    taken = {
        entry.name.casefold()
        for entry in connections.catalogue(desk.workspace).values()
        if isinstance(entry, Connection)
    }
    if draft.name.casefold() in taken:
        raise UsageError(f"There is a connection {draft.name} already.", "Choose another name.")
    agreement = _agreement(desk, origin)
    documents.create(
        connections.path_of(desk.workspace, slug),
        msgspec.structs.replace(draft, consent=agreement, account=account),
    )
    if key is not None:
        try:
            secrets.save_key(desk.workspace, slug, origin, key)
        except SegportError:
            documents.remove(connections.path_of(desk.workspace, slug))
            raise
    desk.record("connection added", slug, f"consent {agreement.version} for {origin}")
    return slug


def edit(
    desk: Desk,
    slug: str,
    *,
    name: str | None = None,
    rate: float | None = None,
    profile_limit: int | None = None,
    usable_by: Audience | None = None,
    base_url: str | None = None,
    key: Key | None = None,
    agreed: bool = False,
) -> None:
    """Change a connection. Another origin asks for key and consent again."""
    desk.operator.require("administrator", "to change a connection")
    document = connections.load(desk.workspace, slug)
    changed = document.value
    wanted = {
        "name": name,
        "rate": rate,
        "profile_limit": profile_limit,
        "usable_by": usable_by,
        "base_url": base_url,
    }
    plain = {name_: value for name_, value in wanted.items() if value is not None}
    changed = msgspec.convert({**msgspec.to_builtins(changed), **plain}, Connection)
    origin = origin_of(changed.base_url)
    if base_url is not None and origin != origin_of(document.value.base_url):
        if key is None or not agreed:
            raise UsageError(
                f"Key and consent were given for {origin_of(document.value.base_url)}.",
                f"Give both again for {origin}.",
            )
        changed = msgspec.structs.replace(changed, consent=_agreement(desk, origin), account=None)
    if key is not None:
        secrets.save_key(desk.workspace, document.path.stem, origin, key)
    documents.update(document, changed)
    told = ", ".join(plain) + (" and the key" if key is not None else "")
    desk.record("connection changed", document.path.stem, told)


def replace_key(desk: Desk, slug: str, key: Key) -> None:
    """Keep another key for the same origin."""
    edit(desk, slug, key=key)


def remove(desk: Desk, slug: str) -> None:
    """Remove a connection and its key file; refused while exports use it."""
    desk.operator.require("administrator", "to remove a connection")
    document = connections.load(desk.workspace, slug)
    stem = document.path.stem
    users = _users(desk).get(stem, [])
    if users:
        raise UsageError(
            f"The connection {document.value.name} is used by: {', '.join(users)}.",
            "Remove these exports first, or give them another connection.",
        )
    documents.remove(document.path)
    secrets.remove_key(desk.workspace, stem)
    desk.record("connection removed", stem)


def _line(desk: Desk, slug: str, entry: Connection | Broken, users: list[str]) -> ConnectionLine:
    if isinstance(entry, Broken):
        return ConnectionLine(slug, slug, "", exports=users, broken=entry.reason)
    administrator = desk.operator.role == "administrator"
    usable = administrator or (
        desk.operator.role == "contributor" and entry.usable_by == "contributors"
    )
    if not administrator:
        return ConnectionLine(slug, entry.name, entry.type, usable=usable, exports=users)
    return ConnectionLine(
        slug=slug,
        name=entry.name,
        type=entry.type,
        usable_by=entry.usable_by,
        usable=usable,
        base_url=entry.base_url,
        rate=entry.rate,
        profile_limit=entry.profile_limit,
        account=entry.account,
        consent=entry.consent,
        key_source=_key_source(desk, slug, entry),
        exports=users,
    )


def _key_source(desk: Desk, slug: str, entry: Connection) -> str | None:
    try:
        return secrets.where_is_key(desk.workspace, slug, origin_of(entry.base_url))
    except SegportError as error:
        return error.message


def _users(desk: Desk) -> dict[str, list[str]]:
    users: dict[str, list[str]] = {}
    for entry in exports.catalogue(desk.workspace).values():
        if isinstance(entry, exports.Export) and entry.connection:
            users.setdefault(entry.connection, []).append(entry.name)
    return users


def _agreement(desk: Desk, origin: str) -> Consent:
    return Consent(desk.operator.name, datetime.now(UTC), consent.VERSION, origin)


async def _connect(desk: Desk, connection: Connection, key: Key) -> ConnectReport:
    from workers.destinations.autopilot import Autopilot
    from workers.pacing import Pacer

    fingerprint = key.fingerprint(secrets.workspace_secret(desk.workspace))
    pacer = Pacer(desk.workspace.locks_folder / f"pace-{fingerprint}", connection.rate)
    async with Autopilot(connection.base_url, key, pacer, connect_timeout=8.0) as destination:
        return await destination.connect()
