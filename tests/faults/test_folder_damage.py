"""A run's own folder that is gone, while the run is under way and afterwards."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path

import pytest

from workers.actions import exports

ROOT = Path(__file__).parents[2]
POSTS = "POST /v1/contact*"


@pytest.mark.slow
def test_a_folder_that_is_removed_while_the_run_sends(bench, addresses):
    """It ends in a sentence; whom it reached nobody can tell any more, and that is said."""
    bench.ready(3000, rate=20)
    run_id = bench.start()
    bench.until(lambda: bench.load(run_id).accepted >= 200)
    shutil.rmtree(bench.workspace.run_folder(run_id))
    bench.until(lambda: not bench.is_alive(run_id))
    run = bench.load(run_id)
    assert run.state in {"failed", "successful"}, run.cause
    assert run.unsettled
    assert "The ledger is not settled yet" in bench.log(run_id)
    bench.sandbox.forget()
    refused = bench.run()
    assert refused.state == "failed"
    assert f"The plan of run {run_id} is gone" in refused.cause
    assert "segport export reset weekly" in refused.cause
    assert bench.sent() == []
    exports.reset(bench.desk, "weekly")
    bench.check_delivered(bench.run(), {"vip": addresses(range(3000))})


@pytest.mark.slow
def test_a_folder_that_is_removed_between_a_kill_and_a_resume(bench, addresses):
    bench.ready(1000, rate=20)
    run_id = bench.start()
    bench.until(lambda: bench.load(run_id).accepted >= 200)
    os.kill(bench.process(run_id), signal.SIGKILL)
    bench.until(lambda: not bench.is_alive(run_id))
    shutil.rmtree(bench.workspace.run_folder(run_id))
    done = bench.segport("run", "resume", str(run_id))
    assert done.returncode == 1
    assert f"The plan of run {run_id} is gone" in done.stdout + done.stderr
    assert "segport export reset weekly" in done.stdout + done.stderr
    exports.reset(bench.desk, "weekly")
    bench.check_delivered(bench.run(), {"vip": addresses(range(1000))})


@pytest.mark.sampled(2)
@pytest.mark.parametrize("what", ["the folder", "the plan"])
def test_what_is_gone_after_a_run_is_said_and_the_next_run_misses_nothing(bench, what):
    bench.ready(20)
    bench.csv("vip", [{"email": f"p{n}@example.com", "name": "N"} for n in range(20)]
                     + [{"email": "nobody", "name": "N"}])  # fmt: skip
    bench.sandbox.set_faults({"action": "poison", "pattern": "^p3@"})
    run_id = bench.run().id
    folder = bench.workspace.run_folder(run_id)
    if what == "the folder":
        shutil.rmtree(folder)
    else:
        (folder / "plan.parquet").unlink()
    for command in (
        ["run", "show", "1", "--plan"], ["run", "requests", "1"], ["run", "request", "1", "1"],
        ["run", "rejects", "1", "--reveal"], ["run", "excluded", "1"], ["why", "p3@example.com"],
        ["run", "retry", "1", "--plan"], ["doctor"],
    ):  # fmt: skip
        done = bench.segport(*command)
        assert done.returncode in {0, 1, 2, 4}, (command, done.stderr)
        assert done.stdout + done.stderr, command
    if what == "the folder":
        told = bench.segport("run", "excluded", "1").stdout
        assert "1 row was left out; which that was is no longer kept" in told
    bench.sandbox.set_faults()
    run = bench.run()
    assert (run.state, run.accepted) == ("successful", 1)
