"""How long a plan of many rows takes, and how much memory, under DuckDB's limit of 512 MB.

    python -m tests.bench.planning [--rows 1000000 10000000] [--no-duplicates]

The rows hold 0.5 % empty and 1 % invalid addresses and 1 % duplicates by case and space; a second file
of the largest size holds every address twice. Each is planned in a process of its own, so that its
peak of memory is its own.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from store import settings, workspace
from store.connections import Connection
from store.exports import CustomField, Export, SegmentChoice
from store.journal.runs import Options
from store.journal.schema import Journal
from tests.bench.figures import Figure, show
from tests.bench.house import ROOT
from workers.plan.prepare import plan_run

EXPORT = Export(
    id="bench",
    name="bench",
    connection="c",
    segments=[SegmentChoice("everyone")],
    fields={"Email": "email", "FirstName": "first_name", "LastName": "last_name"},
    custom_fields={"NPS": CustomField("nps", "integer")},
    newest_by="updated_at",
)
USUAL = """case when i % 200 = 0 then null when i % 101 = 0 then 'bad' || i
    when i % 97 = 0 then ' User' || (i - 1) || '@Example.com '
    else 'user' || i || '@example.com' end"""
# Twins lie far apart, and one of each two is written in another way.
TWICE = """case when i < {rows} // 2 then 'user' || i || '@example.com'
    else ' User' || (i - {rows} // 2) || '@Example.com' end"""


def measure(
    sizes: Sequence[int] = (1_000_000, 10_000_000), *, duplicates: bool = True
) -> list[Figure]:
    """Plan every size, and the largest with every address twice."""
    figures = [_figure(rows, f"plan of {rows:,} rows", USUAL) for rows in sizes]
    if duplicates:
        rows = max(sizes)
        figures.append(_figure(rows, f"plan of {rows:,} rows, every address twice", TWICE))
    return figures


def _figure(rows: int, what: str, address: str) -> Figure:
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch) / "workspace"
        _write(root, rows, address.format(rows=rows))
        told = subprocess.run(
            [sys.executable, "-m", "tests.bench.planning", "--plan", str(root)],
            cwd=ROOT, check=False, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
    if told.returncode:
        return Figure(what, "failed", "completes", held=False)
    found = json.loads(told.stdout)
    return Figure(
        what,
        f"{found['seconds']:.1f} s ({rows / found['seconds']:,.0f} rows/s), peak of the process "
        f"{found['peak']:.0f} MiB, {found['contacts']:,} contacts (once)",
        "completes under 512 MB",
        held=True,
    )


def _write(root: Path, rows: int, address: str) -> None:
    import duckdb

    made = workspace.create(root)
    duckdb.sql("set memory_limit = '512MB'")
    duckdb.sql(
        f"""copy (select {address} as email,
            'Ann "' || i as first_name, '陳' || i as last_name, i % 11 as nps,
            timestamp '2026-01-01' + to_seconds(i) as updated_at
        from range({rows}) t(i)) to '{made.segments_folder}/everyone.parquet'
        (format parquet, compression zstd)"""
    )


def _plan(root: Path) -> None:
    found = workspace.open_workspace(root)
    folder = found.runs_folder / "bench"
    folder.mkdir()
    with Journal(found.journal_path) as journal:
        began = time.perf_counter()
        report = asyncio.run(
            plan_run(
                found, journal, settings.load(found), EXPORT, Connection(name="c"), Options(),
                None, folder,
            )
        )  # fmt: skip
        took = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    assert report.rows == report.contacts + report.excluded + report.merged
    print(json.dumps({"seconds": took, "peak": peak, "contacts": report.contacts}))


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.planning")
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000, 10_000_000])
    parser.add_argument("--no-duplicates", action="store_true")
    parser.add_argument("--plan", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.plan is not None:
        _plan(given.plan)
    else:
        show(measure(given.rows, duplicates=not given.no_duplicates))


if __name__ == "__main__":
    main()
