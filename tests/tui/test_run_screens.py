"""Runs by their keys: the history, one run and its parts, on real runs with faults."""

from __future__ import annotations

import asyncio
import os
import re
import signal
from contextlib import closing

import pytest

from store import exports
from tests.tui.painted import painted
from tui.app import SegportApp
from tui.screens.run import RunScreen
from tui.screens.runs import RunsScreen
from tui.widgets.tail import Tail
from workers.actions import export_life as doors
from workers.actions import exports as actions
from workers.actions import runs


@pytest.fixture
def look(bench):
    """Opens the app at one run; waits for words with `sees`."""

    class Look:
        def __init__(self) -> None:
            self.app = SegportApp(bench.workspace)

        async def press(self, pilot, *keys: str) -> None:
            for key in keys:
                await pilot.press(key)

        async def sees(self, pilot, *words: str) -> str:
            """The screen once it holds all these words."""
            for _ in range(400):
                text = painted(self.app)
                if all(re.search(word, text) for word in words):
                    return text
                await pilot.pause(0.03)
            raise AssertionError(f"not on screen: {words}\n{painted(self.app)}")

    return Look()


@pytest.fixture
def refused(bench):
    """A run of 230 people with three rejects in two classes and an unknown request."""
    bench.sandbox.set_faults(
        {"match": "POST /v1/contacts", "nth": 1, "action": "close", "work": "all"},
        {"action": "poison", "pattern": "^p(7|8)@", "message": "Invalid email address."},
        {"action": "poison", "pattern": "^p9@", "message": "p9@example.com has unsubscribed."},
    )
    bench.ready(230)
    return bench.run()


@pytest.mark.slow
async def test_the_history_is_narrowed_by_keys_and_esc_clears(bench, refused, look):
    bench.sandbox.set_faults()
    bench.export("vip", name="Other")
    bench.run("other")
    async with look.app.run_test(size=(80, 24), notifications=True) as pilot:
        await pilot.pause()
        await look.press(pilot, "escape", "4")
        # The chart tells both by shape and number.
        await look.sees(
            pilot, "2 runs", r"accepted 457 \+ rejected 3", "accepted 457 .*█", "rejected 3 .*█"
        )
        await look.press(pilot, "e")
        await look.sees(pilot, "Runs of which export", "Other", "Weekly")
        await look.press(pilot, "j", "enter")
        await look.sees(pilot, "1 run; export Other; esc clears", "accepted 230 ")
        await look.press(pilot, "s")
        await look.sees(pilot, "in which state")
        await look.press(pilot, *"jjjjjjj", "enter")
        await look.sees(pilot, "export Other, state failed; esc clears", "No run is like that")
        await look.press(pilot, "escape")
        await look.sees(pilot, "2 runs")
        await look.press(pilot, "d")
        await look.sees(pilot, "since when")
        await look.press(pilot, *"soon", "enter")
        # What was typed wrong is there to be mended.
        await look.sees(pilot, "is not a time", "since when", "soon")
        await look.press(pilot, *["backspace"] * 4, *"1h", "enter")
        await look.sees(pilot, "2 runs; since 1h; esc clears")
        await look.press(pilot, "b", "enter")
        await look.press(pilot, "c")
        await pilot.pause()
        assert "a column a day" not in painted(look.app)


@pytest.mark.slow
async def test_the_history_is_paged_by_key(bench, monkeypatch, look):
    from tui.screens import runs as screen

    monkeypatch.setattr(screen, "PAGE", 2)
    bench.ready(3)
    for _ in range(5):
        bench.run()
    async with look.app.run_test(size=(80, 24)) as pilot:
        await look.press(pilot, "escape", "4")
        await look.sees(pilot, "1 to 2 of 5 runs", r"\b5  Weekly")
        await look.press(pilot, "m")
        await look.sees(pilot, "3 to 4 of 5 runs", r"\b3  Weekly")
        await look.press(pilot, "m")
        text = await look.sees(pilot, "5 to 5 of 5 runs", r"\b1  Weekly")
        assert "Older" not in text
        await look.press(pilot, "n", "n")
        await look.sees(pilot, "1 to 2 of 5 runs")


async def test_the_parts_of_a_run_are_reached_by_keys(bench, refused, look):
    async with look.app.run_test(size=(80, 24)) as pilot:
        look.app.push_screen(RunScreen(refused.id))
        await look.sees(
            pilot, "completed with rejects", r"\? 1 request unknown: no usable answer came",
            r"97 contacts possibly repeated: sent again", "Retry rejects", "end of the log",
        )  # fmt: skip
        await look.press(pilot, "r")
        await look.sees(pilot, r"\? unknown", "× refused", "answered")
        await look.press(pilot, "i")
        text = await look.sees(pilot, "only those refused, unknown or not sent")
        assert "answered" not in text
        await look.press(pilot, "G", "enter")
        text = await look.sees(
            pilot, "Request 1 of run 1, attempt 1", "Unknown: it left, and no usable answer came",
            "possibly repeated", "nobody is there twice", "autopilotapikey: KEY", r"p\*\*\*@e",
        )  # fmt: skip
        assert "@example" not in text
        await look.press(pilot, "c")
        await pilot.pause()
        assert "$AUTOPILOT_KEY" in look.app.clipboard
        assert bench.sandbox.key not in look.app.clipboard
        await look.press(pilot, "v")
        await look.sees(pilot, "p0@example.com")
        await look.press(pilot, "escape", "escape")
        await look.press(pilot, "e")
        text = await look.sees(
            pilot, "3 contacts rejected, 2 reasons", "address not accepted", "suppressed there",
            "Mend the address at its source",
        )  # fmt: skip
        await look.press(pilot, "j")
        await look.sees(pilot, "data/suppressed.csv")
        await look.press(pilot, "enter")
        text = await look.sees(pilot, "1 rejected contact, suppressed there", r"p\*\*\*@e")
        assert "@example" not in text
        await look.press(pilot, "w")
        await look.sees(pilot, "Type an address")
        assert look.app.screen.query_one("#line").value == ""
        await look.press(pilot, "escape", "v")
        await look.sees(pilot, "p9@example.com")
        await look.press(pilot, "w", "enter")
        await look.sees(pilot, "Why[?]", "p9@example.com", "rejected")
        await look.press(pilot, "escape", "escape", "escape", "p")
        await look.sees(pilot, "230")
        await look.press(pilot, "escape", "y")
        await pilot.pause()
        assert "Invalid email address." in look.app.clipboard
        assert "@example" not in look.app.clipboard


@pytest.mark.slow
async def test_rows_that_the_plan_took_out_are_listed_by_key(bench, look):
    emails = [f"p{n}@example.com" for n in range(20)]
    emails[4], emails[7] = "nobody at all", None
    bench.csv("vip", [{"email": email, "name": "N"} for email in emails])
    bench.connect()
    bench.export("vip")
    run = bench.run()
    async with look.app.run_test(size=(80, 24)) as pilot:
        look.app.push_screen(RunScreen(run.id))
        await look.sees(pilot, "Left out by the plan: 2 rows excluded", "E Excluded")
        await look.press(pilot, "E")
        text = await look.sees(
            pilot, "run 1: 2 excluded rows; personal values masked", r"vip +5 +n\*\*\* +not an addr",
            r"vip +8 +- +no address", "> Run 1 > Excluded",
        )  # fmt: skip
        assert "nobody" not in text
        await look.press(pilot, "v")
        await look.sees(pilot, "nobody at all")
        await look.press(pilot, "slash", *"all", "enter")
        await look.sees(pilot, 'run 1: 1 of 2 excluded rows, filter "all"')
        await look.press(pilot, "escape", "escape", "p")
        await look.sees(pilot, "rows read")
        await look.press(pilot, "E")
        await look.sees(pilot, "2 excluded rows; personal values masked")
    deeds = bench.desk.journal().rows("select subject from audit where action like '%revealed'")
    assert [deed["subject"] for deed in deeds] == ["run 1, excluded rows"]


async def test_what_resuming_does_is_said_as_it_is(bench, look):
    bench.ready(3)
    (bench.workspace.segments_folder / "vip.csv").unlink()
    run = bench.run()
    async with look.app.run_test(size=(80, 24)) as pilot:
        look.app.push_screen(RunScreen(run.id))
        await look.sees(pilot, "failed", "u Resume")
        await look.press(pilot, "u")
        await look.sees(pilot, "It had no plan yet")


@pytest.mark.slow
async def test_rejects_are_retried_by_key_and_enter_confirms_nothing(bench, refused, look):
    bench.sandbox.set_faults()
    async with look.app.run_test(size=(80, 24)) as pilot:
        look.app.push_screen(RunScreen(refused.id))
        await look.sees(pilot, "Retry rejects")
        await look.press(pilot, "t")
        await look.sees(pilot, "got 3 contacts rejected", "everybody else is left to the")
        await look.press(pilot, "enter")
        await look.sees(pilot, "Run 1: completed with rejects")
        assert len(runs.history(bench.desk)) == 1
        await look.press(pilot, "t")
        await look.sees(pilot, "everybody else is left to the")
        await look.press(pilot, "y")
        await look.sees(pilot, "Run 2: successful", "retry of run 1", "Accepted 3 ")


async def test_a_run_that_is_killed_is_told_and_resumed_by_key(bench, look):
    bench.sandbox.set_modes(latency=0.2)
    bench.ready(8000, rate=3.0)
    run_id = bench.start()
    async with look.app.run_test(size=(80, 24)) as pilot:
        look.app.push_screen(RunScreen(run_id))
        await look.sees(pilot, "Run 1: sending", " % of the contacts, .* left", "log follows")
        await look.sees(pilot, r" of 80 requests with contacts, .*/s; ")
        os.kill(bench.process(run_id), signal.SIGKILL)
        await look.sees(pilot, "Run 1: interrupted", "its process is gone", "Resume")
        bench.sandbox.set_modes(latency=0.0)
        await look.press(pilot, "u")
        await look.sees(pilot, "Resume run 1")
        await look.press(pilot, "y")
        # The log goes on to its end although what stands above it has grown.
        await look.sees(pilot, "attempt 2", "Attempt 2 begins")
        await look.press(pilot, "x")
        await look.sees(pilot, "Stop run 1 after the requests")
        await look.press(pilot, "y")
        await look.sees(pilot, "Run 1: canceled")
    bench.wait(run_id)


async def test_a_run_that_a_later_one_took_up_from_is_not_offered_to_be_resumed(
    bench, look, segport
):
    bench.sandbox.set_faults({"match": "POST /v1/contacts", "action": "status", "status": 401})
    bench.ready(3)
    assert bench.run().state == "failed"
    assert "Go on with the rest: segport run resume 1" in segport("run", "show", "1")
    async with look.app.run_test(size=(80, 24)) as pilot:
        look.app.push_screen(RunScreen(1))
        await look.sees(pilot, "Run 1: failed", "Resume")
        bench.sandbox.set_faults()
        assert bench.run().state == "successful"
        look.app.pop_screen()
        look.app.push_screen(RunScreen(1))
        await look.sees(pilot, "Run 1: failed", "end of the log", "Requests")
        for _ in range(200):
            if "Resume" not in painted(look.app):
                break
            await pilot.pause(0.03)
        assert "Resume" not in painted(look.app)
    told = segport("run", "show", "1")
    assert "Go on with the rest" not in told
    assert "It is over: run 2 of this export has begun to send since." in told


def deleted_while_it_is_filled(bench):
    bench.ready(2000, rate=4)
    run_id = bench.start()
    bench.until(lambda: bench.sent("/v1/contacts"))
    [list_id] = bench.sandbox.lists()
    bench.sandbox.delete_list(list_id)
    return bench.wait(run_id)


def deleted_before_it_is_looked_at(bench):
    bench.sandbox.set_modes(bulk_list_key="create-only")
    bench.ready(20)
    bench.run()
    bench.export(("vip", "gold"), name="Other")
    bench.sandbox.set_faults(
        {"match": "GET /v1/list/*/contacts", "action": "status", "status": 404,
         "message": "List does not exist."}
    )  # fmt: skip
    return bench.run("other")


@pytest.mark.parametrize("story", [deleted_while_it_is_filled, deleted_before_it_is_looked_at])
async def test_a_run_whose_list_vanished_is_not_offered_to_be_resumed(bench, look, segport, story):
    run = story(bench)
    assert run.state == "failed"
    assert "new run plans with those there are" in run.cause
    told = segport("run", "show", str(run.id))
    assert "It is over: a list that it fills is gone." in told
    assert "run resume" not in told
    refused = segport("run", "resume", str(run.id), code=2)
    assert f"Run {run.id} is over: a list that it fills is gone. A new run plans" in refused
    async with look.app.run_test(size=(80, 24)) as pilot:
        look.app.push_screen(RunScreen(run.id))
        await look.sees(pilot, f"Run {run.id}: failed", "Requests")
        assert "Resume" not in painted(look.app)


@pytest.mark.parametrize("waits", [True, False])
async def test_a_run_whose_export_is_removed_does_not_go_on(bench, look, segport, waits):
    slug = bench.ready(900, rate=4)
    kept = exports.path_of(bench.workspace, slug)
    if waits:
        bench.guards(slug, adds=0)
        run, verb, key = bench.run(), "approve", "Approve"
    else:
        run_id = bench.start()
        bench.until(lambda: bench.load(run_id).accepted)
        runs.cancel(bench.desk, run_id)
        run, verb, key = bench.wait(run_id), "resume", "Resume"
    assert f"segport run {verb} 1" in segport("run", "show", "1")
    text = kept.read_text()
    doors.detach(bench.desk, slug)
    gone = "its export does not go over that connection any more"
    assert f"Run 1 is over: {gone}." in segport("run", verb, "1", code=2)
    actions.remove(bench.desk, slug)
    sent = len(bench.sent())
    told = segport("run", "show", "1")
    assert "It is over: its export has been removed." in told
    assert f"run {verb}" not in told
    refused = segport("run", verb, "1", code=2)
    assert (
        "Run 1 is over: its export has been removed. To go on with it, put exports/weekly.toml"
        in refused
    )
    async with look.app.run_test(size=(80, 24)) as pilot:
        look.app.push_screen(RunScreen(1))
        await look.sees(pilot, f"Run 1: {run.state}", "It is over: its export has been removed.")
        for _ in range(200):
            if key not in painted(look.app):
                break
            await pilot.pause(0.03)
        assert key not in painted(look.app)
    assert len(bench.sent()) == sent
    # A file that was put back is the export again, also under another name.
    kept.with_stem("renamed").write_text(text)
    assert (bench.approve if waits else bench.resume)(1).state == "successful"


async def test_leaving_names_no_run_whose_process_is_gone(bench, look):
    bench.sandbox.set_modes(latency=0.2)
    bench.ready(8000, rate=3.0)
    run_id = bench.start()
    async with look.app.run_test(size=(80, 24)):
        assert [run.id for run in look.app._going_on()] == [run_id]
        os.kill(bench.until(lambda: bench.process(run_id)), signal.SIGKILL)
        bench.until(lambda: not bench.is_alive(run_id))
        assert look.app._going_on() == []


def test_a_run_that_gives_no_sign_of_life_and_one_that_was_asked_to_stop_say_so(bench):
    import msgspec

    from store.journal.runs import State
    from tui.widgets.progress import run_content

    bench.ready(3)
    run = msgspec.structs.replace(bench.run(), state=State.SENDING, ended_at=None)
    silent = msgspec.structs.replace(run, heartbeat="2026-01-01T00:00:00.000+00:00")
    assert "no sign of life for" in run_content(silent).plain
    asked = msgspec.structs.replace(run, cancel_by="ann", cancel_at=run.asked_at)
    assert "asked to stop by ann" in run_content(asked).plain
    ended = msgspec.structs.replace(silent, state=State.SUCCESSFUL, cancel_at=run.asked_at)
    assert "no sign" not in run_content(ended).plain
    assert "asked to stop" not in run_content(ended).plain


@pytest.mark.slow
async def test_the_log_is_held_searched_and_narrowed(bench, refused, look):
    with bench.desk.journal():
        log = bench.desk.log()
    for n in range(300):
        log.write(refused.id, f"Line {n} of many, 100% sure")
    async with look.app.run_test(size=(80, 24)) as pilot:
        look.app.push_screen(RunScreen(refused.id))
        await look.sees(pilot, "Line 299", "end of the log")
        await look.press(pilot, "k")
        await look.sees(pilot, "log paused, 0 new lines; f goes on")
        log.write(refused.id, "Something new.")
        await look.sees(pilot, "log paused, 1 new line")
        assert "Something new" not in painted(look.app)
        await look.press(pilot, "G")
        await look.sees(pilot, "Something new", "end of the log")
        await look.press(pilot, "slash", *"line 12", "enter")
        text = await look.sees(pilot, 'lines with "line 12"', "Line 129 ")
        assert "Line 130" not in text
        log.write(refused.id, "LINE 12 again")
        log.write(refused.id, "another")
        await look.sees(pilot, "LINE 12 again")
        assert "another" not in painted(look.app)
        await look.press(pilot, "escape")
        await look.sees(pilot, "another")
        await look.press(pilot, "i")
        text = await look.sees(pilot, "warnings and errors only", "WARN")
        assert "another" not in text
        await look.press(pilot, "slash", *"100% s", "enter")
        await look.sees(pilot, 'lines with "100% s"')
        assert look.app.screen.query_one(Tail).line_count <= 1
        await look.press(pilot, "escape", "i", "escape")
        await pilot.pause()
        assert not isinstance(look.app.screen, RunScreen)
    log.close()


def test_requests_are_told_by_part_where_there_are_several_also_of_a_sending_too_short_to_be_told():
    from tui.widgets.progress import _phases
    from workers.actions.progress import Phase

    at = "2026-11-24T22:53:56.000+00:00"
    phases = [Phase(2, "sending", at, at), Phase(2, "contacts", at, at, 1, 3)]
    assert _phases(phases, 2) == []
    phases.append(Phase(2, "list vip", at, at, 2, 3))
    assert _phases(phases, 2) == ["contacts: 1 request, list vip: 2 requests"]


@pytest.mark.slow
async def test_a_wide_terminal_shows_phases_and_reasons_beside_the_log(bench, refused, look):
    async with look.app.run_test(size=(200, 60)) as pilot:
        look.app.push_screen(RunScreen(refused.id))
        await look.sees(pilot, "Phases", "planning", "contacts .*requests", "suppressed there")
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        text = await look.sees(pilot, "end of the log")
        assert "Phases" not in text
        look.app.pop_screen()
        await look.press(pilot, "4")
        await look.sees(pilot, "1 run")
        assert isinstance(look.app.screen, RunsScreen)


async def test_a_page_can_be_left_at_any_moment_of_reading_its_log(bench, look):
    bench.ready(3)
    bench.run()
    with closing(bench.desk.log()) as log:
        for n in range(3000):
            log.write(1, f"Line {n}.")
    async with look.app.run_test(size=(80, 24)) as pilot:
        await look.sees(pilot, "Weekly")
        for turn in range(24):
            look.app.push_screen(RunScreen(1))
            # What closes a log that another thread reads may end the process.
            await asyncio.sleep(0.01 + turn * 0.003)
            await look.app.pop_screen()
        await look.sees(pilot, "Weekly")


async def test_a_log_that_was_covered_for_long_goes_on_at_its_end(bench, look):
    bench.ready(3)
    bench.run()
    async with look.app.run_test(size=(80, 24)) as pilot:
        look.app.push_screen(RunScreen(1))
        await look.sees(pilot, "end of the log")
        page = look.app.screen
        await look.press(pilot, "r")
        await look.sees(pilot, "> Requests")
        with closing(bench.desk.log()) as log:
            log._connection.executemany(
                "insert into line (run_id, at, level, text) values (1, '2026-11-24', 'info', ?)",
                ((f"Line {n}.",) for n in range(15_000)),
            )
        await look.press(pilot, "escape")
        await look.sees(pilot, "Line 14999")
        # The newest thousand, and not all of them in turn.
        assert page.query_one(Tail).line_count <= 1000
