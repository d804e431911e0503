"""The long forms: a run that sleeps longer than every patience, and sources written at random moments."""

from __future__ import annotations

import os
import random
import signal
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import duckdb

from store import workspace as workspaces
from store.errors import Busy, Locked
from tests.conftest import WAIT, Bench, addresses
from workers.destinations.transport import DEADLINE
from workers.liveness import silence
from workers.sandbox.record import busiest_second
from workers.sandbox.server import running

SLEEPS = (30.0, 70.0, DEADLINE + 10.0)
CHANGES = 60
ROWS = 400_000


def stalls(sleeps: Sequence[float] = SLEEPS) -> str:
    """A machine that sleeps for longer than silence, answers and connections are waited for."""
    with (
        tempfile.TemporaryDirectory(prefix="stalls-") as folder,
        running(rate=0, account_email="owner@acme.test") as sandbox,
    ):
        bench = Bench(workspaces.create(Path(folder) / "house"), sandbox)
        sandbox.set_faults({"action": "delay", "seconds": 0.3, "match": "POST *"})
        contacts = 2000 * len(sleeps)
        bench.ready(contacts, rate=8)
        run_id = bench.start()
        for nth, seconds in enumerate(sleeps, 1):
            bench.until(lambda nth=nth: bench.load(run_id).accepted >= 1000 * nth)
            process = bench.process(run_id)
            os.kill(process, signal.SIGSTOP)
            time.sleep(seconds)
            _check_sleeper(bench, run_id, seconds)
            os.kill(process, signal.SIGCONT)
        run = bench.wait(run_id, WAIT + contacts / 100)
        bench.check_delivered(run, {"vip": addresses(range(contacts))})
        assert run.attempt == 1, f"it took {run.attempt} attempts"
        # A request that two sleeps befell is in the service three times, and its contacts said once.
        repeats = sum(times > 1 for times in bench.sandbox.accepted().values())
        assert repeats <= run.repeated + bench.tried(run), (
            f"{repeats} repeated, {run.repeated} said"
        )
        busiest = busiest_second(bench.sent())
        assert busiest <= 8 + 1, f"{busiest} requests in a second"
        bench.check_converged()
        slept = ", ".join(f"{seconds:g}" for seconds in sleeps)
        return f"slept {slept} s: nobody lost, {repeats} repeated of {run.repeated} said"


def _check_sleeper(bench: Bench, run_id: int, seconds: float) -> None:
    """It lives and sends nothing; whoever looks, or starts a second run, is told how long it is silent."""
    run = bench.load(run_id)
    assert run.state == "sending", f"asleep it is called {run.state}"
    silent = silence(run)
    assert silent is not None, f"{seconds:g} s of silence are not said"
    assert silent >= seconds - 3, f"{seconds:g} s of silence are called {silent:.0f} s"
    visits = len(bench.sent())
    try:
        bench.start()
    except (Busy, Locked) as error:  # locked: it fell asleep in the middle of a commit
        told = str(error)
    else:
        raise AssertionError("a second run of the export was started beside it")
    assert "without a sign of life for" in told or "was locked by" in told, told
    assert len(bench.sent()) == visits, "something was sent while it slept"


def changes() -> str:
    """A file that is written over, in place, at a random moment of its plan."""
    chance = random.Random(8)
    ends: dict[str, int] = {}
    with (
        tempfile.TemporaryDirectory(prefix="changes-") as folder,
        running(rate=0, account_email="owner@acme.test") as sandbox,
    ):
        bench = Bench(workspaces.create(Path(folder) / "house"), sandbox)
        texts = {version: _parquet(Path(folder), version) for version in ("old", "new")}
        path = bench.workspace.segments_folder / "vip.parquet"
        path.write_bytes(texts["old"])
        bench.connect(profile_limit=10_000_000)
        bench.export("vip")
        bench.guards("weekly", adds=0)
        for _ in range(CHANGES):
            path.write_bytes(texts["old"])
            run_id = bench.start()
            time.sleep(chance.uniform(0.2, 1.2))
            writer = threading.Thread(target=_write_over, args=(path, texts["new"]))
            writer.start()
            run = bench.wait(run_id)
            writer.join()
            ends[run.state] = ends.get(run.state, 0) + 1
            if run.state == "needs approval":
                plan = bench.workspace.run_folder(run_id) / "plan.parquet"
                kinds = duckdb.sql(
                    f"select regexp_extract(payload, '(old|new)'), count(*) from '{plan}' group by 1"
                ).fetchall()
                assert len(kinds) == 1, f"frozen half and half: {kinds}"
            else:
                assert "is being written" in run.cause or "Parquet" in run.cause, run.cause
    told = ", ".join(f"{count} {state}" for state, count in sorted(ends.items()))
    return f"{CHANGES} plans of a file that is written over: {told}; none of two states"


def _parquet(folder: Path, version: str) -> bytes:
    path = folder / f"{version}.parquet"
    duckdb.sql(
        f"""copy (select 'p' || n || '@example.com' as email, '{version}' || n as name
            from range({ROWS}) as t(n)) to '{path}' (compression uncompressed)"""
    )
    return path.read_bytes()


def _write_over(path: Path, text: bytes) -> None:
    with path.open("r+b", buffering=0) as file:
        for place in range(0, len(text), 100_000):
            file.write(text[place : place + 100_000])
            time.sleep(0.002)
        file.truncate()
