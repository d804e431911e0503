"""What an operator does with connections."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from store import connections, differences, documents, exports
from store.connections import Audience, Connection, Consent
from store.documents import Broken
from store.errors import SegportError, StorageError, refuse
from store.figures import per_second
from store.journal import reached
from store.keys import secrets
from workers import consent
from workers.actions.connection_faults import faults, origin_before
from workers.destinations.accounts import same_account
from workers.destinations.address import origin_of

if TYPE_CHECKING:
    from store.keys.secrets import Key
    from workers.actions.desk import Desk


@dataclass(frozen=True, slots=True)
class ConnectionLine:
    """A connection as this operator may see it.

    Attributes:
        usable: whether this operator may build exports on it.
        key_source: where its key would come from; None when there is none.
        created: when it was added; None for one that was written by hand.
        reached: when its account last answered to its key; UTC, ISO 8601.
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
    created: datetime | None = None
    consent: Consent | None = None
    key_source: str | None = None
    reached: str | None = None
    exports: list[str] = field(default_factory=list)
    broken: str | None = None


def listed(desk: Desk) -> list[ConnectionLine]:
    """The connections; others than administrators see the shared ones, by name and type."""
    users, times = _users(desk), _times(desk)
    return [
        _line(desk, slug, entry, users.get(slug, []), times.get(slug))
        for slug, entry in connections.catalogue(desk.workspace).items()
        if desk.is_administrator or (isinstance(entry, Connection) and desk.sees(entry))
    ]


def show(desk: Desk, slug: str) -> ConnectionLine:
    """One connection; to others than administrators, a shared one by its name and type."""
    document = desk.connection(slug)
    desk.require_shared(document.value)
    stem = document.path.stem
    users = _users(desk).get(stem, [])
    return _line(desk, stem, document.value, users, _times(desk).get(stem))


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
    refuse(faults(desk, draft, key=key, agreed=agreed))
    origin = origin_of(draft.base_url)
    slug = documents.slug(draft.name)
    agreed_to = agreement(desk, origin)
    documents.create(
        connections.path_of(desk.workspace, slug),
        msgspec.structs.replace(
            draft, consent=agreed_to, account=account, created=datetime.now(UTC)
        ),
    )
    if key is not None:
        try:
            secrets.save_key(desk.workspace, slug, origin, key)
        except SegportError:
            documents.remove(connections.path_of(desk.workspace, slug))
            raise
    if account is not None:
        with desk.journal() as journal, journal.writing() as db:
            reached.note(db, slug)
    desk.record(
        "connection added",
        slug,
        f"for {origin}; usable by {draft.usable_by}; {per_second(draft.rate)}",
    )
    _note_consent(desk, slug, agreed_to)
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
    desk.require("administrator", "to change a connection", slug)
    document = connections.load(desk.workspace, slug)
    wanted = {
        "name": name,
        "rate": rate,
        "profile_limit": profile_limit,
        "usable_by": usable_by,
        "base_url": base_url,
    }
    plain = {name_: value for name_, value in wanted.items() if value is not None}
    changed = msgspec.structs.replace(document.value, **plain)
    refuse(faults(desk, changed, document.path.stem, key=key, agreed=agreed))
    origin = origin_of(changed.base_url)
    if origin != origin_before(document.value):
        changed = msgspec.structs.replace(changed, consent=agreement(desk, origin), account=None)
    elif agreed and not _stands(changed.consent, origin):
        changed = msgspec.structs.replace(changed, consent=agreement(desk, origin))
    written = documents.update(document, changed)
    stem = document.path.stem
    again = msgspec.structs.replace(changed, consent=document.value.consent)
    told = [differences.of_structs(document.value, again), "another key" if key else ""]
    if any(told):
        desk.record("connection changed", stem, "; ".join(part for part in told if part))
    if key is not None:
        # Last: a key that was replaced cannot be put back, and nobody replaces it unnoticed.
        try:
            secrets.save_key(desk.workspace, stem, origin, key)
        except SegportError:
            documents.update(written, document.value)
            desk.record("connection changed", stem, "put back", result="failed")
            raise
    if changed.consent is not None and changed.consent != document.value.consent:
        _note_consent(desk, stem, changed.consent)


def replace_key(desk: Desk, slug: str, key: Key, *, account: str | None = None) -> list[str]:
    """Keep another key for the same origin; returns what is worth knowing, each in a sentence.

    Args:
        desk: who, and where.
        slug: the connection.
        key: the new key.
        account: the account that the key opens, as `try_out` found it.
    """
    document = connections.load(desk.workspace, slug)
    edit(desk, slug, key=key)
    stem, before = document.path.stem, document.value.account
    notes = []
    source = secrets.where_is_key(desk.workspace, stem, origin_of(document.value.base_url))
    if source is not None and not source.startswith("file "):
        notes.append(f"The key is still taken from the {source}, which comes first.")
    if account is not None and not same_account(account, before):
        fresh = connections.load(desk.workspace, slug)
        documents.update(fresh, msgspec.structs.replace(fresh.value, account=account))
        if before is not None:
            notes.append(
                f"It opens the account {account}, not {before} as before: exports that have sent "
                "to that one do not run until they are reset."
            )
    return notes


def _note_consent(desk: Desk, slug: str, given: Consent) -> None:
    """Consent is an act of its own, however it was given."""
    desk.record("consent given", slug, f"to the statement of {given.version}, for {given.origin}")


def _stands(given: Consent | None, origin: str) -> bool:
    """Whether a consent is for this origin and to the statement as it is now."""
    return given is not None and (given.origin, given.version) == (origin, consent.VERSION)


def _times(desk: Desk) -> dict[str, str]:
    try:
        with desk.journal() as journal:
            return reached.times(journal)
    except StorageError:
        # A damaged history is told where history is shown; what is configured is seen all the same.
        return {}


def _line(
    desk: Desk, slug: str, entry: Connection | Broken, users: list[str], last: str | None
) -> ConnectionLine:
    if isinstance(entry, Broken):
        return ConnectionLine(slug, slug, "", exports=users, broken=entry.reason)
    usable = desk.operator.role != "viewer" and desk.sees(entry)
    if not desk.is_administrator:
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
        account=entry.account or _account_by_run(desk, slug, entry),
        created=entry.created,
        consent=entry.consent,
        key_source=_key_source(desk, slug, entry),
        reached=last,
        exports=users,
    )


def _account_by_run(desk: Desk, slug: str, entry: Connection) -> str | None:
    """Whose account it is as its runs found it, for one that was saved without connecting."""
    try:
        with desk.journal() as journal:
            found = reached.account_by_run(journal, slug)
        same = found is not None and origin_of(found[1]) == origin_of(entry.base_url)
    except SegportError:
        return None
    return found[0] if found is not None and same else None


def _key_source(desk: Desk, slug: str, entry: Connection) -> str | None:
    try:
        return secrets.where_is_key(desk.workspace, slug, origin_of(entry.base_url))
    except SegportError as error:
        return error.message


def users_of(desk: Desk, slug: str) -> dict[str, str]:
    """The exports that use a connection: slug to display name."""
    return {
        known: entry.name
        for known, entry in exports.catalogue(desk.workspace).items()
        if isinstance(entry, exports.Export) and entry.connection == slug
    }


def _users(desk: Desk) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for entry in exports.catalogue(desk.workspace).values():
        if isinstance(entry, exports.Export) and entry.connection:
            found.setdefault(entry.connection, []).append(entry.name)
    return found


def agreement(desk: Desk, origin: str) -> Consent:
    """This operator's consent, now, to the statement as it is now."""
    return Consent(desk.operator.name, datetime.now(UTC), consent.VERSION, origin)
