"""A ledger that is removed, damaged or another's: nobody is lost, and nobody is sent anew unasked."""

from __future__ import annotations

import shutil

import pytest

from store import ledger
from tests.conftest import Bench

POSTS = "POST /v1/contact*"
PEOPLE = range(30)


def named(bench: Bench, version: str, numbers=PEOPLE) -> None:
    bench.people("vip", numbers, name=lambda _: version)


def names(bench: Bench) -> set[str]:
    return {held["FirstName"] for held in bench.sandbox.contacts().values()}


@pytest.fixture
def sent(bench):
    """Everybody is there, by an export of one segment."""
    named(bench, "old")
    bench.connect()
    bench.export("vip")
    assert bench.run().state == "successful"
    bench.sandbox.forget()
    return bench


def place(bench: Bench, slug: str = "weekly"):
    from store import exports

    return ledger.path_of(bench.workspace, exports.load(bench.workspace, slug).value.id)


def asks_first(bench: Bench) -> int:
    """The next run waits, with everybody as new; returns its number."""
    waiting = bench.run()
    assert waiting.state == "needs approval", waiting.cause
    assert "30 contacts would be sent as new" in waiting.cause
    assert bench.sent() == []
    return waiting.id


def other_ledger(bench: Bench):
    """The ledger of an export that sent the same people by other names."""
    bench.people("gold", PEOPLE, name=lambda _: "new")
    bench.export("gold", name="Other")
    assert bench.run("other").state == "successful"
    bench.sandbox.forget()
    return place(bench, "other")


@pytest.mark.slow
def test_a_ledger_of_another_export_vouches_for_nobody(sent):
    """It says that everybody has the new name from here, which this export never sent."""
    shutil.copy(other_ledger(sent), place(sent))
    named(sent, "new")
    run = sent.approve(asks_first(sent))
    assert (run.state, run.accepted) == ("successful", 30)
    assert sent.run().requests_sent == 0


@pytest.mark.slow
def test_an_older_ledger_vouches_for_nobody(sent):
    """It says that the old name is there, and a newer run has sent another since."""
    kept = place(sent).read_bytes()
    named(sent, "new")
    sent.run()
    sent.sandbox.forget()
    place(sent).write_bytes(kept)
    named(sent, "old")
    run = sent.approve(asks_first(sent))
    assert (run.state, names(sent)) == ("successful", {"old"})
    assert sent.run().requests_sent == 0


@pytest.mark.sampled(2)
@pytest.mark.parametrize("damage", ["removed", "another's"])
def test_a_ledger_that_is_lost_while_a_run_sends_is_asked_about(sent, damage):
    """What the run got acknowledged is kept; of all others nobody knows any more, and that is said."""
    other = other_ledger(sent)
    sent.people("vip", PEOPLE, name=lambda n: "new" if n < 5 else "old")
    sent.sandbox.set_faults({"action": "delay", "match": POSTS, "seconds": 1.5})
    run_id = sent.start()
    sent.until(lambda: sent.requests(run_id))
    if damage == "removed":
        place(sent).unlink()
    else:
        shutil.copy(other, place(sent))
    run = sent.wait(run_id)
    assert (run.state, run.accepted) == ("successful", 5)
    sent.sandbox.set_faults()
    sent.sandbox.forget()
    run = sent.approve(asks_first(sent))
    assert (run.state, run.accepted) == ("successful", 30)
    assert sent.run().requests_sent == 0


@pytest.mark.slow
def test_a_ledger_that_was_lost_stays_lost_when_the_run_is_resumed(sent):
    named(sent, "new")
    sent.sandbox.set_faults({"action": "drop", "pattern": "^p3@", "times": 1},
                            {"action": "status", "status": 401, "match": "POST /v1/contact"},
                            {"action": "delay", "match": "POST /v1/contacts", "seconds": 1.5})  # fmt: skip
    run_id = sent.start()
    sent.until(lambda: sent.requests(run_id))
    place(sent).unlink()
    assert (sent.wait(run_id).state, sent.load(run_id).pending) == ("failed", 1)
    sent.sandbox.set_faults()
    assert sent.resume(run_id).state == "successful"
    sent.sandbox.forget()
    assert sent.approve(asks_first(sent)).accepted == 30
    assert sent.run().requests_sent == 0


@pytest.mark.sampled(3)
@pytest.mark.parametrize("damage", ["cut short", "noise", "empty"])
def test_a_damaged_ledger_is_named_and_nothing_is_sent(sent, damage):
    from workers.actions import exports

    whole = place(sent).read_bytes()
    broken = {"cut short": whole[: len(whole) // 2], "noise": b"PAR1" * 400, "empty": b""}[damage]
    place(sent).write_bytes(broken)
    named(sent, "new")
    run = sent.run()
    assert run.state == "failed"
    assert f"The ledger {place(sent).name} is damaged." in run.cause
    assert "export reset" in run.cause
    assert sent.sent() == []
    place(sent).write_bytes(whole)
    assert sent.plan().change == 30
    place(sent).write_bytes(broken)
    exports.reset(sent.desk, "weekly")
    assert sent.run().accepted == 30
    assert names(sent) == {"new"}


@pytest.mark.slow
def test_a_ledger_that_is_damaged_while_a_run_sends_is_named_and_settled_once_it_is_back(sent):
    whole = place(sent).read_bytes()
    named(sent, "new")
    sent.sandbox.set_faults({"action": "delay", "match": POSTS, "seconds": 1.5})
    run_id = sent.start()
    sent.until(lambda: sent.requests(run_id))
    place(sent).write_bytes(whole[: len(whole) // 2])
    run = sent.wait(run_id)
    assert (run.state, run.accepted, run.unsettled) == ("successful", 30, True)
    assert "The ledger is not settled yet" in sent.log(run_id)
    run = sent.run()
    assert run.state == "failed"
    assert "is damaged" in run.cause
    place(sent).write_bytes(whole)
    sent.sandbox.forget()
    run = sent.run()
    assert (run.state, run.requests_sent) == ("successful", 0)
