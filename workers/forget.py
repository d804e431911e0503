"""Erases a person from everything kept here: plans, indexes, ledgers, refusals, sentences, logs.

Source files and the destination are not ours to change, and stay as they are. What others' records say
in a field of their own (a referrer's address) is theirs, and is counted, not changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from store import ledger, locks
from store.duck import explained, session
from store.errors import SegmentError, SegportError
from store.journal import erasing, forgetting, runs
from store.journal.runs import RESUMABLE, State
from store.sql import quote_text
from workers import launch, leftovers
from workers.plan import frozen
from workers.seams import seam
from workers.taking_out import busy, finish
from workers.why.past import Found, in_plans, outcome_of

if TYPE_CHECKING:
    import duckdb

    from store.journal.log import Log
    from store.journal.schema import Journal
    from store.workspace import Workspace


@dataclass(slots=True)
class Whereabouts:
    """Where a person is in what is kept here. The numbers are of rows.

    Attributes:
        person: as `address.sought` has it.
        plans: contacts and left-out rows, by run.
        ledgers: the ids of the exports whose ledger holds the address.
        rejects: refusals in the journal.
        sentences: sentences of the journal that quote the address.
        lines: log lines that quote it; there should be none.
        files: text files of ours that quote it; there should be none.
        audit: rows of the audit that hold it; there should be none, and these cannot be changed.
        leftovers: working files of processes that are gone; they may hold anybody, and go.
        mentions: other people's records that hold the address in a field of theirs; not changed.
        unread: what could not be looked into.
    """

    person: str
    plans: dict[int, int] = field(default_factory=dict)
    ledgers: list[str] = field(default_factory=list)
    rejects: int = 0
    sentences: int = 0
    lines: int = 0
    files: list[Path] = field(default_factory=list)
    audit: int = 0
    leftovers: int = 0
    mentions: int = 0
    unread: list[str] = field(default_factory=list)

    @property
    def anything(self) -> bool:
        """Whether there is anything to erase."""
        return bool(
            self.plans
            or self.ledgers
            or self.rejects
            or self.sentences
            or self.lines
            or self.files
            or self.leftovers
        )


@dataclass(slots=True)
class Eraser:
    """Looks for a person, then erases what was found."""

    workspace: Workspace
    journal: Journal
    log: Log
    person: str

    def look(self) -> Whereabouts:
        """Where the person is. Every plan is read as a whole: an index may be damaged."""
        found = Whereabouts(self.person)
        folders = self._folders()
        with self._kept() as connection:
            rows, unread = in_plans(connection, folders, self.person, indexed=False)
            found.unread += [one.what for one in unread]
            found.plans = {int(name): len(numbers(each)) for name, each in rows.items()}
            for path in self._ledgers():
                try:
                    if self._in_ledger(connection, path):
                        found.ledgers.append(path.stem)
                    found.mentions += self._mentioned(connection, path)
                except SegportError:
                    found.unread.append(f"ledger {path.name}")
        whose = {int(name): numbers(each) for name, each in rows.items()}
        found.rejects = erasing.refusals(self.journal, whose)
        found.rejects += erasing.refusals(self.journal, self._orphans())
        found.sentences = erasing.quoted(self.journal, self.person)
        found.audit = erasing.in_audit(self.journal, self.person)
        found.lines = self.log.quoting(self.person)
        found.leftovers = sum(1 for _ in leftovers.found(self.workspace))
        found.files = [path for path in self._texts() if self.person in _text(path).lower()]
        return found

    def erase(self, person: str, operator: str) -> Whereabouts:
        """Erase it all; returns what was found. Done again, it goes on where it was cut off.

        Args:
            person: a keyed digest of the address, for the journal.
            operator: who erases.

        Raises:
            Busy: a run is under way that holds the person, or may.
        """
        found = self.look()
        for run in runs.unfinished(self.journal):
            alive = locks.is_held(launch.lock_path(self.workspace, run.id))
            if alive and (run.plan is None or run.id in found.plans):
                raise busy(run.id)
        self._begin(person, operator)
        seam("erasing")
        for run_id in forgetting.marked(self.journal):
            finish(self.workspace, self.journal, run_id)
        # By what is missing in the plans now: so it is found too when this was cut off before.
        erasing.erase(self.journal, self.person, self._orphans())
        seam("erasing")
        self._take_out_of_ledgers(found)
        seam("erasing")
        self.log.scrub(self.person)
        for path in found.files:
            path.write_text(erasing.without(_text(path), self.person), encoding="utf-8")
        leftovers.sweep(self.workspace)
        with self.journal.writing() as db:
            forgetting.end(db, person)
        return found

    def _begin(self, person: str, operator: str) -> None:
        """Mark what goes, and count those who will not be sent any more, both or neither."""
        with self._kept() as connection:
            rows, _ = in_plans(connection, self._folders(), self.person, indexed=False)
        unsent = {int(name) for name, each in rows.items() if self._is_pending(int(name), each)}
        told = []
        with self.journal.writing() as db:
            forgetting.begin(db, person, operator)
            for name, each in rows.items():
                run_id, contact = int(name), each.contact
                fresh = forgetting.mark(db, run_id, numbers(each))
                if contact is not None and contact[0] in fresh and run_id in unsent:
                    # The sums of the run hold without them.
                    db.execute("update run set to_send = to_send - 1 where id = ?", (run_id,))
                    told.append(run_id)
        for run_id in told:
            self.log.write(run_id, "One contact was forgotten and will not be sent.", "warning")

    def _is_pending(self, run_id: int, found: Found) -> bool:
        """Whether a contact of the person would still be sent, should the run go on."""
        run = runs.load(self.journal, run_id)
        if found.contact is None or not (
            run.state in RESUMABLE or run.state is State.NEEDS_APPROVAL
        ):
            return False
        return outcome_of(self.journal, run, found) in {"pending", "partly accepted"}

    def _folders(self) -> list[Path]:
        found = [
            path
            for path in self.workspace.runs_folder.iterdir()
            if path.name.isdecimal() and frozen.is_kept(path)
        ]
        return sorted(found, key=lambda path: int(path.name))

    def _texts(self) -> Iterator[Path]:
        """What our own processes may have printed: their outputs and reports."""
        yield from sorted(self.workspace.runs_folder.glob("*/output.txt"))
        yield from sorted(self.workspace.state.glob("*.txt"))

    def _kept(self) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        return session(
            readable=[self.workspace.runs_folder, self.workspace.ledger_folder],
            scratch=self.workspace.state,
        )

    def _in_ledger(self, connection: duckdb.DuckDBPyConnection, path: Path) -> bool:
        with explained("The ledger"):
            row = connection.execute(
                f"select count(*) from {ledger.rows(path)} where email = {quote_text(self.person)}"
            ).fetchone()
        return bool(row and row[0])

    def _mentioned(self, connection: duckdb.DuckDBPyConnection, path: Path) -> int:
        whose = quote_text(self.person)
        with explained("The ledger"):
            row = connection.execute(
                f"""select count(*) from {ledger.rows(path)}
                    where email <> {whose} and contains(lower(payload), {whose})"""
            ).fetchone()
        return int(row[0]) if row else 0

    def _orphans(self) -> dict[int, list[int]]:
        """Numbers in the journal that no longer stand in their plan: what erasing leaves behind."""
        found: dict[int, list[int]] = {}
        for run_id, named in erasing.named(self.journal).items():
            folder = self.workspace.run_folder(run_id)
            if not frozen.is_kept(folder):
                continue
            try:
                rows = frozen.ask(
                    folder,
                    "select n from {plan} where n in (select unnest(?::bigint[]))",
                    list(named),
                )
            except SegmentError:  # who stands in it is told to be unread elsewhere
                continue
            gone = sorted(set(named) - {n for (n,) in rows})
            if gone:
                found[run_id] = gone
        return found

    def _ledgers(self) -> list[Path]:
        return sorted(self.workspace.ledger_folder.glob("*.parquet"))

    def _take_out_of_ledgers(self, found: Whereabouts) -> None:
        """Looks again: while their plans held the person, runs may have been settled."""
        settling = {runs.load(self.journal, run_id).export_id for run_id in found.plans}
        there = {path.stem for path in self._ledgers()}
        for export_id in sorted(settling | there):
            if f"ledger {export_id}.parquet" in found.unread:
                continue
            taken = self._take_out_of_ledger(export_id, may_settle=export_id in settling)
            if taken and export_id not in found.ledgers:
                found.ledgers.append(export_id)

    def _take_out_of_ledger(self, export_id: str, *, may_settle: bool) -> bool:
        """Says whether the ledger held the person.

        Raises:
            Busy: a run is under way that holds the ledger, or may be settling the person into it.
        """
        path = ledger.path_of(self.workspace, export_id)
        # No run of the export can begin to settle while the journal is held.
        with self.journal.writing() as db:
            row = db.execute(
                "select id from run where export_id = ? and state in (?, ?)",
                (export_id, State.PLANNING, State.SENDING),
            ).fetchone()
            alive = row is not None and locks.is_held(launch.lock_path(self.workspace, row["id"]))
            with self._kept() as connection, explained("The ledger"):
                head = ledger.header(connection, path)
                holds = head is not None and self._in_ledger(connection, path)
                if alive and (holds or may_settle):
                    raise busy(row["id"])
                if head is None or not holds:
                    return False
                select = (
                    f"select * from {ledger.rows(path)} where email <> {quote_text(self.person)}"
                )
                ledger.write(connection, select, head, path, self.workspace.ledger_folder)
        return True


def numbers(found: Found) -> list[int]:
    """The numbers of a person's rows in one plan."""
    contact = [] if found.contact is None else [found.contact[0]]
    return contact + [n for n, _ in found.left_out]


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")
