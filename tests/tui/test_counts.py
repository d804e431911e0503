"""Rows, requests and seconds: one way to count, wherever they are told."""

from __future__ import annotations

import asyncio
import re
from datetime import datetime

import msgspec
import pytest

from store.journal import delivery
from store.journal import requests as journal_requests
from store.journal.delivery import Fate
from store.journal.runs import State
from tests.tui.painted import painted
from tui.app import SegportApp
from tui.screens.run import RunScreen
from tui.widgets.progress import run_content
from tui.words import request as request_words
from tui.words.time_left import left_words
from workers.actions import connections, progress
from workers.plan.report import ListPlan, PlanReport


def seen(app, *words: str) -> bool:
    return all(re.search(word, painted(app)) for word in words)


@pytest.mark.slow
async def test_a_line_that_cannot_be_read_is_a_row_on_every_screen(bench, settled):
    bench.connect()
    people = [{"email": f"p{n}@example.com", "name": "N"} for n in range(29)]
    with bench.csv("torn", people).open("a") as file:
        file.write("p8@example.com,N,more,and more\r\n")
    bench.export("torn")
    app = SegportApp(bench.workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("3")
        await settled(pilot, lambda: seen(app, "torn .* 30, 1 unreadable "))
        await pilot.press("enter")
        await settled(pilot, lambda: seen(app, r"torn: 30 rows \(1 unreadable\), 2 columns"))
        assert "Rows 1 to 29 of 29 that can be read" in painted(app)
        assert "Unreadable: line 31 of torn.csv (too many columns)" in painted(app)
        await pilot.press("1", "p")
        await settled(
            pilot,
            lambda: seen(
                app, "rows read +30 ", "excluded +1  line cannot be read", "contacts +29 "
            ),
        )
        await pilot.press("escape", "enter")
        await settled(pilot, lambda: seen(app, r"\[x\] +torn +30 +29 "))


async def test_a_plan_says_for_which_reasons_rows_are_left_out_and_what_makes_lists(bench, settled):
    bench.connect()
    people = [{"email": each, "name": "N"} for each in ("a@example.com", "nobody", "")]
    with bench.csv("torn", people).open("a") as file:
        file.write("p8@example.com,N,more,and more\r\n")
    bench.export("torn")
    app = SegportApp(bench.workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot, lambda: "Weekly" in painted(app))
        await pilot.press("p")
        await settled(pilot, lambda: seen(app, "excluded +3  for 3 reasons, each told below"))
        assert "To send: 1 contact in 1 request with contacts and 1 to make a list" in painted(app)


async def test_what_a_canceled_run_says_of_contacts_requests_and_time_agrees(bench, settled):
    bench.sandbox.set_modes(latency=0.2)
    bench.ready(8000, rate=5.0)
    app = SegportApp(bench.workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot, lambda: "Weekly" in painted(app))
        await pilot.press("r", "y")
        await settled(pilot, lambda: seen(app, "[1-9]+ % of the contacts, .* left"))
        await pilot.press("x", "y")
        await settled(pilot, lambda: "Run 1: canceled" in painted(app))
        run = bench.wait(1)
        await settled(pilot, lambda: f"pending {run.pending:,} = 8,000" in painted(app))
        # How fast it was is told until its requests are summed up once more.
        summed = f"{run.requests_sent} of 80 requests with contacts; "
        await settled(pilot, lambda: summed in painted(app))
        text = painted(app)
    assert f"{100 * run.accepted // 8000:>3} % of the contacts\n" in re.sub(" +\n", "\n", text)
    asked, ended = map(datetime.fromisoformat, (run.asked_at, run.ended_at))
    assert f"took {round((ended - asked).total_seconds())} s" in text


@pytest.mark.slow
async def test_contacts_whose_lists_come_later_are_told_as_sent_and_not_as_more_requests(
    bench, settled
):
    """Where bulk calls put nobody on a list who exists, nothing is accepted before lists are looked up."""
    bench.sandbox.set_modes(bulk_list_key="create-only")
    bench.ready(3000, rate=1000)
    bench.run()
    connections.edit(bench.desk, "acme", rate=5.0)
    app = SegportApp(bench.workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot, lambda: "Weekly" in painted(app))
        run_id = await asyncio.to_thread(bench.start, full=True)
        app.push_screen(RunScreen(run_id))
        await settled(
            pilot, lambda: seen(app, "[1-9][0-9]? % sent, lists to come, at least .* left")
        )
        assert "more than planned" not in painted(app)
        assert "Accepted 0 + rejected 0 + pending 3,000" in painted(app)
        run = bench.load(run_id)
        told = request_words.how_many(run, progress.look(bench.desk, run_id))
        assert told.startswith(f"{run.requests_sent} of {run.requests_planned} requests")
        await settled(
            pilot, lambda: seen(app, "100 % sent, lists to come, who is on them is looked up")
        )
    assert bench.wait(run_id).accepted == 3000


@pytest.mark.slow
def test_requests_under_way_are_none_beyond_those_planned(bench):
    bench.sandbox.set_modes(latency=0.4)
    bench.ready(3000, rate=10.0)
    run_id = bench.start()
    bench.until(lambda: bench.load(run_id).requests_sent)
    looked = 0
    while (run := bench.load(run_id)).state is State.SENDING:
        look = progress.look(bench.desk, run_id)
        assert "more than planned" not in request_words.how_many(run, look)
        assert look.halfway == 0
        looked += 1
    assert looked > 10
    assert bench.wait(run_id).accepted == 3000


def test_requests_beyond_those_planned_are_said_to_be_more(bench):
    bench.ready(250)
    run = bench.run()
    planned = msgspec.structs.replace(run, requests_sent=5, requests_planned=3)
    assert "5 requests with contacts, 2 more than planned" in run_content(planned).plain
    under_way = msgspec.structs.replace(planned, state=State.SENDING, accepted=120, ended_at=None)
    assert "5 of 7 requests with contacts, 4 more than planned" in run_content(under_way).plain


def test_before_a_run_has_planned_nobody_says_how_many_it_sends(bench):
    bench.ready(3)
    run = bench.run()
    assert "= 3 contacts to send" in run_content(run).plain
    planning = msgspec.structs.replace(
        run, state=State.PLANNING, plan=None, to_send=0, accepted=0, ended_at=None
    )
    assert "contacts to send" not in run_content(planning).plain


def sent_by(bench, run) -> list[delivery.Request]:
    return bench.requests(run.id)


def how_many(bench, run) -> str:
    return request_words.how_many(run, progress.look(bench.desk, run.id))


def test_why_more_requests_were_sent_than_planned_is_told_from_the_journal(bench, segport):
    bench.sandbox.set_faults(
        {"match": "POST /v1/contacts", "nth": 1, "action": "status", "status": 429},
        {"match": "POST /v1/contacts", "nth": 2, "action": "close", "work": "all"},
        {"action": "poison", "pattern": "^p7@"},
    )
    bench.ready(120)
    run = bench.run()
    halved = sum(
        each.state is Fate.REFUSED and each.status == 400 and each.contacts > 1
        for each in sent_by(bench, run)
    )
    assert halved > 1
    told = how_many(bench, run)
    assert told.startswith(f"{run.requests_sent} requests with contacts; ")
    assert f"planned: {halved} refused as a whole and halved, 1 not answered, 1 too fast" in told
    # The command line says the same.
    assert told in segport("run", "show", str(run.id))


def test_lists_joined_one_by_one_are_told_as_such(bench):
    bench.sandbox.set_modes(bulk_list_key="create-only")
    bench.ready(30)
    bench.run()
    bench.export(("vip", "Another list"), name="Second")
    run = bench.run("second")
    assert run.requests_sent > run.requests_planned
    joins = [each for each in sent_by(bench, run) if each.kind == "join"]
    assert how_many(bench, run).endswith(f"planned: {len(joins)} to put one contact on a list")


def test_while_batches_go_again_in_parts_the_time_left_is_a_least_time(bench):
    """What is left of a halved batch takes many requests, nobody knows how many."""
    bench.ready(250, rate=5.0)
    run = bench.run()
    halving = msgspec.structs.replace(
        run, state=State.SENDING, ended_at=None, requests_sent=9, accepted=100, to_send=2100
    )
    seen = progress.Look([], 10.0, 3.0, 0, in_parts=True, sent=9, unsent=2000)
    # 2,000 pending are 20 requests at 10 a second; at 3 contacts a second it would be 11 minutes.
    assert left_words(halving, seen) == "at least 2 s left"
    assert left_words(halving, msgspec.structs.replace(seen, in_parts=False)) == "11 min 07 s left"
    assert left_words(halving) == "at least 4 s left"
    soon = msgspec.structs.replace(seen, unsent=100)
    assert left_words(halving, soon) == "at least 1 s left"


def test_a_refused_batch_among_the_newest_requests_is_seen_to_go_in_parts(bench):
    bench.ready(120)
    bench.sandbox.set_faults({"action": "poison", "pattern": "^p7@"})
    run = bench.run()
    with bench.desk.journal() as journal:
        assert journal_requests.pace(journal, run.id, 1).in_parts >= 1
    bench.sandbox.set_faults()
    bench.csv("vip", [{"email": f"q{n}@example.com", "name": "N"} for n in range(120)])
    again = bench.run()
    with bench.desk.journal() as journal:
        assert journal_requests.pace(journal, again.id, 1).in_parts == 0


def test_a_plan_names_its_requests_in_one_word_and_those_for_lists_apart():
    plan = PlanReport(requests=20, lists=[ListPlan(0, "VIP", "VIP", None, "to create", joins=5)])
    assert plan.takes == "20 requests with contacts and at most 3 more for lists"
    plan.checked = True
    assert plan.takes == "20 requests with contacts and 1 to make a list"
    plan.requests, plan.tries = 22, 2
    assert plan.takes == (
        "22 requests with contacts, 2 of them to try out how lists are joined, and 1 to make a list"
    )
    plan.lists = []
    assert plan.takes == ("22 requests with contacts, 2 of them to try out how lists are joined")


def test_a_plan_that_sends_nothing_says_just_that():
    from tui.widgets.plan import plan_content

    told = plan_content("Weekly", PlanReport(unchanged=20, checked=True, rate=4.0)).plain
    assert "\nNothing to send.\n" in told
    assert "0 contacts" not in told
