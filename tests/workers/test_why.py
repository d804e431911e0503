"""Why a person is, or is not, at the destination: told from segments, plans, ledger and journal."""

from __future__ import annotations

import duckdb
import pytest

from store import masks
from store.errors import NotPermitted, UsageError
from store.journal import audit
from store.people.operators import Operator
from tests.faults.story import armed
from tui.words.why import lines
from workers.actions import people, runs
from workers.actions.desk import Desk
from workers.plan.people import PEOPLE, mark


@pytest.fixture
def why(bench):
    return lambda address, **more: people.why(bench.desk, address, **more)


def seen(told):
    return [(run.run, run.verdict, run.outcome) for run in told.runs]


def test_a_person_is_told_of_from_the_segment_to_the_answer(bench, why):
    bench.people("vip", range(250))
    bench.people("gold", range(100, 120))
    bench.csv("odd", [{"email": "bad@@x", "name": "Q"}, {"email": " P5@Example.com ", "name": "D"}])
    bench.connect()
    bench.export("vip", ("odd", "Odd List"))
    before = why("p5@example.com")
    assert before.answer == "Not in Autopilot, as far as is known here: no run has sent it yet."
    assert [(each.verdict, each.joins) for each in before.exports] == [("add", ["vip", "Odd List"])]
    bench.run()

    told = why("\u2003P5@Example.COM ", revealed=True)
    assert told.address == "p5@example.com"
    assert told.answer.startswith("In Autopilot: Weekly got it acknowledged, on the lists vip")
    assert [(s.segment, s.rows, s.exports) for s in told.segments] == [
        ("odd", [2], ["weekly"]),
        ("vip", [6], ["weekly"]),
    ]
    assert [(each.verdict, each.merged[0].row) for each in told.exports] == [("unchanged", 2)]
    [run] = told.runs
    assert (run.verdict, run.outcome, run.joined) == ("add", "accepted", ["vip", "Odd List"])
    assert (run.fields, run.place.row) == ({"FirstName": "N5"}, 6)
    assert [one.segment for one in run.merged] == ["odd"]
    assert {one.carried for one in run.requests} == {"fields", "Odd List"}
    assert all((one.state, one.status) == ("answered", 200) for one in run.requests)
    [known] = told.ledgers
    assert (known.fields, known.lists) == ({"FirstName": "N5"}, ["vip", "Odd List"])

    [elsewhere] = [each for each in why("p110@example.com").segments if each.segment == "gold"]
    assert elsewhere.exports == []

    bad = why("bad@@x")
    assert bad.not_an_address == "not an address"
    assert [(each.verdict, each.reason) for each in bad.exports] == [("excluded", "not an address")]
    assert seen(bad) == [(1, "excluded", "nothing to send")]

    nobody = why("nobody@example.com")
    assert nobody.answer.endswith("no segment holds this address.")
    assert nobody.runs == []
    assert nobody.exports[0].verdict == "not in a segment"


@pytest.mark.slow
def test_each_run_says_what_it_did_in_the_order_of_time(bench, why):
    bench.ready(150)
    bench.run()
    bench.people("vip", range(10, 150), name=lambda n: f"New{n}")
    (bench.workspace.data / "suppressed.csv").write_text("email\nP60@example.com\n")
    assert why("p70@example.com").exports[0].changed == ["FirstName"]
    bench.run()
    assert seen(why("p70@example.com")) == [(1, "add", "accepted"), (2, "change", "accepted")]

    held = why("p60@example.com")
    assert seen(held) == [(1, "add", "accepted"), (2, "withheld", "nothing to send")]
    # Requests of that run stretch over it; none carried it.
    assert held.runs[1].requests == []
    assert held.runs[1].reason == "suppressed by suppressed.csv" == held.exports[0].reason
    assert "Suppressed by suppressed.csv" in held.answer

    left = why("p5@example.com")
    assert seen(left) == [(1, "add", "accepted")]
    assert "No segment holds the address any more" in left.answer


@pytest.mark.slow
def test_a_change_that_was_rejected_is_in_the_headline_and_the_persons_own_run_is_named(bench, why):
    bench.ready(20)
    bench.run()
    bench.sandbox.set_faults({"action": "poison", "pattern": "^p1@", "message": "No."})
    bench.people("vip", range(20), name=lambda n: f"New{n}")
    bench.run()
    told = why("p1@example.com")
    assert "The last change did not get through: rejected in run 2." in told.answer
    bench.run()
    told = why("p1@example.com")
    assert seen(told)[1:] == [(2, "change", "rejected"), (3, "change", "rejected")]
    assert told.answer.startswith("In Autopilot: Weekly got it acknowledged")
    assert "The last change did not get through: rejected in runs 2 and 3." in told.answer
    assert ("Weekly", "on vip; by run 1") in list(lines(told))
    assert ("Weekly", "on vip; by run 2") in list(lines(why("p2@example.com")))
    bench.sandbox.set_faults()
    bench.run()
    assert "rejected" not in why("p1@example.com").answer


@pytest.mark.slow
def test_a_contact_that_was_left_to_a_later_run_says_why(bench, why):
    bench.sandbox.set_faults({"action": "poison", "pattern": "^p1@", "message": "No."})
    bench.ready(20)
    bench.run(limit=5)
    told = why("p9@example.com")
    assert seen(told) == [(1, "add", "nothing to send")]
    assert told.runs[0].reason == "held back by --limit"
    assert told.answer.endswith("run 1 did not send it (held back by --limit).")
    assert seen(why("p1@example.com")) == [(1, "add", "rejected")]
    bench.run(retry_of=1)
    assert why("p9@example.com").runs[1].reason.startswith("not among the rejects of run 1")
    assert [run.outcome for run in why("p1@example.com").runs] == ["rejected", "rejected"]


@pytest.mark.slow
def test_after_a_kill_what_left_without_an_answer_is_told_attempt_by_attempt(bench, why):
    bench.ready(250)
    bench.sandbox.set_faults(
        {"action": "hang", "match": "POST /v1/contacts", "nth": 2, "seconds": 60, "work": "none"}
    )
    run_id = bench.start()
    bench.until(lambda: len(bench.sent()) >= 2 and len(bench.requests(run_id)) >= 2)
    runs.cancel(bench.desk, run_id, force=True)
    bench.wait(run_id)
    by_person = {f"p{n}@example.com": why(f"p{n}@example.com").runs[0] for n in (0, 120, 249)}
    assert "pending" in {run.outcome for run in by_person.values()}
    unknown = [address for address, run in by_person.items()
               if [one.state for one in run.requests] == ["unknown"]]  # fmt: skip
    assert unknown
    assert {by_person[address].went for address in unknown} == {"unanswered"}
    pending = [run for run in by_person.values() if run.outcome == "pending" and not run.requests]
    assert {run.went for run in pending} <= {"not sent"}
    assert "left without an answer" in why(unknown[0]).answer
    bench.sandbox.set_faults()
    bench.resume(run_id)
    for address in unknown:
        [run] = why(address).runs
        assert next((one.attempt, one.state) for one in run.requests) == (1, "unknown")
        assert (run.requests[-1].attempt, run.requests[-1].state) == (2, "answered")
        assert (run.outcome, run.repeated) == ("accepted", True)


def test_after_a_kill_who_got_through_is_known_and_nothing_is_settled_by_asking(bench, why):
    bench.ready(450, rate=5)
    with armed("after-receive:3"):
        run = bench.wait(bench.start())
    assert (run.state, run.unsettled) == ("interrupted", True)
    told = why("p5@example.com")
    assert told.answer == "In Autopilot: Weekly got it acknowledged, on the list vip."
    assert seen(told) == [(run.id, "add", "accepted")]
    assert [each.verdict for each in told.exports] == ["unchanged"]
    told = why("p440@example.com")
    assert told.answer.startswith("Not in Autopilot, as far as is known here: run 1 is interrupted")
    assert [each.verdict for each in told.exports] == ["add"]
    assert [*bench.workspace.ledger_folder.iterdir()] == []
    assert bench.load(run.id).unsettled
    # A plan that is gone takes what its run got through with it, and that is said.
    (bench.workspace.run_folder(run.id) / "plan.parquet").unlink()
    told = why("p440@example.com")
    assert [one.what for one in told.unread if "ledger of Weekly" in one.what] != []


def test_what_a_failed_run_did_not_get_through_was_not_sent(bench, why):
    bench.ready(4000, rate=200)
    bench.sandbox.set_faults({"action": "status", "match": "POST /v1/contacts", "status": 401})
    assert bench.run().state == "failed"
    for address, went, words in (
        ("p0@example.com", "refused", "refused: FirstName"),
        ("p3999@example.com", "not sent", "did not send FirstName"),
    ):
        told = why(address)
        assert told.runs[0].went == went
        assert any(line[-1].startswith(words) for line in lines(told))
        assert not any(line[-1].startswith("sent ") for line in lines(told))


def test_a_refusal_names_every_request_that_carried_the_person(bench, why):
    bench.sandbox.set_faults(
        {"action": "poison", "pattern": "^p7@", "message": "p7@example.com is on our list."}
    )
    bench.ready(64)
    bench.run()
    told = why("p7@example.com")
    [run] = told.runs
    assert (run.outcome, run.went, told.ledgers) == ("rejected", "refused", [])
    assert any(line[-1].startswith("refused: FirstName ") for line in lines(told))
    # Halved until it stood alone: each of them carried it, and its neighbour's did not.
    sizes = [one.contacts for one in run.requests]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-1] == 1
    assert {one.state for one in run.requests} == {"refused"}
    assert "run 1 was refused" in told.answer
    assert "p7@example.com" not in run.words + told.answer
    assert "p***@e***.com is on our list." in run.words
    neighbour = why("p8@example.com").runs[0]
    assert (neighbour.outcome, neighbour.went) == ("accepted", "sent")
    assert neighbour.requests[-1].state == "answered"


def test_personal_values_are_masked_until_revealed_and_viewers_cannot(bench, why):
    bench.ready(3)
    bench.run()
    masked = why("p1@example.com")
    shown = [masked.runs[0].fields, masked.ledgers[0].fields]
    assert shown == [{"FirstName": "N***"}, {"FirstName": "N***"}]
    viewer = Desk(bench.workspace, Operator("eve", "viewer"), "app")
    assert people.why(viewer, "p1@example.com").runs[0].fields == {"FirstName": "N***"}
    with pytest.raises(NotPermitted):
        people.why(viewer, "p1@example.com", revealed=True)
    assert why("p1@example.com", revealed=True).runs[0].fields == {"FirstName": "N1"}
    with bench.desk.journal() as journal:
        deed = next(deed for deed in audit.deeds(journal) if "revealed" in deed.action)
    assert deed.subject == f"person {people.digest_of(bench.workspace, 'p1@example.com')}"
    assert "example" not in deed.subject + deed.detail


def test_a_mark_is_the_number_that_indexes_of_before_hold():
    names = "(select 'p' || n || '@example.com' as email from range(1000) as t(n))"
    same = f"select bool_and({mark('email')} = md5_number_lower(email)) from {names}"
    assert duckdb.execute(same).fetchone() == (True,)


@pytest.mark.slow
def test_a_plan_without_its_index_is_looked_through_and_one_that_is_gone_is_unknown(bench, why):
    bench.ready(30)
    bench.run()
    bench.people("vip", range(30), name=lambda n: f"New{n}")
    bench.run()
    whole = seen(why("p3@example.com"))
    assert whole == [(1, "add", "accepted"), (2, "change", "accepted")]
    (bench.workspace.run_folder(1) / PEOPLE).unlink()
    assert seen(why("p3@example.com")) == whole

    (bench.workspace.run_folder(1) / "plan.parquet").write_bytes(b"PAR1 not really PAR1")
    told = why("p3@example.com")
    assert seen(told) == whole[1:]
    assert [one.what for one in told.unread] == ["run 1"]

    (bench.workspace.run_folder(1) / "plan.parquet").unlink()
    told = why("p3@example.com")
    assert (seen(told), told.forgotten, told.unread) == (whole[1:], [1], [])
    # Whoever came later is in none of the plans that are left; what the lost one held nobody knows.
    bench.people("vip", range(31))
    assert "no run that can still be looked into has sent it" in why("p30@example.com").answer


@pytest.mark.parametrize("typed", ["", "  \u2003 ", "a" * 400 + "@example.com", "a\0@b.c"])
def test_what_is_no_address_at_all_is_a_sentence(why, typed):
    with pytest.raises(UsageError):
        why(typed)


def test_customer_text_cannot_become_sql(bench, why):
    bench.ready(2)
    bench.run()
    assert why("'); drop table run; --").runs == []
    assert seen(why("p1@example.com")) == [(1, "add", "accepted")]


def test_addresses_in_a_sentence_are_masked():
    assert masks.in_words("No: <Ann.Lee@corp.example>, sorry.") == "No: <A***@c***.example>, sorry."
    assert masks.in_words("nothing here @ all") == "nothing here @ all"
