"""Exports: a connection, data matching, segments and guards. Saving one never runs it."""

from __future__ import annotations

import secrets
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec

from store import connections, documents
from store.errors import ConfigurationError, NotFound
from store.names import LONGEST_NAME
from store.schedules import WITH_REFRESH, Schedule

if TYPE_CHECKING:
    from collections.abc import Mapping

    from store.workspace import Workspace

FieldType = Literal["string", "integer", "float", "boolean", "date"]
Bound = Annotated[int, msgspec.Meta(ge=0)] | Literal["off"]

# Autopilot API v1, the contact's standard writable fields. `unsubscribed` is a boolean.
STANDARD_FIELDS = (
    "Email",
    "FirstName",
    "LastName",
    "Salutation",
    "Company",
    "NumberOfEmployees",
    "Title",
    "Industry",
    "Phone",
    "MobilePhone",
    "Fax",
    "Website",
    "MailingStreet",
    "MailingCity",
    "MailingState",
    "MailingPostalCode",
    "MailingCountry",
    "owner_name",
    "LeadSource",
    "Status",
    "Twitter",
    "LinkedIn",
    "unsubscribed",
)


class CustomField(msgspec.Struct, forbid_unknown_fields=True):
    """A profile column that feeds a custom field of the destination."""

    column: str
    type: FieldType = "string"


class SegmentChoice(msgspec.Struct, forbid_unknown_fields=True):
    """A segment and the list it fills.

    Attributes:
        segment: the segment's name.
        list: the list's exact title; the segment's name when absent.
        list_id: the list's id, needed only where several lists share a title.
    """

    segment: str
    list: str | None = None
    list_id: str | None = None

    @property
    def title(self) -> str:
        """The title of the list that this segment fills."""
        return self.list or self.segment


class Guards(msgspec.Struct, forbid_unknown_fields=True):
    """What makes a run wait for approval. 0 means none allowed; "off" is a word of its own.

    Attributes:
        excluded_percent: share of rows excluded by the plan.
        adds: contacts that are new to the destination.
        changes: contacts that are sent again because a field changed.
        leavers: people who are on a list and no longer in its segment.
    """

    excluded_percent: Bound = 20
    adds: Bound = "off"
    changes: Bound = "off"
    leavers: Bound = "off"


class Export(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """An export as its file holds it.

    Attributes:
        id: stays when the export is renamed; the ledger hangs on it.
        connection: the connection's slug; absent when detached.
        fields: destination field to profile column. Email is required.
        custom_fields: display name of the custom field to its column and type.
        newest_by: of several rows of one address, the one with the greatest value here wins.
        schedule: when it runs by itself; with the workspace's refresh when absent.
    """

    id: str
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_NAME)]
    connection: str | None = None
    segments: list[SegmentChoice]
    fields: dict[str, str]
    custom_fields: dict[str, CustomField] = {}
    newest_by: str | None = None
    guards: Guards = msgspec.field(default_factory=Guards)
    schedule: Schedule | None = None

    @property
    def timing(self) -> Schedule:
        """Its schedule, as it is or by default."""
        return self.schedule or WITH_REFRESH


def new_id() -> str:
    """An id for a new export."""
    return secrets.token_hex(8)


def path_of(workspace: Workspace, slug: str) -> Path:
    """Where the export of this slug is kept."""
    return workspace.exports_folder / f"{slug}.toml"


def load(workspace: Workspace, slug: str) -> documents.Document[Export]:
    """Read one export by its slug or its display name.

    Raises:
        NotFound: there is none.
        ConfigurationError: its file cannot be used, or another file has its id.
    """
    path = path_of(workspace, slug)
    if "/" in slug or not documents.is_there(path):
        path = _path_by_name(workspace, slug)
    document = documents.read(path, Export)
    document = replace(document, value=_by_slug(workspace, document.value))
    twins = _files_by_id(workspace).get(document.value.id, [])
    if len(twins) > 1:
        raise _copied(twins)
    return document


def catalogue(workspace: Workspace) -> dict[str, Export | documents.Broken]:
    """Every export by slug. A broken file, or one whose id another has too, is an entry as well."""
    found: dict[str, Export | documents.Broken] = {}
    owners: dict[str, list[Path]] = {}
    for path in _files(workspace):
        try:
            export = _by_slug(workspace, documents.read(path, Export).value)
        except (ConfigurationError, NotFound) as error:
            found[path.stem] = documents.Broken(path.stem, path, error.message)
            continue
        owners.setdefault(export.id, []).append(path)
        found[path.stem] = export
    for paths in owners.values():
        if len(paths) > 1:
            reason = str(_copied(paths))
            found |= {path.stem: documents.Broken(path.stem, path, reason) for path in paths}
    return found


def find(
    workspace: Workspace, export_id: str, slug: str
) -> tuple[str, Export] | documents.Broken | None:
    """The export that a run was of: its slug now, and what it holds; None if it was removed.

    Args:
        workspace: where to look.
        export_id: of the export.
        slug: that it had then; where this file is broken, nobody knows whether it is that export.
    """
    known = catalogue(workspace)
    for now, entry in known.items():
        if isinstance(entry, Export) and entry.id == export_id:
            return now, entry
    then = known.get(slug)
    return then if isinstance(then, documents.Broken) else None


def senders(workspace: Workspace) -> dict[str, list[str]]:
    """The names of the exports that send each segment, by the segment's name."""
    found: dict[str, list[str]] = {}
    for export in catalogue(workspace).values():
        if isinstance(export, Export):
            for choice in export.segments:
                found.setdefault(choice.segment, []).append(export.name)
    return found


def free_name(name: str, taken: Mapping[str, str]) -> str:
    """The next "... (copy)" that is nobody's.

    Args:
        name: of what is copied.
        taken: the names that there are, by slug.
    """
    names = {each.casefold() for each in taken.values()}
    number = 1
    while True:
        wanted = f"{name[:180]} (copy{'' if number == 1 else f' {number}'})"
        if wanted.casefold() not in names and documents.slug(wanted) not in taken:
            return wanted
        number += 1
        if number > len(taken) + 1:
            # A slug is cut where it gets too long, so that none of these numbers was in it.
            name, number = name[: len(name) // 2].rstrip(), 1


def _by_slug(workspace: Workspace, export: Export) -> Export:
    """Whoever writes a file by hand may name the connection as it is called on screen."""
    if export.connection is None:
        return export
    slug = connections.slug_of(workspace, export.connection)
    if slug == export.connection:
        return export
    return msgspec.structs.replace(export, connection=slug)


def _files(workspace: Workspace) -> list[Path]:
    found = sorted(workspace.exports_folder.glob("*.toml"), key=lambda path: path.stem)
    return [path for path in found if not path.name.startswith(".")]


def _readable(workspace: Workspace) -> dict[Path, Export]:
    """Every file that holds an export, whether or not another has its id."""
    found = {}
    for path in _files(workspace):
        with suppress(ConfigurationError, NotFound):
            found[path] = documents.read(path, Export).value
    return found


def _files_by_id(workspace: Workspace) -> dict[str, list[Path]]:
    found: dict[str, list[Path]] = {}
    for path, export in _readable(workspace).items():
        found.setdefault(export.id, []).append(path)
    return found


def _copied(paths: list[Path]) -> ConfigurationError:
    """History and ledger hang on the id, and nobody but a person knows whose they are."""
    named = " and ".join(f"exports/{path.name}" for path in paths)
    return ConfigurationError(
        f"{named} have the same id, so none of them runs.",
        f'In the copy, write id = "{new_id()}" in place of its id, or remove the file; '
        "`segport export duplicate` makes copies that have an id of their own.",
    )


def _path_by_name(workspace: Workspace, name: str) -> Path:
    wanted = name.strip().casefold()
    readable = _readable(workspace)
    found = [path for path, export in readable.items() if export.name.casefold() == wanted]
    if found and len({readable[path].id for path in found}) == 1:
        return found[0]
    if found:
        slugs = ", ".join(path.stem for path in found)
        raise NotFound(f"Several exports are named {name}: {slugs}.", "Use one of these.")
    likely = path_of(workspace, documents.slug(name))
    if likely not in readable and documents.is_there(likely):
        # What it is called is in the file, and the file is broken: that is what to say.
        return likely
    slugs = ", ".join(path.stem for path in _files(workspace))
    raise NotFound(
        f"There is no export {name}.", f"There are: {slugs}." if slugs else "There are none yet."
    )
