"""A person in the ledgers, with what runs got through that are not settled yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
    from store.ledger import KnownList
    from store.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Held:
    """A ledger, as far as one person goes.

    Attributes:
        known: what it holds of the person.
        lists: the meaning of the bits.
        table: the person's row as a table in SQL; the ledger itself need not be read for a plan.
        problem: why it cannot be read, if it cannot.
    """

    known: Known | None = None
    lists: Sequence[KnownList] = ()
    table: str = ledger.NOTHING
    problem: str = ""

    @property
    def acknowledged(self) -> Known | None:
        """The same, if anything of it was acknowledged."""
        return self.known if self.known and self.known.acknowledged else None


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
) -> tuple[dict[str, Held], list[Unread]]:
    """What each ledger holds of the person; all of them go by the exports' ids."""
    held: dict[str, Held] = {}
    unread: list[Unread] = []
    for export_id, path in paths.items():
        name = names.get(export_id, export_id)
        try:
            held[export_id] = _in_ledger(connection, path, name, person)
        except SegportError as error:
            held[export_id] = Held(problem=error.message)
            unread.append(Unread(f"ledger of {name}", error.message))
    return held, unread


def _in_ledger(connection: duckdb.DuckDBPyConnection, path: Path, name: str, person: str) -> Held:
    head = ledger.header(connection, path)
    if head is None:
        return Held()
    with explained("The ledger"):
        row = connection.execute(
            f"""select payload, lists, {ledger.acknowledged("l")}, digest
                from {ledger.rows(path)} as l where email = {quote_text(person)}"""
        ).fetchone()
    if row is None:
        return Held(lists=head.lists)
    payload, bits, acknowledged, digest = row
    lists = [entry.title for entry in head.lists if bits & (1 << entry.position)]
    known = Known(name, path.stem, fields_of(payload), lists, head.run_id, acknowledged)
    return Held(known, head.lists, ledger.row(person, digest, payload, bits))
