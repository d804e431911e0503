"""How long a plan of many rows takes, and how much memory, under DuckDB's limit of 512 MB.

python -m tests.bench.planning [ROWS]

The rows hold 0.5 % empty and 1 % invalid addresses and 1 % duplicates by case and space. Each size is
planned in a process of its own, so that its peak of memory is its own.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from store import settings, workspace
from store.connections import Connection
from store.exports import CustomField, Export, SegmentChoice
from store.journal.runs import Options
from workers.plan.make import Order, make
from workers.plan.targets import assign

EXPORT = Export(
    id="bench",
    name="bench",
    connection="c",
    segments=[SegmentChoice("everyone")],
    fields={"Email": "email", "FirstName": "first_name", "LastName": "last_name"},
    custom_fields={"NPS": CustomField("nps", "integer")},
    newest_by="updated_at",
)


def write_rows(root: Path, rows: int) -> None:
    import duckdb

    made = workspace.create(root)
    duckdb.sql("set memory_limit = '512MB'")
    duckdb.sql(
        f"""copy (select
            case when i % 200 = 0 then null when i % 101 = 0 then 'bad' || i
                when i % 97 = 0 then ' User' || (i - 1) || '@Example.com '
                else 'user' || i || '@example.com' end as email,
            'Ann "' || i as first_name, '陳' || i as last_name, i % 11 as nps,
            timestamp '2026-01-01' + to_seconds(i) as updated_at
        from range({rows}) t(i)) to '{made.segments_folder}/everyone.parquet'
        (format parquet, compression zstd)"""
    )


def plan(root: Path) -> None:
    found = workspace.open_workspace(root)
    targets = assign(EXPORT.segments, [], None)
    order = Order(
        found, settings.load(found), EXPORT, Connection(name="c"), Options(), None, targets,
        None, True, None,
    )  # fmt: skip
    folder = found.runs_folder / "bench"
    folder.mkdir()
    began = time.perf_counter()
    report = make(order, folder)
    took = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    assert report.rows == report.contacts + report.excluded + report.merged
    print(
        f"{report.rows:>12,} rows  {took:6.1f} s  {report.rows / took:>10,.0f} rows/s  "
        f"peak {peak:.0f} MiB  {report.contacts:,} contacts"
    )


def main() -> None:
    largest = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000
    for rows in (largest // 100, largest // 10, largest):
        with tempfile.TemporaryDirectory() as scratch:
            root = Path(scratch) / "workspace"
            write_rows(root, rows)
            subprocess.run(
                [sys.executable, "-m", "tests.bench.planning", "--plan", str(root)], check=True
            )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--plan"]:
        plan(Path(sys.argv[2]))
    else:
        main()
