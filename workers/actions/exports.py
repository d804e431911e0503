"""What an operator does with exports. Saving one never runs it."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from store import connections, differences, documents, exports, ledger, settings
from store.connections import Connection
from store.documents import Broken
from store.errors import ConfigurationError, NotFound
from store.exports import STANDARD_FIELDS, Export
from store.journal import alerts, runs
from store.segments.catalogue import find, profiles
from store.segments.dialects import settle_dialect
from store.segments.joins import column_of
from store.segments.relations import Column, relation
from workers.actions.desk import NOT_SHARED
from workers.actions.export_checks import check_data, check_shape, refuse_taken
from workers.actions.planning import data_session
from workers.actions.sharing import sharing_with
from workers.actions.sight import as_seen
from workers.liveness import as_it_is, refuse_second
from workers.schedule.effect import timing_of
from workers.schedule.look import note_changes
from workers.schedule.words import said_in_full

if TYPE_CHECKING:
    from store.documents import Document
    from store.journal.runs import Run
    from workers.actions.desk import Desk


@dataclass(frozen=True, slots=True)
class ExportLine:
    """An export in a list.

    Attributes:
        connection: its display name; None when detached.
        type: of the connection; None when there is none to be seen.
        may_change: whether this operator may edit, schedule, run and remove it, or only look.
        broken: why its file cannot be used.
    """

    slug: str
    name: str
    connection: str | None = None
    segments: list[str] = field(default_factory=list)
    last: Run | None = None
    may_change: bool = False
    broken: str | None = None
    type: str | None = None

    @property
    def profiles(self) -> int | None:
        """How many distinct ones its last plan held; None before the first."""
        return self.last.plan["contacts"] if self.last and self.last.plan else None


@dataclass(frozen=True, slots=True)
class Proposal:
    """Data matching by name. `missing` names what must be chosen by hand."""

    columns: list[Column]
    fields: dict[str, str]
    missing: list[str]


@dataclass(frozen=True, slots=True)
class Saved:
    """An export was saved; `notes` are worth reading."""

    slug: str
    notes: list[str]


def listed(desk: Desk) -> list[ExportLine]:
    """Every export with its last run."""
    known = connections.catalogue(desk.workspace)
    with desk.journal() as journal:
        known_runs = runs.last_of_each(journal).values()
        found = as_seen(desk, [as_it_is(desk.workspace, journal, run) for run in known_runs])
    last = {run.export_id: run for run in found}
    by_file = {run.export_slug: run for run in sorted(found, key=lambda run: run.id)}
    lines = []
    for slug, entry in exports.catalogue(desk.workspace).items():
        if isinstance(entry, Broken):
            may = desk.is_administrator
            # Its id is not known, or not its own: what ran under this file's name is its history.
            ran = by_file.get(slug)
            lines.append(ExportLine(slug, slug, last=ran, may_change=may, broken=entry.reason))
            continue
        connection = known.get(entry.connection or "")
        seen = _is_shared(desk, entry, connection)
        name = (getattr(connection, "name", None) or entry.connection) if seen else NOT_SHARED
        segments = [choice.segment for choice in entry.segments]
        may = seen and desk.operator.role != "viewer"
        kind = connection.type if seen and isinstance(connection, Connection) else None
        lines.append(
            ExportLine(slug, entry.name, name, segments, last.get(entry.id), may, type=kind)
        )
    return lines


def show(desk: Desk, slug: str) -> Document[Export]:
    """One export with the file it was read from."""
    document = exports.load(desk.workspace, slug)
    if _is_shared(desk, document.value):
        return document
    hidden = msgspec.structs.replace(document.value, connection=NOT_SHARED)
    return dataclasses.replace(document, value=hidden)


def propose(desk: Desk, segments: Sequence[str]) -> Proposal:
    """Match the columns of these segments to the destination's fields by name."""
    known = desk.settings()
    table = profiles(desk.workspace)
    reachable: list[dict[str, Column]] = []
    with data_session(desk) as connection:
        joinable = relation(connection, desk.workspace, table, known).columns if table else ()
        for name in segments:
            source = relation(connection, desk.workspace, find(desk.workspace, name), known)
            own = {column.name: column for column in source.columns}
            if column_of(source.names, known.profile_key) is not None:
                own = {**{column.name: column for column in joinable}, **own}
            reachable.append(own)
    # What one of the segments cannot give cannot be matched.
    columns = {
        name: column
        for name, column in (reachable[0] if reachable else {}).items()
        if all(column_of(list(others), name) is not None for others in reachable[1:])
    }
    by_name = {_folded(name): name for name in reversed(list(columns))}
    fields = {}
    for wanted in STANDARD_FIELDS:
        for alias in (wanted, *_ALIASES.get(wanted, ())):
            if _folded(alias) in by_name:
                fields[wanted] = by_name[_folded(alias)]
                break
    missing = [] if "Email" in fields else ["Email"]
    return Proposal(list(columns.values()), fields, missing)


def add(desk: Desk, export: Export) -> Saved:
    """Save a new export. Nothing is run."""
    desk.require("contributor", "to save an export", export.name)
    notes = _settled(desk, export)
    slug = documents.slug(export.name)
    documents.create(exports.path_of(desk.workspace, slug), export)
    desk.record("export added", slug, f"over {export.connection or 'no connection'}")
    note_changes(desk, datetime.now(UTC))
    return Saved(slug, notes)


def save(desk: Desk, export: Export, slug: str, seen: str) -> Saved:
    """Save an edited export under its slug. Nothing is run; a run under way goes on as it was frozen.

    Args:
        desk: who, and where.
        export: as it shall be.
        slug: of the export that is edited.
        seen: digest of the file that was edited; a file that changed since is left alone.

    Raises:
        ChangedOnDisk: somebody else saved it since it was seen.
    """
    desk.require("contributor", "to save an export", slug)
    document = changeable(desk, slug, "to save an export")
    notes = _settled(desk, export)
    slug = document.path.stem
    documents.update(replace(document, digest=seen), export)
    desk.record("export changed", slug, differences.of_structs(document.value, export))
    note_changes(desk, datetime.now(UTC))
    return Saved(slug, notes)


def _settled(desk: Desk, export: Export) -> list[str]:
    """Check it and settle the CSV dialects of its segments, which are kept; what is worth knowing."""
    check_shape(export)
    connection = usable_connection(desk, export.connection)
    broken = check_data(desk, export)
    for choice in export.segments:
        segment = find(desk.workspace, choice.segment)
        if segment.format == "csv":
            dialect = settle_dialect(desk.workspace, segment)
            settings.keep_dialect(desk.workspace, segment.name, dialect)
    notes = [*broken, *sharing_with(desk, export)]
    if connection is None:
        notes.append("It has no connection, so it cannot run.")
    timing = timing_of(export, desk.settings().refresh)
    if timing is not None:
        notes.append(f"It runs by itself: {said_in_full(timing)}. Pause it to keep it from that.")
    refuse_taken(desk, export)
    return notes


def remove(desk: Desk, slug: str) -> None:
    """Remove an export; its history and its ledger stay."""
    document = changeable(desk, slug, "to remove an export")
    documents.remove(document.path)
    desk.record("export removed", document.path.stem, document.value.id)
    with desk.journal() as journal, journal.writing() as db:
        alerts.drop(db, document.value.id)


def reset(desk: Desk, slug: str) -> None:
    """Forget what the destination acknowledged: the next run sends everything as new."""
    document = changeable(desk, slug, "to reset an export")
    path = ledger.path_of(desk.workspace, document.value.id)
    with desk.journal() as journal, journal.writing() as db:
        refuse_second(desk.workspace, journal, db, document.value.id)
        path.unlink(missing_ok=True)
        db.execute("delete from settlement where export_id = ?", (document.value.id,))
        db.execute("update run set unsettled = 0 where export_id = ?", (document.value.id,))
    desk.record("export reset", document.path.stem, document.value.id)


_ALIASES = {
    "Email": ("e-mail", "email address", "mail", "emailaddress1"),
    "FirstName": ("given name", "forename"),
    "LastName": ("surname", "family name"),
    "Company": ("company name", "organization", "organisation"),
    "Phone": ("telephone", "phone number"),
    "MobilePhone": ("mobile", "mobile number"),
    "MailingStreet": ("street", "address"),
    "MailingCity": ("city", "town"),
    "MailingState": ("state", "province"),
    "MailingPostalCode": ("postal code", "postcode", "zip", "zip code"),
    "MailingCountry": ("country",),
    "Website": ("url", "web site"),
    "Title": ("job title",),
}


def _folded(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).casefold()


def _is_shared(desk: Desk, export: Export, found: object = None) -> bool:
    """Whether this operator sees the connection of an export, or it has none."""
    if desk.is_administrator or export.connection is None:
        return True
    found = found or connections.catalogue(desk.workspace).get(export.connection)
    # One that is gone is nobody's secret, and anybody's to mend.
    return found is None or (isinstance(found, Connection) and desk.sees(found))


def usable_connection(desk: Desk, slug: str | None) -> Connection | None:
    """The connection of that slug, if this operator may build exports on it; None for none."""
    if slug is None:
        return None
    connection = desk.connection(slug).value
    desk.require_shared(connection)
    return connection


def changeable(desk: Desk, slug: str, to: str) -> Document[Export]:
    """An export that this operator may change; one whose connection is gone is anybody's to mend."""
    desk.require("contributor", to, slug)
    document = exports.load(desk.workspace, slug)
    try:
        usable_connection(desk, document.value.connection)
    except NotFound:
        pass
    except ConfigurationError:
        # Whom a connection is shared with cannot be told while its file is broken.
        desk.require("administrator", to, slug)
    return document
