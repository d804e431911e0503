"""A long run under faults: its memory, files, threads and the journal's WAL stay flat."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from statistics import median

from store import workspace as workspaces
from tests.conftest import Bench, addresses
from workers.sandbox.server import running

# At 4 requests a second, which is the default rate, two hours.
CONTACTS = 28_800
FAULTS = [
    {"action": "status", "status": 429, "match": "POST *", "probability": 0.01, "seed": 1},
    {"action": "status", "status": 503, "match": "POST *", "probability": 0.01, "seed": 2},
    {"action": "close", "match": "POST *", "work": "all", "probability": 0.01, "seed": 3},
    {"action": "reset", "match": "POST *", "work": "all", "probability": 0.01, "seed": 4},
    {"action": "truncate", "match": "POST *", "work": "all", "probability": 0.01, "seed": 5},
]
GROWTH = 1.25


def soak() -> str:
    """One list call for every contact, since the service's bulk calls do not join lists."""
    with (
        tempfile.TemporaryDirectory(prefix="soak-") as folder,
        running(rate=0, account_email="owner@acme.test") as sandbox,
    ):
        bench = Bench(workspaces.create(Path(folder) / "house"), sandbox)
        sandbox.set_modes(bulk_list_key="create-only")
        bench.people("vip", range(CONTACTS))
        bench.people("gold", range(CONTACTS))
        bench.connect(rate=2000.0)
        bench.export("vip", "gold")
        sandbox.set_faults(*FAULTS)
        run_id = bench.start()
        samples = []
        while bench.load(run_id).active:
            process = bench.process(run_id)
            if process is not None and (sample := _sample(process, bench)):
                samples.append(sample)
            time.sleep(0.5)
        run = bench.wait(run_id)
        everybody = addresses(range(CONTACTS))
        bench.check_delivered(run, {"vip": everybody, "gold": everybody})
        return f"{run.requests_sent:,} requests; {_compared(samples)}"


def _sample(process: int, bench: Bench) -> dict[str, int] | None:
    """Resident memory in KiB, open files, threads, bytes of the journal's WAL."""
    folder = Path(f"/proc/{process}")
    try:
        status = dict(line.split(":", 1) for line in (folder / "status").read_text().splitlines())
        files = len(list((folder / "fd").iterdir()))
        wal = bench.workspace.journal_path.with_name("journal.db-wal").stat().st_size
        return {
            "memory": int(status["VmRSS"].split()[0]),
            "files": files,
            "threads": int(status["Threads"]),
            "WAL": wal,
        }
    except (OSError, KeyError):
        return None  # it ended meanwhile


def _compared(samples: list[dict[str, int]]) -> str:
    assert len(samples) >= 20, "the run ended too soon to say anything"
    quarter = len(samples) // 4
    told = []
    for name in samples[0]:
        early = median(sample[name] for sample in samples[quarter : 2 * quarter])
        late = median(sample[name] for sample in samples[-quarter:])
        assert late <= early * GROWTH + 4, f"{name} grew from {early:,.0f} to {late:,.0f}"
        told.append(f"{name} {early:,.0f} then {late:,.0f}")
    return ", ".join(told)
