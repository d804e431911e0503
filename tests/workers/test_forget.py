"""A person is erased from everything kept here; what is old goes; what is needed stays."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from store import locks
from store.errors import Busy, NotPermitted
from store.exports import SegmentChoice
from store.journal import audit, delivery
from store.journal.runs import State
from store.people.operators import Operator
from store.settings import Retention
from tests import commands
from workers import launch, retention
from workers.actions import connections, keeping, people, runs
from workers.actions.desk import Desk
from workers.forget import Eraser

ROOT = Path(__file__).parents[2]
P7 = "p7@example.com"
HANG = {"action": "hang", "match": "POST /v1/contact*", "seconds": 60, "work": "none"}


def files_with(bench, text: str) -> set[str]:
    """Files under `.segport/` that hold a text, as bytes or in a Parquet column."""
    import duckdb

    found = set(
        subprocess.run(
            ["grep", "-rliF", "--", text, "."],
            cwd=bench.workspace.state, capture_output=True, text=True, check=False,
        ).stdout.splitlines()
    )  # fmt: skip
    # A connection of its own: on that of the module, another test may have left a result unread.
    with duckdb.connect() as connection:
        for path in bench.workspace.state.rglob("*.parquet"):
            rows = connection.execute(
                f"select count(*) from read_parquet('{path}') as t where contains(t::varchar, '{text}')"
            ).fetchall()
            if rows[0][0]:
                found.add(str(path.relative_to(bench.workspace.state)))
    return found


def segport(bench, *words: str) -> str:
    return commands.segport("-w", str(bench.workspace.root), *words).stdout


def test_a_person_is_erased_from_everything_kept_here_and_nobody_else_is(bench):
    bench.sandbox.set_faults(
        {"action": "poison", "pattern": "^p8@", "message": "p8@example.com, like P7@example.com"}
    )
    bench.ready(40)
    bench.csv("odd", [{"email": f" {P7.upper()} ", "name": "Twice"}])
    bench.change("weekly", segments=[SegmentChoice("vip"), SegmentChoice("odd")])
    bench.run()
    bench.people("vip", range(40), name=lambda n: f"New{n}")
    bench.run()
    with closing(bench.desk.log()) as log:
        log.write(1, f"Somebody wrote {P7} here.")
    assert len(files_with(bench, P7)) >= 5

    before = people.trace(bench.desk, " P7@example.com")
    assert (before.found.plans, before.found.rejects) == ({1: 2, 2: 2}, 0)
    assert (len(before.found.ledgers), before.found.lines) == (1, 1)
    assert before.found.sentences >= 2
    assert (before.segments, before.exports) == (["odd", "vip"], ["Weekly"])

    told = people.forget(bench.desk, P7)
    assert told.found == before.found
    assert files_with(bench, P7) == set()
    assert not people.trace(bench.desk, P7).found.anything
    with bench.desk.journal() as journal:
        deed = audit.deeds(journal)[0]
    assert deed.action == "person forgotten"
    assert deed.subject == f"person {people.digest_of(bench.workspace, P7)}"

    # The others are as they were, and so is the destination.
    assert people.why(bench.desk, "p6@example.com").runs[1].outcome == "accepted"
    assert P7 in bench.sandbox.contacts()
    plan = bench.plan()
    assert (plan.add, plan.unchanged) == (2, 38)  # forgotten, and the one that is refused
    assert not plan.guards
    (bench.workspace.data / "suppressed.csv").write_text(f"email\n{P7}\n")
    assert (bench.plan().add, bench.plan().withheld) == (1, 1)


def test_the_refusal_of_a_person_goes_with_them(bench):
    bench.sandbox.set_faults({"action": "poison", "pattern": "^p7@", "message": "Not p7."})
    bench.ready(20)
    run = bench.run()
    assert run.rejected == 1
    assert people.forget(bench.desk, P7).found.rejects == 1
    with bench.desk.journal() as journal:
        assert delivery.rejects(journal, run.id) == []
    assert bench.load(run.id).rejected == 1


@pytest.mark.slow
def test_under_a_run_that_holds_the_person_nothing_is_erased(bench):
    bench.sandbox.set_faults(HANG)
    bench.ready(20)
    run_id = bench.start()
    bench.until(lambda: bench.load(run_id).state is State.SENDING)
    with pytest.raises(Busy, match=f"Run {run_id}"):
        people.forget(bench.desk, P7)
    runs.cancel(bench.desk, run_id, force=True)
    bench.wait(run_id)
    assert people.trace(bench.desk, P7).found.plans == {run_id: 1}

    # It can still be resumed: it goes on without the person, and its sums hold.
    people.forget(bench.desk, P7)
    bench.sandbox.set_faults()
    run = bench.resume(run_id)
    assert (run.state, run.to_send, run.accepted, run.pending) == ("successful", 19, 19, 0)
    assert P7 not in bench.sandbox.contacts()


def test_a_run_that_is_settled_meanwhile_brings_nobody_back(bench, monkeypatch):
    bench.people("vip", range(300))
    bench.connect()
    bench.export("vip")
    bench.sandbox.set_faults({**HANG, "nth": 3})
    run_id = bench.start()
    bench.until(lambda: bench.load(run_id).accepted >= 200)
    os.kill(bench.process(run_id), signal.SIGKILL)
    bench.until(lambda: not bench.is_alive(run_id))
    bench.sandbox.set_faults()
    bench.people("vip", range(200, 300))
    look = Eraser.look

    def look_then_run(eraser):
        found = look(eraser)
        monkeypatch.setattr(Eraser, "look", look)
        bench.run()
        return found

    monkeypatch.setattr(Eraser, "look", look_then_run)
    told = people.forget(bench.desk, P7)
    assert len(told.found.ledgers) == 1
    assert not people.trace(bench.desk, P7).found.anything
    assert files_with(bench, P7) == set()


def test_only_administrators_forget(bench):
    bench.ready(3)
    for role in ("viewer", "contributor"):
        desk = Desk(bench.workspace, Operator(f"a-{role}", role), "app")
        for act in (people.forget, people.trace):
            with pytest.raises(NotPermitted):
                act(desk, P7)


def test_what_is_old_goes_and_what_can_be_needed_stays(bench):
    bench.sandbox.set_faults({"action": "poison", "pattern": "^p7@", "message": "Not p7."})
    bench.ready(20)
    old = bench.run()
    bench.guards("weekly", changes=0)
    bench.people("vip", range(20), name=lambda n: f"New{n}")
    waiting = bench.run()
    assert waiting.state == "needs approval"

    def apply(days: Retention, later: int = 0, **more):
        moment = datetime.now(UTC) + timedelta(days=later)
        with bench.desk.journal() as journal, closing(bench.desk.log()) as log:
            return retention.apply(bench.workspace, journal, log, days, at=moment, **more)

    week = Retention(plans=7, rejects=7, logs=7)
    nothing = retention.Removed(0, 0, 0, 0)
    assert apply(Retention(), 1000) == apply(week, 6) == nothing
    looked = apply(week, 8, only_look=True)
    assert (looked.plans, looked.rejects) == (1, 1)
    assert looked.lines >= 3
    assert looked.bytes > 1000
    # Held by somebody, as by a run that is just being resumed.
    lock = locks.acquire(launch.lock_path(bench.workspace, old.id))
    assert apply(Retention(plans=7), 8).plans == 0
    lock.release()
    assert apply(week, 8) == looked
    assert apply(week, 8) == nothing
    assert not bench.workspace.run_folder(old.id).exists()
    assert bench.log(old.id) == ""
    assert bench.load(old.id).rejected == 1
    assert "Planned" in bench.log(waiting.id)
    told = people.why(bench.desk, "p3@example.com")
    assert ([run.run for run in told.runs], told.forgotten) == ([waiting.id], [old.id])
    assert bench.approve(waiting.id).state == "completed with rejects"


def test_a_run_that_can_be_resumed_keeps_its_plan_until_a_later_one_has_sent(bench):
    bench.ready(20)
    bench.sandbox.set_faults(HANG)
    first = bench.start()
    bench.until(lambda: bench.load(first).state is State.SENDING)
    runs.cancel(bench.desk, first, force=True)
    bench.wait(first)
    bench.sandbox.set_faults()

    def gone() -> int:
        moment = datetime.now(UTC) + timedelta(days=30)
        with bench.desk.journal() as journal, closing(bench.desk.log()) as log:
            return retention.apply(
                bench.workspace, journal, log, Retention(plans=1), at=moment, only_look=True
            ).plans

    assert gone() == 0
    bench.run()
    assert gone() == 2


def test_how_long_things_are_kept_is_an_administrators_and_recorded(bench):
    before = bench.workspace.settings_path.read_text(encoding="utf-8")
    keeping.keep(bench.desk, plans=90, logs=30)
    text = bench.workspace.settings_path.read_text(encoding="utf-8")
    assert text.startswith(before.rstrip())
    assert keeping.wanted(bench.desk) == Retention(plans=90, logs=30)
    assert keeping.keep(bench.desk, plans=None) == Retention(logs=30)
    assert keeping.apply(bench.desk) == retention.Removed(0, 0, 0, 0)
    desk = Desk(bench.workspace, Operator("c", "contributor"), "app")
    for act in (lambda: keeping.keep(desk, plans=1), lambda: keeping.apply(desk)):
        with pytest.raises(NotPermitted):
            act()
    with bench.desk.journal() as journal:
        found = [(deed.action, deed.result) for deed in audit.deeds(journal)][:4]
    assert found == [
        ("remove what is older", "refused"),
        ("change how long things are kept", "refused"),
        ("retention changed", "done"),
        ("retention changed", "done"),
    ]


def test_what_a_killed_process_left_behind_goes_too(bench):
    bench.ready(10)
    run = bench.run()
    folder = bench.workspace.run_folder(run.id)
    stage = folder / "stage-0.parquet"
    looked = bench.workspace.runs_folder / "look-gone"
    fresh = bench.workspace.runs_folder / "look-now"
    for place in (looked, fresh):
        place.mkdir()
        (place / "plan.parquet").write_bytes(b"p7@example.com")
    old = datetime.now(UTC).timestamp() - 7200
    for path in (looked / "plan.parquet", looked):
        os.utime(path, (old, old))
    stage.write_bytes(b"p7@example.com")
    lock = locks.acquire(launch.lock_path(bench.workspace, run.id))
    assert people.trace(bench.desk, "nobody@example.com").found.leftovers == 1
    lock.release()
    assert people.forget(bench.desk, "nobody@example.com").found.leftovers == 2
    assert not stage.exists()
    assert not looked.exists()
    assert fresh.exists()
    assert people.why(bench.desk, P7).runs[0].outcome == "accepted"


# Its own, then three a plan, the journal, the ledger.
@pytest.mark.sampled(7)
@pytest.mark.parametrize("passing", [1, 2, 3, 4, 6, 8, 9])
def test_cut_off_at_any_step_it_goes_on_when_asked_again(bench, passing):
    bench.sandbox.set_faults({"action": "poison", "pattern": "^p7@", "message": f"Not {P7}."})
    bench.ready(12)
    bench.run()
    bench.sandbox.set_faults()
    bench.run()

    def forget(seam: str = "") -> int:
        return subprocess.run(
            [sys.executable, "-m", "tui.cli", "-w", str(bench.workspace.root),
             "forget", P7, "--confirm", P7],
            env={**os.environ, "PYTHONPATH": str(ROOT), "SEGPORT_SEAM": seam},
            capture_output=True, check=False,
        ).returncode  # fmt: skip

    assert forget(f"erasing:{passing}") == -9
    assert [each.operator for each in people.cut_off(bench.desk)] == [bench.desk.operator.name]
    assert people.trace(bench.desk, P7).begun is not None
    assert forget() == 0
    assert people.cut_off(bench.desk) == []
    assert files_with(bench, P7) == set()
    with bench.desk.journal() as journal:
        assert [delivery.rejects(journal, run) for run in (1, 2)] == [[], []]
    assert not people.trace(bench.desk, P7).found.anything
    assert people.why(bench.desk, "p6@example.com").runs[1].outcome == "nothing to send"


@pytest.mark.slow
def test_a_refused_contact_of_a_run_that_can_be_resumed_is_not_pending(bench):
    bench.sandbox.set_faults({"action": "poison", "pattern": "^p7@"})
    bench.ready(3000, rate=4)
    run_id = bench.start()
    bench.until(lambda: bench.load(run_id).rejected == 1)
    runs.cancel(bench.desk, run_id)
    before = bench.wait(run_id)
    assert before.state is State.CANCELED
    assert before.pending > 0
    people.forget(bench.desk, P7)
    people.forget(bench.desk, P7)
    after = bench.load(run_id)
    assert (after.to_send, after.rejected, after.pending) == (3000, 1, before.pending)


def test_a_plan_that_cannot_be_read_is_named_and_stops_nothing(bench):
    bench.ready(5)
    bench.run()
    bench.people("vip", range(5), name=lambda n: f"New{n}")
    bench.run()
    (bench.workspace.run_folder(1) / "plan.parquet").write_bytes(b"PAR1 not really PAR1")
    told = people.forget(bench.desk, "p1@example.com").found
    assert told.unread == ["run 1"]
    assert (told.plans, len(told.ledgers)) == ({2: 1}, 1)


@pytest.mark.slow
@pytest.mark.parametrize("passing", [1, 2, 3, 4])
def test_cut_off_before_a_run_goes_on_it_sends_nobody_who_was_to_be_erased(bench, passing):
    """The sums hold at every moment, and resuming finishes what was begun in its plan."""
    bench.ready(3000, rate=4)
    run_id = bench.start()
    bench.until(lambda: bench.load(run_id).accepted >= 100)
    runs.cancel(bench.desk, run_id)
    before = bench.wait(run_id)
    last = "p2999@example.com"
    assert last not in bench.sandbox.contacts()

    def forget(seam: str = "") -> int:
        return subprocess.run(
            [sys.executable, "-m", "tui.cli", "-w", str(bench.workspace.root),
             "forget", last, "--confirm", last],
            env={**os.environ, "PYTHONPATH": str(ROOT), "SEGPORT_SEAM": seam},
            capture_output=True, check=False,
        ).returncode  # fmt: skip

    assert forget(f"erasing:{passing}") == -9
    told = segport(bench, "doctor")
    assert "begun and cut off" in told
    assert "segport forget EMAIL" in told
    assert last not in told
    connections.edit(bench.desk, "acme", rate=2000)
    after = bench.resume(run_id)
    assert (after.to_send, after.accepted, after.pending) == (before.to_send - 1, 2999, 0)
    assert last not in bench.sandbox.contacts()
    assert forget() == 0
    assert bench.load(run_id).to_send == 2999
    assert files_with(bench, last) == set()
    assert "cut off" not in segport(bench, "doctor")
