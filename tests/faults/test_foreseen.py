"""A plan that is only looked at counts what runs got through that are not settled yet, and settles nothing."""

from __future__ import annotations

import pytest

from tests.faults.story import armed

COUNTED = ("contacts", "add", "change", "membership", "unchanged", "to_send", "doubtful", "digest")


@pytest.fixture
def killed(bench):
    """A run in the middle of which its process was killed; new people and a change came since."""
    bench.people("vip", range(450))
    bench.people("gold", range(400, 600))
    bench.connect(rate=20)
    bench.export("vip", "gold")
    with armed("after-receive:5"):
        run_id = bench.start()
    run = bench.wait(run_id)
    assert run.state == "interrupted"
    assert run.accepted >= 100
    bench.people("vip", range(460), name=lambda n: "new" if n == 7 else f"N{n}")
    return run


def counted(report) -> dict[str, object]:
    return {name: getattr(report, name) for name in COUNTED}


def test_a_plan_after_a_kill_is_that_of_the_next_run(bench, killed):
    report = bench.plan()
    assert report.unchanged + report.change + report.membership >= killed.accepted
    assert report.change == 1
    offline = bench.plan(offline=True)
    assert (offline.add, offline.to_send) == (report.add, report.to_send)
    run = bench.run()
    assert counted(report) == {name: run.plan[name] for name in COUNTED}
    assert run.plan["requests"] == report.requests
    bench.check_converged()


@pytest.mark.slow
def test_a_plan_after_a_kill_leaves_the_run_to_be_resumed(bench, killed, addresses):
    before = [*bench.workspace.ledger_folder.iterdir()]
    first = counted(bench.plan())
    assert counted(bench.plan()) == first
    assert [*bench.workspace.ledger_folder.iterdir()] == before
    assert {path.name for path in bench.workspace.runs_folder.iterdir()} == {str(killed.id)}
    run = bench.resume(killed.id)
    assert (run.state, run.accepted) == ("successful", 600)
    bench.check_holds({"vip": addresses(range(450)), "gold": addresses(range(400, 600))})
    assert (bench.plan().add, bench.plan().change) == (0, 1)


@pytest.mark.slow
def test_a_plan_of_a_ledger_that_was_settled_before_goes_by_both(bench, killed):
    bench.resume(killed.id)
    bench.people("gold", range(400, 900))
    with armed("after-receive:3"):
        run = bench.wait(bench.start())
    assert run.state == "interrupted"
    report = bench.plan()
    assert report.guards == []
    assert 0 < report.add < 300
    run = bench.run()
    assert counted(report) == {name: run.plan[name] for name in COUNTED}


@pytest.mark.slow
def test_a_ledger_that_was_lost_is_not_made_good_by_what_is_not_settled(bench, killed):
    bench.resume(killed.id)
    bench.people("gold", range(400, 900))
    with armed("after-receive:3"):
        bench.wait(bench.start())
    (ledger,) = bench.workspace.ledger_folder.iterdir()
    ledger.unlink()
    report = bench.plan()
    run = bench.run()
    assert run.state == "needs approval"
    assert report.guards == run.plan["guards"] != []
    assert counted(report) == {name: run.plan[name] for name in COUNTED}
