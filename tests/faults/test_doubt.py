"""What may have been taken without anybody saying so: it is in doubt, sent again, and said."""

from __future__ import annotations

import pytest

from store.exports import SegmentChoice
from tests.faults.story import armed
from workers.actions import runs
from workers.why.ask import why

POSTS = "POST /v1/contact*"


def named(bench, version: str) -> None:
    bench.people("vip", range(10), name=lambda _: version)


@pytest.fixture
def left_out(bench):
    """A run that died after an answer in which one contact was missing that had been stored."""
    named(bench, "old")
    bench.connect()
    bench.export("vip")
    bench.run()
    bench.sandbox.forget()
    named(bench, "new")
    bench.sandbox.set_faults({"action": "drop", "pattern": "^p3@", "stored": True, "times": 1})
    with armed("after-commit:2"):
        run_id = bench.start()
    run = bench.wait(run_id)
    assert (run.state, run.accepted, run.pending) == ("interrupted", 9, 1)
    assert bench.sandbox.contacts()["p3@example.com"]["FirstName"] == "new"
    return run


def test_who_was_left_out_of_an_answer_is_said_to_be_repeated_by_a_resume(bench, left_out):
    run = bench.resume(left_out.id)
    assert bench.sandbox.accepted()["p3@example.com"] == 2
    assert (run.state, run.repeated) == ("successful", 1)


@pytest.mark.slow
def test_who_was_left_out_of_an_answer_is_sent_again_by_the_next_run(bench, left_out):
    """The old name comes back, and the service may hold the new one."""
    bench.people("vip", range(10), name=lambda n: "old" if n == 3 else "new")
    run = bench.run()
    assert (run.state, run.accepted) == ("successful", 1)
    assert bench.sandbox.contacts()["p3@example.com"]["FirstName"] == "old"
    assert bench.run().requests_sent == 0


def test_who_was_left_out_of_an_answer_and_taken_is_said_to_be_repeated(bench):
    bench.ready(10)
    bench.sandbox.set_faults({"action": "drop", "pattern": "^p3@", "stored": True, "times": 1})
    run = bench.run()
    assert bench.sandbox.accepted()["p3@example.com"] == 2
    assert (run.state, run.accepted, run.repeated) == ("successful", 10, 1)


def test_who_no_answer_ever_names_is_sent_again_by_the_next_run(bench):
    """Alone, too, it is not acknowledged: that is a reject, and the service may hold the new name."""
    named(bench, "old")
    bench.connect()
    bench.export("vip")
    bench.run()
    named(bench, "new")
    bench.sandbox.set_faults(
        {"action": "drop", "pattern": "^p3@", "stored": True, "times": 1},
        {"action": "status", "status": 400, "match": "POST /v1/contact"},
    )
    assert bench.run().rejected == 1
    assert bench.sandbox.contacts()["p3@example.com"]["FirstName"] == "new"
    bench.sandbox.set_faults()
    named(bench, "old")
    bench.run()
    assert bench.sandbox.contacts()["p3@example.com"]["FirstName"] == "old"


def test_what_was_refused_is_no_repeat(bench):
    """Without an answer and then refused with the key, the contacts arrived once at the most."""
    bench.ready(10)
    bench.sandbox.set_faults(
        {"action": "close", "match": POSTS, "work": "none", "nth": 1},
        {"action": "status", "status": 401, "match": POSTS, "nth": 2},
    )
    run = bench.run()
    assert (run.state, run.pending, run.repeated) == ("failed", 10, 0)


def test_a_batch_that_is_halved_after_it_had_no_answer_is_said_to_be_repeated(bench):
    bench.ready(10)
    bench.sandbox.set_faults(
        {"action": "close", "match": POSTS, "work": "all", "nth": 1},
        {"action": "status", "status": 400, "match": POSTS, "nth": 2},
    )
    run = bench.run()
    assert set(bench.sandbox.accepted().values()) == {2}
    assert (run.state, run.accepted, run.repeated) == ("successful", 10, 10)


def unanswered(bench, people: int) -> None:
    """A run of new people that is canceled before anybody answers it, though all of them are taken."""
    bench.ready(people)
    bench.sandbox.set_faults({"action": "close", "match": POSTS, "work": "all"})
    run_id = bench.start()
    bench.until(lambda: len(bench.sandbox.accepted()) == people)
    runs.cancel(bench.desk, run_id)
    run = bench.wait(run_id)
    assert (run.state, run.accepted) == ("canceled", 0)
    bench.sandbox.set_faults()


def test_who_had_no_answer_has_left_no_list(bench):
    unanswered(bench, 10)
    bench.guards("weekly", leavers=0)
    assert (bench.plan().leavers, bench.plan().guards) == (0, [])


def test_who_had_no_answer_is_in_doubt_in_every_later_run_until_acknowledged(bench):
    """Runs that send only some of them in between change nothing for the others."""
    unanswered(bench, 50)
    first = bench.run(limit=10)
    assert first.plan["add"] == 50
    assert (first.accepted, first.repeated) == (10, 10)
    assert "10 contacts are sent again" in " ".join(first.plan["warnings"])
    rest = bench.run()
    assert (rest.accepted, rest.repeated) == (40, 40)
    assert "40 contacts are sent again" in " ".join(rest.plan["warnings"])
    assert bench.run().requests_sent == 0


def test_who_was_left_out_of_an_answer_is_in_doubt_in_the_next_run(bench):
    bench.ready(10)
    bench.sandbox.set_faults({"action": "drop", "pattern": "^p3@", "stored": True, "times": 1})
    with armed("after-commit:2"):
        run_id = bench.start()
    assert bench.wait(run_id).state == "interrupted"
    run = bench.run()
    assert (run.accepted, run.repeated) == (1, 1)
    assert bench.sandbox.accepted()["p3@example.com"] == 2


@pytest.mark.slow
def test_a_membership_without_an_answer_is_in_doubt_in_the_next_run(bench):
    """Who is known and joins another list, and nobody says whether that worked."""
    bench.ready(10)
    bench.run()
    bench.people("more", range(10))
    bench.change("weekly", segments=[SegmentChoice("vip"), SegmentChoice("more")])
    bench.sandbox.set_faults({"action": "close", "match": POSTS, "work": "all"})
    run_id = bench.start()
    bench.until(lambda: bench.sandbox.members("more"))
    runs.cancel(bench.desk, run_id)
    assert bench.wait(run_id).state == "canceled"
    taken = bench.sandbox.members("more")
    bench.sandbox.set_faults()
    run = bench.run()
    assert (run.plan["membership"], run.accepted, run.repeated) == (10, 10, len(taken))
    assert bench.run().requests_sent == 0


def test_of_who_had_no_answer_it_is_said_that_they_are_perhaps_there(bench):
    unanswered(bench, 3)
    assert "Perhaps in Autopilot: run 1 is canceled, and it left without an answer." in asked(bench)
    # The run that comes after does not hold them: the ledger remembers what that one does not know.
    bench.people("vip", [7])
    bench.run()
    assert "Perhaps in Autopilot" in asked(bench)


def test_who_was_refused_after_a_request_without_an_answer_is_perhaps_there(bench):
    bench.ready(1)
    bench.sandbox.set_faults(
        {"action": "close", "match": POSTS, "work": "all", "nth": 1},
        {"action": "status", "status": 400, "match": POSTS, "nth": 2},
    )
    run = bench.run()
    assert (run.state, run.rejected) == ("completed with rejects", 1)
    assert "p0@example.com" in bench.sandbox.contacts()
    assert "Perhaps in Autopilot: run 1 sent it without an answer first" in asked(bench)


def asked(bench) -> str:
    with bench.desk.journal() as journal:
        found = why(bench.workspace, bench.desk.settings(), journal, "p0@example.com")
    return found.answer
