"""Looks a person up in everything that is kept here."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from store import exports
from store.duck import session
from store.errors import UsageError
from store.exports import Export
from store.look_folder import look_folder
from store.sql import quote_text
from workers.plan import address
from workers.why import ledgers, past, present, verdict
from workers.why.answer import NOT_IN_SEGMENT, ExportNow, Why
from workers.why.ledgers import Held
from workers.why.next_runs import NextRuns
from workers.why.rows import Rows

if TYPE_CHECKING:
    import duckdb

    from store.journal.schema import Journal
    from store.settings import Settings
    from store.workspace import Workspace

_LONGEST = 320


def normalized(connection: duckdb.DuckDBPyConnection, typed: str) -> tuple[str, str]:
    """The address as the plan knows it, and why it is none (or ""): by the plan's own SQL.

    Raises:
        UsageError: nothing was typed, or more than an address.
    """
    if "\0" in typed or len(typed) > _LONGEST:
        raise UsageError("That is not an address.", "Type one address, as in ann@example.com.")
    raw = address.trimmed(quote_text(typed))
    row = connection.execute(
        f"select {address.sought('raw')}, {address.reason('raw')} from (select {raw} as raw)"
    ).fetchone()
    if row is None or row[0] is None:
        raise UsageError("There is no address to look for.", "Type one: ann@example.com.")
    return str(row[0]), str(row[1] or "")


def why(workspace: Workspace, settings: Settings, journal: Journal, typed: str) -> Why:
    """Everything that is known of an address: now, and run by run. Nothing is asked elsewhere."""
    entries = exports.catalogue(workspace)
    usable = {slug: entry for slug, entry in entries.items() if isinstance(entry, Export)}
    names = _names(journal, usable)
    folders, gone = past.kept(workspace, journal)
    with (
        look_folder(workspace) as folder,
        session(
            readable=[workspace.runs_folder, workspace.ledger_folder], scratch=workspace.state
        ) as kept,
    ):
        person, wrong = normalized(kept, typed)
        paths, lost = ledgers.kept(workspace, journal, names, folder)
        held, damaged = ledgers.in_ledgers(kept, paths, names, person)
        found, unreadable = past.in_plans(kept, folders, person)
    # Another session: an operator's SQL, which is a segment too, must not see plans and ledgers.
    with (
        look_folder(workspace) as folder,
        session(readable=[workspace.data, folder], scratch=workspace.state) as data,
    ):
        rows = Rows(data, workspace, settings, usable, person)
        segments, unread = present.in_segments(rows)
        suppressors = present.suppressed_by(rows)
        holding = {slug for segment in segments for slug in segment.exports}
        next_runs = NextRuns(rows, folder, suppressors)
        now = [
            next_runs.of(slug, export, held.get(export.id, Held()))
            if slug in holding or not export.fields.get("Email")
            else ExportNow(slug, export.name, NOT_IN_SEGMENT, _left(held.get(export.id)))
            for slug, export in usable.items()
        ]
    told = Why(
        person, wrong, "", segments, suppressors, now,
        [one.known for one in held.values() if one.known],
        past.runs_of(journal, found), gone, [*unread, *lost, *damaged, *unreadable],
    )  # fmt: skip
    return replace(told, answer=verdict.sentence(told))


def _names(journal: Journal, usable: dict[str, Export]) -> dict[str, str]:
    """The names of all exports by id, those that were removed among them."""
    rows = journal.rows(
        """select export_id, export_name from run
           where id in (select max(id) from run group by export_id)"""
    )
    removed = {row["export_id"]: f"{row['export_name']} (removed)" for row in rows}
    return removed | {export.id: export.name for export in usable.values()}


def _left(held: Held | None) -> str:
    if held is not None and held.acknowledged:
        return "left the segments; what was sent stays at the destination"
    return "no segment of this export holds this address"
