"""Two things at once, each in the order that hurts."""

from __future__ import annotations

import os
import signal
import sqlite3
import time

import pytest

from store.journal import runs as journal_runs
from store.journal.log import Log
from store.journal.runs import State
from workers import liveness
from workers.actions import runs
from workers.deliver.sender import HOPELESS
from workers.under_way import UnderWay

POSTS = "POST /v1/contact*"


def slowly(bench, seconds: float) -> None:
    bench.sandbox.set_faults({"action": "delay", "match": POSTS, "seconds": seconds})


def sending(bench, run_id: int) -> int:
    """Wait until a request is under way; returns the process."""
    bench.until(lambda: any(str(each.state) == "sending" for each in bench.requests(run_id)))
    return bench.process(run_id)


def in_between(monkeypatch, deed) -> None:
    """Do something once between an action's look at a run and its writing."""
    load = runs._load
    todo = [deed]

    def look(desk, run_id):
        run = load(desk, run_id)
        if todo:
            todo.pop()()
        return run

    monkeypatch.setattr(runs, "_load", look)


def waiting(bench) -> int:
    """A run that waits for approval."""
    bench.ready(20)
    run_id = bench.start(plan_seen="another")
    assert bench.wait(run_id).state == "needs approval"
    return run_id


def test_a_run_that_is_approved_while_it_is_canceled_is_canceled(bench, monkeypatch):
    run_id = waiting(bench)
    slowly(bench, 2.0)
    in_between(monkeypatch, lambda: runs.approve(bench.desk, run_id))
    runs.cancel(bench.desk, run_id)
    run = bench.wait(run_id)
    assert run.state == "canceled"
    assert run.cause.startswith("canceled by ")


def test_a_run_that_is_canceled_while_it_is_approved_sends_nothing(bench, monkeypatch):
    run_id = waiting(bench)
    in_between(monkeypatch, lambda: runs.cancel(bench.desk, run_id))
    with pytest.raises(runs.Busy, match="is canceled by now"):
        runs.approve(bench.desk, run_id)
    assert bench.load(run_id).state == "canceled"
    assert bench.sandbox.contacts() == {}


def test_a_run_that_was_canceled_and_is_gone_is_canceled(bench):
    bench.ready(20)
    slowly(bench, 5.0)
    run_id = bench.start()
    sending(bench, run_id)
    with bench.desk.journal() as journal:
        stale = journal_runs.load(journal, run_id)
        process = bench.put_to_sleep(run_id)
        runs.cancel(bench.desk, run_id)
        os.kill(process, signal.SIGKILL)
        bench.until(lambda: not bench.is_alive(run_id))
        assert liveness.true_state(bench.workspace, journal, stale).state == "canceled"


def test_what_came_of_a_request_and_was_not_written_is_in_doubt(bench):
    """As where the journal stays locked: the run ends in order, and a request is still `sending`."""
    bench.people("vip", range(10), name=lambda _: "old")
    bench.connect()
    bench.export("vip")
    bench.run()
    bench.people("vip", range(10), name=lambda _: "new")
    bench.sandbox.set_faults({"action": "hang", "work": "all", "match": POSTS, "seconds": 20})
    run_id = bench.start()
    process = sending(bench, run_id)
    bench.until(lambda: set(bench.sandbox.accepted().values()) == {2})
    os.kill(process, signal.SIGKILL)
    bench.until(lambda: bench.process(run_id) is None)
    with bench.desk.journal() as journal:
        log = Log(bench.workspace.log_path)
        under_way = UnderWay(bench.workspace, journal, log, journal_runs.load(journal, run_id))
        under_way.end(State.FAILED, "the outcome could not be written")
        log.close()
    assert "sending" not in [str(each.state) for each in bench.requests(run_id)]
    bench.people("vip", range(10), name=lambda _: "old")
    assert bench.plan().to_send == 10


@pytest.mark.slow
def test_a_journal_that_is_locked_for_a_while_changes_no_end(bench):
    bench.ready(10)
    slowly(bench, 3.0)
    run_id = bench.start()
    sending(bench, run_id)
    other = sqlite3.connect(bench.workspace.journal_path, isolation_level=None)
    other.execute("begin immediate")
    time.sleep(17.4)  # longer than a heartbeat waits for the lock
    other.execute("rollback")
    other.close()
    run = bench.wait(run_id)
    told = bench.log(run_id)
    assert (run.state == "successful") == ("successful" in told)
    assert not ("successful" in told and "failed" in told)


def test_rejects_of_an_earlier_attempt_do_not_end_a_resume(bench):
    """It gives up after so many refusals in a row with nothing accepted: of its own."""
    bench.ready(HOPELESS + 3)
    bench.sandbox.set_faults({"action": "status", "status": 400, "match": POSTS})
    run = bench.run()
    assert run.state == "failed"
    assert run.rejected >= HOPELESS
    refusal = {"action": "status", "status": 400, "match": POSTS}
    bench.sandbox.set_faults(
        *({**refusal, "nth": nth} for nth in (1, 2))
    )  # three, then one of them
    resumed = bench.resume(run.id)
    assert (resumed.rejected - run.rejected, resumed.pending) == (1, 0)
