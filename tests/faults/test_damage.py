"""What somebody does to .segport by hand: it is said, nothing is sent twice without a word."""

from __future__ import annotations

import shutil

import pytest

from workers.actions import runs

POSTS = "POST /v1/contact*"


def under_way(bench, count: int = 2000) -> int:
    """A run that has got something acknowledged, and has far to go."""
    bench.ready(count, rate=20)
    run_id = bench.start()
    bench.until(lambda: bench.load(run_id).accepted >= 200)
    return run_id


@pytest.mark.slow
def test_lock_files_that_are_removed_end_the_run_under_way(bench, addresses):
    """Nobody could see it live, so it sends nothing more and has failed; there is never a second sender."""
    run_id = under_way(bench)
    process = bench.process(run_id)
    shutil.rmtree(bench.workspace.locks_folder)
    bench.until_ended(process)
    run = bench.load(run_id)
    assert run.state == "failed"
    assert "its lock file was removed" in run.cause
    assert "Its lock file was removed" in bench.log(run_id)
    assert run.accepted < 2000
    assert bench.output(run_id) == ""
    again = bench.resume(run_id)
    bench.check_delivered(again, {"vip": addresses(range(2000))})
    assert sum(bench.sandbox.accepted().values()) - 2000 <= again.repeated + bench.tried(again)


@pytest.mark.slow
def test_a_second_run_beside_one_whose_lock_file_was_removed(bench, addresses):
    """The first is taken for gone; it stops before its next request, and writes nothing about itself."""
    run_id = under_way(bench)
    process = bench.process(run_id)
    shutil.rmtree(bench.workspace.locks_folder)
    bench.workspace.locks_folder.mkdir(mode=0o700)
    second = bench.run()
    bench.until_ended(process)
    assert bench.load(run_id).state in {"interrupted", "failed"}
    bench.check_delivered(second, {"vip": addresses(range(2000))})
    twice = sum(bench.sandbox.accepted().values()) - 2000
    unknown = sum(each.contacts for each in bench.requests(run_id) if each.state == "unknown")
    assert twice <= unknown + second.repeated + bench.tried(second)
    bench.check_converged()


def test_a_resume_beside_a_process_whose_lock_file_was_removed(bench, addresses):
    """What the first process still hears does not end the attempt of the second."""
    bench.sandbox.set_faults({"action": "delay", "seconds": 1.0, "match": POSTS})
    run_id = under_way(bench)
    process = bench.process(run_id)
    shutil.rmtree(bench.workspace.locks_folder)
    bench.workspace.locks_folder.mkdir(mode=0o700)
    assert bench.load(run_id).state == "interrupted"
    bench.sandbox.set_faults()
    runs.resume(bench.desk, run_id)
    bench.until_ended(process)
    run = bench.wait(run_id, 60)
    bench.check_delivered(run, {"vip": addresses(range(2000))})
    assert run.attempt == 2
    assert sum(bench.sandbox.accepted().values()) - 2000 <= run.repeated + bench.tried(run)
