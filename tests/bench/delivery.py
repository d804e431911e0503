"""How long a whole run takes, beside a bare pipeline that plans, compares and journals nothing.

    python -m tests.bench.delivery [PROFILES] [REPEATS]

Both send the same contacts from the same Parquet file to the same simulator in its `absorb` mode (it
reads and answers, and keeps nothing), without a rate limit. The figure to look at is the ratio.
"""

from __future__ import annotations

import os
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

os.environ["SEGPORT_NO_KEYRING"] = "1"

from store import workspace as store_workspace
from store.connections import Connection
from store.exports import CustomField, Export, SegmentChoice, new_id
from store.secrets import Key
from workers.actions import connections, exports, runs
from workers.actions.desk import sit_down
from workers.sandbox.server import running

FIELDS = {
    "Email": "email",
    "FirstName": "first_name",
    "LastName": "last_name",
    "MailingCity": "city",
}
CUSTOM = {"NPS": CustomField("nps", "integer")}


def write_profiles(path: Path, rows: int) -> None:
    import duckdb

    duckdb.sql(
        f"""copy (
            select 'user' || i || '@example.com' as email, 'Ann ' || i as first_name,
                '陳' || i as last_name, 'Hong Kong' as city, i % 11 as nps,
                timestamp '2026-01-01' + to_seconds(i) as updated_at
            from range({rows}) t(i)
        ) to '{path}' (format parquet, compression zstd)"""
    )


BARE = """
import asyncio, sys
import duckdb, httpx

async def main(parquet, url, key):
    rows = duckdb.connect().execute(
        "select to_json({Email: email, FirstName: first_name, LastName: last_name,"
        " MailingCity: city, custom: {'integer--NPS': nps}})::varchar from read_parquet(?)",
        [parquet])
    async with httpx.AsyncClient(headers={"autopilotapikey": key}) as client:
        async def work():
            while batch := rows.fetchmany(100):
                body = '{"contacts":[' + ",".join(row[0] for row in batch) + "]}"
                answer = await client.post(url + "/contacts", content=body.encode(),
                                           headers={"content-type": "application/json"})
                answer.raise_for_status()
        await asyncio.gather(*(work() for _ in range(4)))

asyncio.run(main(*sys.argv[1:]))
"""


def bare(parquet: Path, url: str, key: str) -> float:
    import subprocess

    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", BARE, str(parquet), url, key], check=True)
    return time.perf_counter() - began


def whole_run(folder: Path, parquet: Path, url: str, key: str) -> tuple[float, float, int]:
    """Seconds of a first run and of a second one with one row changed, and the second's requests."""
    workspace = store_workspace.create(folder)
    source = workspace.segments_folder / "everyone.parquet"
    shutil.copy(parquet, source)
    desk = sit_down(workspace, "command line")
    draft = Connection(name="bench", base_url=url, rate=100_000, profile_limit=100_000_000)
    slug = connections.add(desk, draft, Key(key), agreed=True, account=None)
    export = Export(
        id=new_id(), name="bench", connection=slug, fields=FIELDS, custom_fields=CUSTOM,
        segments=[SegmentChoice("everyone")],
    )  # fmt: skip
    exports.save(desk, export)
    first = timed(desk)[0]
    change_one_row(source)
    second, requests = timed(desk)
    return first, second, requests


def timed(desk) -> tuple[float, int]:
    began = time.perf_counter()
    run_id = runs.start(desk, "bench")
    while (run := runs.load(desk, run_id)).active:
        time.sleep(0.01)
    took = time.perf_counter() - began
    assert run.state == "successful", run.cause
    assert run.accepted == run.to_send
    return took, run.requests_sent


def change_one_row(parquet: Path) -> None:
    import duckdb

    fresh = parquet.with_suffix(".new")
    duckdb.sql(
        f"""copy (select * replace (case when email = 'user7@example.com' then 'Changed'
                else first_name end as first_name) from '{parquet}')
            to '{fresh}' (format parquet, compression zstd)"""
    )
    fresh.replace(parquet)


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    repeats = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    with (
        tempfile.TemporaryDirectory() as scratch,
        running(process=True, rate=0, absorb=True) as sim,
    ):
        folder = Path(scratch)
        parquet = folder / "profiles.parquet"
        write_profiles(parquet, rows)
        found = []
        for n in range(repeats):
            alone = bare(parquet, sim.base_url, sim.key)
            first, second, requests = whole_run(folder / str(n), parquet, sim.base_url, sim.key)
            found.append((alone, first, second, first / alone))
            print(f"bare {alone:.2f} s   run {first:.2f} s   ratio {first / alone:.2f}   "
                  f"one row changed: {second:.2f} s, {requests} request(s)")  # fmt: skip
        print(f"median ratio over {repeats}: {statistics.median(row[3] for row in found):.2f} "
              f"({rows:,} profiles, {os.cpu_count()} cores)")  # fmt: skip


if __name__ == "__main__":
    main()
