"""How long the answer to `segport why` takes over many kept runs.

python -m tests.bench.why [RUNS [PROFILES]]

A segment of PROFILES rows, RUNS kept plans of as many contacts each, and a journal with every request
of every run: the plan of the first run is made for real, those after it are copies in which fields and
verdicts differ. Measured is the command as a process of its own, once with each plan's index and once
without, where each plan is looked through. The address is in all of them: the longest answer there is.
"""

from __future__ import annotations

import asyncio
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import msgspec

from store import documents, exports, settings, workspace
from store.connections import Connection
from store.duck import session
from store.exports import Export, SegmentChoice
from store.journal import clock, runs
from store.journal.runs import Frozen, Options, State
from store.journal.schema import Journal
from tests.bench.figures import Figure, show
from workers.plan import people
from workers.plan.prepare import plan_run
from workers.plan.report import PlanReport

EXPORT = Export(
    id="0011223344556677",
    name="Weekly",
    segments=[SegmentChoice("everyone")],
    fields={"Email": "email", "FirstName": "first_name", "LastName": "last_name"},
)


def write_segment(found: workspace.Workspace, profiles: int) -> str:
    """Addresses as varied as real ones; returns one from the middle."""
    import duckdb

    path = found.segments_folder / "everyone.parquet"
    local = "left(md5(i::varchar), 6 + i % 9) || '.' || i"
    with duckdb.connect() as connection:
        connection.execute(
            f"""copy (select {local} || '@' || ['gmail.com', 'example.org', 'f' || i % 5000
                    || '.de'][1 + i % 3] as email,
                left(md5('a' || i), 8) as first_name, left(md5('b' || i), 9) as last_name
            from range({profiles}) t(i)) to '{path}' (format parquet, compression zstd)"""
        )
        row = connection.execute(
            f"select email from read_parquet('{path}') limit 1 offset {profiles * 7 // 10}"
        ).fetchone()
    assert row is not None
    return str(row[0])


def write_runs(found: workspace.Workspace, count: int) -> None:
    """Runs with their plans, indexes, requests and answers."""
    documents.create(exports.path_of(found, "weekly"), EXPORT)
    connection = Connection(name="Acme")
    with Journal(found.journal_path) as journal:
        report = _plan(found, journal, connection)
        for run_id in range(1, count + 1):
            if run_id > 1:
                _copy(found, run_id)
            folder = found.run_folder(run_id)
            with session(readable=[folder], scratch=folder) as duck:
                people.index(duck, folder)
            _note(journal, run_id, connection, report)


def _plan(found: workspace.Workspace, journal: Journal, connection: Connection) -> PlanReport:
    """The plan of the first run, made as any is."""
    folder = found.run_folder(1)
    folder.mkdir(mode=0o700)
    return asyncio.run(
        plan_run(found, journal, settings.load(found), EXPORT, connection, Options(), None, folder)
    )


def _copy(found: workspace.Workspace, run_id: int) -> None:
    import duckdb

    first, folder = found.run_folder(1), found.run_folder(run_id)
    folder.mkdir(mode=0o700)
    with duckdb.connect() as connection:
        connection.execute(
            f"""copy (select * replace ('change' as verdict,
                    replace(payload, '"FirstName":"', '"FirstName":"{run_id}') as payload)
                from read_parquet('{first / "plan.parquet"}'))
                to '{folder / "plan.parquet"}'
                (format parquet, compression zstd, row_group_size 8192)"""
        )
    (folder / "excluded.parquet").write_bytes((first / "excluded.parquet").read_bytes())


def _note(journal: Journal, run_id: int, connection: Connection, report: PlanReport) -> None:
    with journal.writing() as db:
        asked = runs.ask(
            db, frozen=Frozen(EXPORT, connection), export_slug="weekly", connection_slug="acme",
            operator="bench", started_by="bench", options=Options(),
        )  # fmt: skip
        assert asked == run_id
        contacts = report.contacts
        runs.note(
            db, run_id, state=State.SUCCESSFUL, plan=msgspec.json.encode(report).decode(),
            began_at=clock.now(), ended_at=clock.now(), to_send=contacts, accepted=contacts,
        )  # fmt: skip
        spans = [(first, min(first + 99, contacts)) for first in range(1, contacts + 1, 100)]
        db.executemany(
            """insert into request (run_id, no, attempt, kind, part, first, last, contacts, state,
                status, ms, sent_at) values (?, ?, 1, 'bulk', 0, ?, ?, 100, 'answered', 200, 50, ?)""",
            [(run_id, no, *span, clock.now()) for no, span in enumerate(spans, 1)],
        )
        db.executemany(
            "insert into accepted (run_id, part, first, last) values (?, ?, ?, ?)",
            [(run_id, part, *span) for part in (0, 1) for span in spans],
        )


@dataclass(frozen=True)
class Took:
    """Seconds of several whole commands, on the clock and on the cores."""

    clock: list[float]
    cores: list[float]

    def __str__(self) -> str:
        clock = statistics.median(self.clock)
        return (
            f"{clock:.2f} s (median of {len(self.clock)}; {min(self.clock):.2f} to "
            f"{max(self.clock):.2f}), {statistics.median(self.cores):.2f} s on the cores"
        )


def ask(root: Path, address: str, runs_expected: int, repeats: int) -> Took:
    """The whole command, several times; the answer is looked at."""
    took = Took([], [])
    for _ in range(repeats):
        began, busy = time.perf_counter(), _busy()
        told = subprocess.run(
            [sys.executable, "-m", "tui.cli", "-w", str(root), "why", address, "--json"],
            capture_output=True, check=True, env={**os.environ, "SEGPORT_NO_KEYRING": "1"},
        )  # fmt: skip
        took.clock.append(time.perf_counter() - began)
        took.cores.append(_busy() - busy)
        found = msgspec.json.decode(told.stdout)["runs"]
        assert len(found) == runs_expected
        assert all(len(run["requests"]) == 1 and run["outcome"] == "accepted" for run in found)
    return took


def _busy() -> float:
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def measure(count: int = 100, profiles: int = 100_000, repeats: int = 5) -> list[Figure]:
    """The whole command, with and without the indexes."""
    with tempfile.TemporaryDirectory() as scratch:
        found = workspace.create(Path(scratch) / "workspace")
        address = write_segment(found, profiles)
        write_runs(found, count)
        took = ask(found.root, address, count, repeats)
        for path in found.runs_folder.glob(f"*/{people.PEOPLE}"):
            path.unlink()
        bare = ask(found.root, address, count, repeats)
    what = f"`segport why`, {count} runs of {profiles:,}"
    return [
        Figure(what, str(took), "under 1 s", statistics.median(took.clock) < 1),
        Figure("the same without the plans' indexes", str(bare)),
    ]


def main() -> None:
    """The command line."""
    given = [int(each) for each in sys.argv[1:]]
    show(measure(*given))


if __name__ == "__main__":
    main()
