"""Rejected contacts sent again by themselves, after what was wrong with them was mended."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import contextmanager

import pytest

from store.errors import NotFound, UsageError
from workers.actions import exports, retry


@contextmanager
def stored(bench):
    """The addresses that the simulator stores meanwhile, and how often."""
    before = Counter(bench.sandbox.accepted())
    found: dict[str, int] = {}
    yield found
    found.update(Counter(bench.sandbox.accepted()) - before)


def run_again(bench, run_id: int):
    """Retry a run and wait for its end."""
    return bench.wait(retry.start(bench.desk, run_id))


@pytest.fixture
def refused(bench):
    """A run of 130 people of whom four were refused."""
    bench.sandbox.set_faults({"action": "poison", "pattern": "^p(3|44|100|101)@"})
    bench.people("vip", range(120))
    bench.people("gold", range(100, 130))
    bench.connect()
    bench.export("vip", "gold")
    run = bench.run()
    assert (run.state, run.rejected, run.accepted) == ("completed with rejects", 4, 126)
    return run


def test_a_retry_sends_the_rejected_with_their_data_of_now_and_nobody_else(
    bench, refused, addresses
):
    bench.sandbox.set_faults({"action": "poison", "pattern": "^p44@"})
    # Nearly everybody changed, five are new, and one of the rejected is in no segment any more.
    bench.people("vip", [*range(3), *range(4, 125)], name=lambda n: f"New {n}")
    plan = asyncio.run(retry.plan(bench.desk, refused.id))
    assert (plan.contacts, plan.to_send, plan.held_back, plan.unchanged) == (129, 3, 121, 5)
    with stored(bench) as sent:
        run = run_again(bench, refused.id)
    assert (run.options.retry_of, run.to_send) == (refused.id, 3)
    assert (run.accepted, run.rejected) == (2, 1)
    assert sent.keys() == addresses([100, 101])
    assert bench.sandbox.contacts()["p100@example.com"]["FirstName"] == "New 100"
    assert addresses([100, 101]) <= bench.sandbox.members("gold")
    told = run.plan["warnings"][0]
    assert told.startswith(f"Retry of run {refused.id}: of the 4 contacts")
    assert "3 are sent with their data of now" in told
    assert "1 is in no segment under that address any more" in told
    # The ledger is true: the next ordinary run sends all others, and these two not again.
    bench.sandbox.set_faults()
    with stored(bench) as sent:
        later = bench.run()
    assert (later.state, later.accepted) == ("successful", 122)
    assert sent.keys() == addresses(range(125)) - addresses([3, 100, 101])
    bench.check_converged()


@pytest.mark.slow
def test_who_got_through_meanwhile_is_not_sent_again(bench, refused):
    bench.sandbox.set_faults({"action": "poison", "pattern": "^p44@"})
    between = bench.run()
    assert (between.accepted, between.rejected) == (3, 1)
    bench.sandbox.set_faults()
    with stored(bench) as sent:
        run = run_again(bench, refused.id)
    assert (run.state, run.to_send, run.accepted) == ("successful", 1, 1)
    assert "3 got through meanwhile and are not sent again" in run.plan["warnings"][0]
    assert list(sent) == ["p44@example.com"]
    again = run_again(bench, refused.id)
    assert (again.state, again.to_send, again.requests_sent) == ("successful", 0, 0)


def test_whom_the_workspace_suppressed_meanwhile_is_withheld(bench, refused):
    bench.sandbox.set_faults()
    (bench.workspace.data / "suppressed.csv").write_text("email\np3@example.com\n")
    run = run_again(bench, refused.id)
    assert (run.to_send, run.plan["withheld"]) == (3, 1)
    assert "1 is suppressed now" in run.plan["warnings"][0]


@pytest.mark.slow
def test_guards_on_adds_look_at_what_a_retry_sends(bench, refused):
    bench.sandbox.set_faults()
    bench.guards("weekly", adds=10, changes=10)
    bench.people("vip", range(300), name=lambda n: f"New {n}")
    run = run_again(bench, refused.id)
    assert (run.state, run.accepted) == ("successful", 4)
    assert bench.run().state == "needs approval"


@pytest.mark.slow
def test_a_retry_that_dies_is_resumed_like_any_run(bench, refused, monkeypatch):
    bench.sandbox.set_faults()
    monkeypatch.setenv("SEGPORT_SEAM", "before-send")
    run_id = retry.start(bench.desk, refused.id)
    bench.until(lambda: not bench.is_alive(run_id))
    monkeypatch.delenv("SEGPORT_SEAM")
    assert bench.load(run_id).state == "interrupted"
    run = bench.resume(run_id)
    assert (run.state, run.accepted) == ("successful", 4)
    bench.check_converged()


def test_what_cannot_be_retried_says_why(bench, refused, monkeypatch):
    bench.sandbox.set_faults()
    fine = bench.run()
    with pytest.raises(UsageError, match="nobody rejected"):
        retry.start(bench.desk, fine.id)
    with pytest.raises(NotFound):
        retry.start(bench.desk, 99)
    (bench.workspace.run_folder(refused.id) / "plan.parquet").unlink()
    with pytest.raises(UsageError, match="no longer kept"):
        retry.start(bench.desk, refused.id)


def test_an_export_that_is_gone_or_renamed(bench, refused):
    bench.sandbox.set_faults()
    bench.change("weekly", name="Monthly")
    exports.remove(bench.desk, "weekly")
    with pytest.raises((NotFound, UsageError)):
        retry.start(bench.desk, refused.id)
