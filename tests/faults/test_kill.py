"""Runs that are killed, stopped, canceled and raced: nothing is lost, and repeats are counted."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from store.errors import Busy, StorageError, UsageError
from workers import launch
from workers.actions import runs

ROOT = Path(__file__).parents[2]
VIP, GOLD = range(450), range(330, 450)


@pytest.fixture
def house(bench, addresses, monkeypatch):
    """An export of two overlapping segments, and what a run of it comes to."""

    class House:
        def __init__(self) -> None:
            self.people = {"vip": addresses(VIP), "gold": addresses(GOLD)}
            bench.people("vip", VIP)
            bench.people("gold", GOLD)
            bench.connect()
            bench.export("vip", "gold")

        @contextmanager
        def armed(self, seam: str):
            """Runs that start meanwhile die at a seam."""
            monkeypatch.setenv("SEGPORT_SEAM", seam)
            yield
            monkeypatch.delenv("SEGPORT_SEAM")

        def kill_at(self, seam: str, run_id: int | None = None) -> int:
            """Start or resume a run that dies at a seam; returns its number."""
            with self.armed(seam):
                if run_id is None:
                    run_id = bench.start()
                else:
                    runs.resume(bench.desk, run_id)
            bench.until(lambda: not bench.is_alive(run_id))
            run = bench.load(run_id)
            assert run.state == "interrupted", f"the run passed {seam} by: {run.state} {run.cause}"
            bench.check(run)
            return run_id

        def repeats(self) -> dict[str, int]:
            """How often each contact was stored beyond what it takes."""
            needed = dict.fromkeys(addresses(VIP), 1) | dict.fromkeys(addresses(GOLD), 2)
            counts = bench.sandbox.accepted()
            return {k: counts[k] - needed[k] for k in counts if counts[k] > needed[k]}

        def check_end(self, run) -> None:
            bench.check_delivered(run, self.people)
            assert run.accepted == 450
            repeats = self.repeats()
            assert sum(repeats.values()) <= bench.doubtful(run)
            # Every contact that was repeated is among those that the run calls possibly repeated.
            assert len(repeats) <= run.repeated + bench.tried(run)
            bench.check_converged()

    return House()


SEAMS = [
    "planned", "read:2",
    "before-send", "before-send:4",
    "after-receive", "after-receive:3", "after-receive:7",
    "before-commit:2", "before-commit:6", "before-commit:9",
    "after-commit", "after-commit:7",
    "before-settle", "after-settle",
]  # fmt: skip


@pytest.mark.sampled(4)
@pytest.mark.parametrize("seam", SEAMS)
def test_a_run_that_was_killed_resumes_and_loses_nobody(bench, house, seam):
    run_id = house.kill_at(seam)
    run = bench.resume(run_id)
    assert run.attempt == 2
    house.check_end(run)
    with bench.desk.journal() as journal:
        assert journal.row("pragma integrity_check")[0] == "ok"


@pytest.mark.sampled(5)
@pytest.mark.parametrize(
    "seam", ["after-receive:2", "after-receive:3", "before-commit:7", "after-commit:5",
             "after-receive:40"],
)  # fmt: skip
def test_a_kill_leaves_no_wrong_idea_of_what_bulk_calls_do(bench, house, seam):
    bench.sandbox.set_modes(bulk_list_key="create-only")
    run_id = house.kill_at(seam)
    house.check_end(bench.resume(run_id))


@pytest.mark.sampled(3)
@pytest.mark.parametrize("seam", ["after-receive:5", "after-commit:5", "after-settle"])
def test_after_a_kill_a_new_run_settles_and_plans_anew(bench, house, seam):
    killed = house.kill_at(seam)
    before = bench.load(killed)
    run = bench.run()
    assert run.state == "successful"
    bench.check_holds(house.people)
    bench.check_converged()
    # What was acknowledged before the kill is not sent again.
    assert run.plan["add"] <= 450 - before.accepted
    assert not bench.load(killed).unsettled
    if run.requests_sent:
        with pytest.raises(UsageError, match="has begun to send since"):
            runs.resume(bench.desk, killed)


@pytest.mark.slow
def test_killed_while_a_deleted_list_is_filled_again(bench, house):
    assert bench.run().state == "successful"
    [gold] = [each for each, title in bench.sandbox.lists().items() if title == "gold"]
    bench.sandbox.delete_list(gold)
    run = bench.run()
    assert run.state == "needs approval"
    bench.sandbox.forget()
    with house.armed("after-receive"):
        runs.approve(bench.desk, run.id)
        bench.until(lambda: not bench.is_alive(run.id))
    run = bench.resume(run.id)
    assert (run.state, run.accepted) == ("successful", 120)
    bench.check_holds(house.people)
    bench.check_converged()


@pytest.mark.slow
def test_killed_again_and_again(bench, house):
    run_id = house.kill_at("after-receive:2")
    for seam in ("before-send", "after-receive", "before-commit:4", "after-commit:2"):
        house.kill_at(seam, run_id)
    run = bench.resume(run_id)
    assert run.attempt == 6
    house.check_end(run)


@pytest.mark.slow
def test_killed_at_any_time(bench, house):
    chance = random.Random(11)
    bench.sandbox.set_faults({"action": "delay", "seconds": 0.05, "match": "POST *"})
    run_id = bench.start()
    for _ in range(4):
        time.sleep(chance.uniform(0.1, 0.8))
        process = bench.process(run_id)
        if process is not None:
            os.kill(process, signal.SIGKILL)
        bench.until(lambda: not bench.is_alive(run_id))
        run = bench.load(run_id)
        if run.state == "successful":
            break
        assert run.state == "interrupted"
        bench.check(run)
        runs.resume(bench.desk, run_id)
    house.check_end(bench.wait(run_id))


# --- canceled, stopped, asked to end -------------------------------------------------------------


def half_way(bench, addresses, rate: float = 20.0) -> int:
    """A run of 1,000 contacts that has sent some of them."""
    bench.ready(1000, rate=rate)
    run_id = bench.start()
    bench.until(lambda: bench.load(run_id).accepted >= 200)
    return run_id


def test_a_canceled_run_finishes_what_is_under_way_and_resumes_as_frozen(bench, addresses):
    run_id = half_way(bench, addresses)
    runs.cancel(bench.desk, run_id)
    run = bench.wait(run_id)
    assert run.state == "canceled"
    assert run.cause == f"canceled by {bench.desk.operator.name}"
    assert 200 <= run.accepted < 1000
    assert len(bench.sandbox.contacts()) == run.accepted
    # The source changes; what is resumed is the plan that was frozen.
    bench.people("vip", range(5000, 5010))
    run = bench.resume(run_id)
    bench.check_delivered(run, {"vip": addresses(range(1000))})
    bench.check_sent_once(run)
    assert run.repeated == 0
    assert bench.plan().add == 10


def test_a_run_that_is_asked_to_end_ends_orderly_and_a_hangup_is_ignored(bench, addresses):
    run_id = half_way(bench, addresses)
    process = bench.process(run_id)
    os.kill(process, signal.SIGHUP)
    accepted = bench.load(run_id).accepted
    bench.until(lambda: bench.load(run_id).accepted > accepted)
    os.kill(process, signal.SIGTERM)
    run = bench.wait(run_id)
    assert (run.state, run.cause) == ("canceled", "the process was asked to end")
    run = bench.resume(run_id)
    bench.check_delivered(run, {"vip": addresses(range(1000))})
    bench.check_sent_once(run)


@pytest.mark.parametrize("request_", ["POST /v1/contact", "POST /v1/contacts"])
def test_asked_to_end_while_it_finds_out_what_bulk_calls_do(bench, house, request_):
    bench.sandbox.set_faults({"action": "delay", "seconds": 0.5, "nth": 1, "match": request_})
    run_id = bench.start()
    bench.until(lambda: any(v.status is None for v in bench.sandbox.requests()))
    os.kill(bench.process(run_id), signal.SIGTERM)
    run = bench.wait(run_id)
    assert (run.state, run.cause) == ("canceled", "the process was asked to end")
    house.check_end(bench.resume(run_id))


def test_a_stopped_run_is_alive_and_goes_on(bench, addresses):
    run_id = half_way(bench, addresses)
    process = bench.put_to_sleep(run_id)
    assert bench.load(run_id).state == "sending"
    with pytest.raises(Busy, match=f"run {run_id}"):
        bench.start()
    with pytest.raises(UsageError):
        runs.resume(bench.desk, run_id)
    os.kill(process, signal.SIGCONT)
    run = bench.wait(run_id)
    bench.check_delivered(run, {"vip": addresses(range(1000))})


def test_the_pacer_does_not_catch_up_after_a_stop(bench, addresses):
    from workers.sandbox.record import busiest_second

    run_id = half_way(bench, addresses, rate=10)
    process = bench.process(run_id)
    os.kill(process, signal.SIGSTOP)
    time.sleep(0.6)
    os.kill(process, signal.SIGCONT)
    bench.check_delivered(bench.wait(run_id), {"vip": addresses(range(1000))})
    assert busiest_second(bench.sent()) <= 10


def test_a_stopped_run_is_canceled_by_force(bench, addresses):
    run_id = half_way(bench, addresses)
    bench.put_to_sleep(run_id)
    runs.cancel(bench.desk, run_id)
    assert bench.load(run_id).active
    runs.cancel(bench.desk, run_id, force=True)
    assert not bench.is_alive(run_id)
    run = bench.wait(run_id)
    assert run.state == "canceled"
    run = bench.resume(run_id)
    bench.check_delivered(run, {"vip": addresses(range(1000))})
    counts = bench.sandbox.accepted()
    assert sum(counts.values()) - 1000 <= run.repeated + bench.tried(run)
    bench.check_converged()


@pytest.mark.slow
def test_a_run_that_stands_still_in_a_commit_is_canceled_by_force(
    bench, house, addresses, monkeypatch
):
    """It holds the journal, so that it cannot even be noted that it shall stop."""
    with house.armed("before-commit:3:stop"):
        run_id = bench.start()
        bench.until(lambda: bench.stands_still(run_id))
    monkeypatch.setattr("store.journal.schema._BUSY_MS", 300)
    with pytest.raises(StorageError, match="locked"):
        runs.cancel(bench.desk, run_id)
    runs.cancel(bench.desk, run_id, force=True)
    assert bench.wait(run_id).state == "canceled"
    house.check_end(bench.resume(run_id))


def test_consent_that_is_withdrawn_stops_a_run(bench, addresses):
    from store import connections

    run_id = half_way(bench, addresses)
    path = connections.path_of(bench.workspace, "acme")
    given = path.read_text()
    path.write_text(given.partition("[consent]")[0])
    run = bench.wait(run_id)
    assert run.state == "canceled"
    assert "consent" in run.cause
    assert run.pending > 0
    with pytest.raises(runs.Stopped):
        runs.resume(bench.desk, run_id)
    path.write_text(given)
    bench.check_delivered(bench.resume(run_id), {"vip": addresses(range(1000))})


@pytest.mark.slow
def test_canceled_while_it_waits_for_its_turn(bench, addresses):
    bench.people("gold", range(2000, 2010))
    first = half_way(bench, addresses)
    process = bench.put_to_sleep(first)  # it keeps its turn for as long as it takes
    second = bench.start(bench.export("gold", name="Second"))
    bench.until(lambda: "another run sends with the same key" in bench.log(second))
    assert bench.load(second).state == "queued"
    runs.cancel(bench.desk, second)
    run = bench.wait(second)
    assert (run.state, run.requests_sent) == ("canceled", 0)
    os.kill(process, signal.SIGCONT)
    bench.check_delivered(bench.wait(first), {"vip": addresses(range(1000))})
    # It was never planned, so resuming it plans.
    run = bench.resume(second)
    assert (run.state, run.accepted) == ("successful", 10)


# --- raced ---------------------------------------------------------------------------------------

RACE = """
import sys
from pathlib import Path
from store.errors import SegportError
from store.workspace import open_workspace
from workers.actions import runs
from workers.actions.desk import sit_down
desk = sit_down(open_workspace(Path(sys.argv[1])), "command line")
print("ready", flush=True)
sys.stdin.readline()
try:
    if sys.argv[2] == "start":
        print("won", runs.start(desk, "weekly"))
    else:
        runs.resume(desk, int(sys.argv[2]))
        print("won")
except SegportError as error:
    print(type(error).__name__, error.exit_code)
"""


def race(bench, many: int, what: str) -> list[str]:
    """The same thing at the same instant, in many processes; what each of them says."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", RACE, str(bench.workspace.root), what],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(many)
    ]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    told = [process.communicate(timeout=30)[0].strip() for process in processes]
    assert {process.returncode for process in processes} == {0}
    return sorted(told)


def test_twenty_processes_start_one_run(bench, addresses):
    bench.ready(300, rate=10)
    told = race(bench, 20, "start")
    assert told == ["Busy 75"] * 19 + ["won 1"]
    bench.check_delivered(bench.wait(1), {"vip": addresses(range(300))})
    assert set(bench.sandbox.accepted().values()) == {1}
    assert [run.id for run in runs.history(bench.desk)] == [1]
    assert list(bench.sandbox.lists().values()) == ["vip"]


@pytest.mark.slow
def test_ten_processes_resume_one_run_once(bench, house):
    run_id = house.kill_at("after-receive:5")
    told = race(bench, 10, str(run_id))
    assert told.count("won") == 1
    assert {each for each in told if each != "won"} <= {"Busy 75", "UsageError 2"}
    run = bench.wait(run_id)
    assert run.attempt == 2
    house.check_end(run)


def test_a_run_whose_process_cannot_start_is_interrupted_and_not_for_ever_under_way(
    bench, addresses, monkeypatch
):
    bench.ready(10)
    lock = launch.lock_path(bench.workspace, 1)
    monkeypatch.setattr(launch.isolated, "command", lambda *_: ["/bin/false"])
    run_id = bench.start()
    assert lock.exists()
    bench.until(lambda: bench.load(run_id).state == "interrupted")
    monkeypatch.undo()
    monkeypatch.setenv("SEGPORT_NO_KEYRING", "1")
    bench.check_delivered(bench.resume(run_id), {"vip": addresses(range(10))})


# --- what came of it is unknown ------------------------------------------------------------------


@pytest.mark.slow
def test_a_value_that_may_have_arrived_is_sent_again_though_it_was_taken_back(bench, addresses):
    """What the service holds is unknown, so that the ledger knows the old value proves nothing."""
    old, new = (lambda n: f"old{n}"), (lambda n: f"new{n}")
    bench.people("vip", range(250), name=old)
    bench.connect()
    bench.export("vip")
    assert bench.run().state == "successful"
    bench.people("vip", range(250), name=new)
    bench.sandbox.set_faults({"action": "close", "match": "POST /v1/contacts", "work": "all"})
    run_id = bench.start()
    bench.until(lambda: any(request.state == "unknown" for request in bench.requests(run_id)))
    os.kill(bench.process(run_id), signal.SIGKILL)
    bench.until(lambda: not bench.is_alive(run_id))
    bench.sandbox.set_faults()
    bench.people("vip", range(250), name=old)
    bench.load(run_id)
    run = bench.run()
    held = bench.sandbox.contacts()
    assert {email for email in held if held[email]["FirstName"].startswith("new")} == set()
    assert run.state == "successful"
    bench.check_converged()
