"""A person in the ledgers, with what runs got through that are not settled yet."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from store import ledger
from store.duck import explained
from store.errors import SegportError
from store.journal import runs
from store.sql import quote_text
from workers.settle import foreseen
from workers.why.answer import Known, Unread
from workers.why.past import fields_of

if TYPE_CHECKING:
    import duckdb

    from store.journal.schema import Journal
    from store.workspace import Workspace


def kept(
    workspace: Workspace, journal: Journal, names: Mapping[str, str], folder: Path
) -> tuple[dict[str, Path], list[Unread]]:
    """The ledger of each export by its id, and what cannot be told; `folder` takes copies."""
    paths = {path.stem: path for path in sorted(workspace.ledger_folder.glob("*.parquet"))}
    unread: list[Unread] = []
    for export_id in runs.unsettled_exports(journal):
        try:
            known = foreseen(workspace, journal, export_id, folder)
        except SegportError as error:
            unread.append(Unread(f"ledger of {names.get(export_id, export_id)}", error.message))
            continue
        paths[export_id] = known.path
    return paths, unread


def in_ledgers(
    connection: duckdb.DuckDBPyConnection,
    paths: Mapping[str, Path],
    names: Mapping[str, str],
    person: str,
) -> tuple[list[Known], list[Unread]]:
    """What each ledger holds of the person; `paths` and `names` go by the exports' ids."""
    known: list[Known] = []
    unread: list[Unread] = []
    for path in paths.values():
        name = names.get(path.stem, path.stem)
        try:
            found = _in_ledger(connection, path, name, person)
        except SegportError as error:
            unread.append(Unread(f"ledger of {name}", error.message))
            continue
        known += [found] if found else []
    return known, unread


def _in_ledger(
    connection: duckdb.DuckDBPyConnection, path: Path, name: str, person: str
) -> Known | None:
    head = ledger.header(connection, path)
    if head is None:
        return None
    with explained("The ledger"):
        row = connection.execute(
            f"""select payload, lists, {ledger.acknowledged("l")} from {ledger.rows(path)} as l
                where email = {quote_text(person)}"""
        ).fetchone()
    if row is None:
        return None
    lists = [entry.title for entry in head.lists if row[1] & (1 << entry.position)]
    return Known(name, path.stem, fields_of(row[0]), lists, head.run_id, row[2])
