"""The life of an export: copied, taken off its connection and put on another, held and let go."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import msgspec

from store import connections, documents, exports, ledger
from store.duck import session
from store.errors import UsageError
from workers.actions import schedules
from workers.actions.export_checks import check_name, refuse_taken
from workers.actions.exports import (
    Saved,
    changeable,
    usable_connection,
)
from workers.actions.sharing import sharing_with
from workers.destinations.accounts import other_account
from workers.destinations.address import origin_of
from workers.schedule.look import note_changes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from store.exports import Export
    from workers.actions.desk import Desk

_PAUSED: Final = "It is paused: no schedule starts it until it is unpaused."


def duplicate(desk: Desk, slug: str, name: str | None = None) -> Saved:
    """Make a copy with an id, and so a ledger, of its own: it has sent nothing yet.

    The copy is paused, so that no schedule sends everybody again before somebody has looked at it.

    Args:
        desk: who, and where.
        slug: the export to copy.
        name: of the copy; by default the next free "... (copy)".
    """
    document = changeable(desk, slug, "to duplicate an export")
    copy = msgspec.structs.replace(
        document.value,
        id=exports.new_id(),
        name=name.strip() if name is not None else _free_name(desk, document.value.name),
        schedule=msgspec.structs.replace(document.value.timing, on=False),
    )
    check_name(copy)
    refuse_taken(desk, copy)
    made = documents.slug(copy.name)
    documents.create(exports.path_of(desk.workspace, made), copy)
    desk.record("export duplicated", made, f"from {document.path.stem}")
    notes = [
        "It has sent nothing yet: its first run sends everybody as new.",
        _PAUSED,
    ]
    return Saved(made, notes + sharing_with(desk, copy))


def detach(desk: Desk, slug: str) -> str:
    """Take an export off its connection: it keeps all else, and does not run.

    A run that is under way goes on as it was frozen. Returns the export's slug.
    """
    document = changeable(desk, slug, "to detach an export")
    if document.value.connection is None:
        raise UsageError(f"The export {document.value.name} has no connection as it is.")
    documents.update(document, msgspec.structs.replace(document.value, connection=None))
    desk.record("export detached", document.path.stem, f"from {document.value.connection}")
    note_changes(desk, datetime.now(UTC))
    return document.path.stem


def attach(desk: Desk, slug: str, connection: str) -> Saved:
    """Put an export on a connection; it goes on from what is known to have been sent there."""
    document = changeable(desk, slug, "to attach an export")
    found = desk.connection(connection)
    usable_connection(desk, found.path.stem)
    edited = msgspec.structs.replace(document.value, connection=found.path.stem)
    documents.update(document, edited)
    desk.record("export attached", document.path.stem, f"to {found.path.stem}")
    note_changes(desk, datetime.now(UTC))
    notes = _other_account(desk, edited, found.value) + sharing_with(desk, edited)
    if not edited.timing.on:
        notes.append(_PAUSED)
    return Saved(document.path.stem, notes)


def pause(desk: Desk, slugs: Sequence[str]) -> list[str]:
    """Keep the schedule from starting these exports; by hand they run all the same."""
    return [line.slug for line in schedules.switch(desk, slugs, on=False)]


def unpause(desk: Desk, slugs: Sequence[str]) -> list[str]:
    """Let the schedule start these exports again, as it was set before."""
    return [line.slug for line in schedules.switch(desk, slugs, on=True)]


def _other_account(desk: Desk, export: Export, connection: connections.Connection) -> list[str]:
    """What was sent before is known of one account; on another, a run is refused until a reset."""
    path = ledger.path_of(desk.workspace, export.id)
    if not path.exists():
        return []
    scratch = desk.workspace.runs_folder
    with session(readable=[], files=[path], scratch=scratch, threads=1) as duck:
        head = ledger.header(duck, path)
    if head is None:
        return []
    same_place = head.origin == origin_of(connection.base_url)
    if same_place and not other_account(head.account, connection.account):
        return []
    there = head.account or "another account"
    told = (
        f"What it has sent is known of {there} at {head.origin}. Before it runs here, have it "
        "forget that: segport export reset."
    )
    return [told]


def _free_name(desk: Desk, name: str) -> str:
    there = exports.catalogue(desk.workspace)
    names = {
        slug: entry.name if isinstance(entry, exports.Export) else slug
        for slug, entry in there.items()
    }
    return exports.free_name(name, names)
