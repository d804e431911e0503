"""Where one is, what is offered there, and by which key: the same everywhere, and as it was remapped."""

from __future__ import annotations

import pytest
from textual.command import CommandList
from textual.widgets import DataTable

from store.journal import audit
from store.journal.runs import State
from tests.tui.painted import strips
from tui.app import SegportApp
from tui.preferences import Preferences
from tui.screens.run import RunScreen
from tui.widgets.title import news_content
from workers.actions.pulse import Pulse


def lines(app) -> list[str]:
    return [strip.text for strip in strips(app)]


def painted(app) -> str:
    return "\n".join(lines(app))


@pytest.mark.sampled(3)
@pytest.mark.parametrize(
    ("keys", "place"),
    [
        ("1", " [1 Exports] 2 "),
        ("2", " [2 Connections] "),
        ("4", " [4 Runs] "),
        ("5", " [Operators]"),
        ("6", " [Audit]"),
        ("B", " [Alerts]"),
        ("n", " [1 Exports] 2 Connections  3 Segments  4 Runs  > Export form"),
        ("S", " > Refresh form"),
        ("2 n", " > Connection form"),
        ("3 w n o b o d y enter", " [3 Segments] 4 Runs  > Why?"),
    ],
)
async def test_the_title_says_where_one_is(workspace, settled, keys, place):
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot, lambda: "No exports yet" in painted(app))
        await pilot.press(*keys.split())
        await settled(pilot, lambda: place in lines(app)[0])
        # The workspace is named in what room is left.
        assert "acme"[:2] in lines(app)[0]


@pytest.mark.slow
async def test_parts_of_a_run_and_of_a_segment_have_their_place(bench, settled):
    bench.ready(3)
    bench.run()
    app = SegportApp(bench.workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        for keys, place in [
            ("4 enter", "> Run 1 "), ("r", "> Run 1 > Requests"), ("enter", "> Run 1 > Request 1"),
            ("escape escape p", "> Run 1 > Plan"), ("3 enter", "> Segment"), ("m", "> Growth"),
        ]:  # fmt: skip
            await pilot.press(*keys.split())
            await settled(pilot, lambda place=place: place in lines(app)[0] + " ")


@pytest.mark.parametrize(
    ("pulse", "keys", "told"),
    [
        (Pulse(failed=1), {"runs": "4"}, "1 run failed  4 shows it"),
        (Pulse(failed=1, waiting=1), {"runs": "f4"}, "1 run failed  f4 shows them"),
        (Pulse(failed=2), {"runs": "4"}, "2 runs failed  4 shows them"),
        (Pulse(failed=2), {}, "2 runs failed"),
        (Pulse(alerts=1), {"alerts": "B"}, "1 alert  B shows it"),
        (Pulse(failed=1, alerts=3), {"runs": "4"}, "1 run failed  4 shows it"),
    ],
)
def test_news_name_the_key_that_shows_them_unless_they_are_shown(pulse, keys, told):
    assert news_content(pulse, keys).plain.endswith(told)


@pytest.mark.slow
async def test_keys_are_named_as_they_were_remapped_and_only_where_they_lead_somewhere(
    bench, settled
):
    bench.sandbox.set_faults({"match": "POST /v1/contacts", "action": "status", "status": 401})
    bench.ready(3)
    assert bench.run().state is State.FAILED
    keys = {"app.runs": "f4", "app.alerts": "f7,A", "exports.new": "f6"}
    app = SegportApp(bench.workspace, Preferences(keys=keys))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot, lambda: "[1 Exports]" in painted(app) and app.pulse is not None)
        assert "f4 Runs" in lines(app)[0]
        # Nobody has looked yet, so nothing is new; another failure is.
        bench.run()
        await settled(pilot, lambda: "1 run failed  f4 shows it" in lines(app)[1])
        await pilot.press("f4")
        await settled(pilot, lambda: "[f4 Runs]" in lines(app)[0])
        await settled(pilot, lambda: "f4 shows" not in painted(app))
        await pilot.press("f7")
        await settled(pilot, lambda: "[Alerts]" in lines(app)[0])
        assert "f7 shows" not in painted(app)


async def test_what_is_told_names_keys_as_they_were_remapped(workspace, settled):
    keys = {"app.problem": "f9", "alerts.edit": "f8", "problem.copy": "f7"}
    app = SegportApp(workspace, Preferences(keys=keys))
    async with app.run_test(size=(100, 24), notifications=True) as pilot:
        await settled(pilot, lambda: "No exports yet" in painted(app))
        await pilot.press("B")
        await settled(pilot, lambda: "Nothing is the matter" in painted(app))
        await pilot.press("t")
        await settled(pilot, lambda: "Press f8 to set one up. (f9 shows more)" in painted(app))
        await pilot.press("f9")
        await settled(pilot, lambda: "f7 copies all of this, esc closes it." in painted(app))


NONE = {
    "1": "n New ? Help q Quit",
    "2": "n New ? Help q Quit",
    "3": "? Help q Quit",
    "4": "? Help q Quit",
    "5": "n Name somebody esc Back ? Help",
    "B": "e Who is told t Test esc Back ? Help",
}


@pytest.mark.parametrize("key", NONE)
async def test_an_empty_list_offers_only_what_can_be_done(workspace, settled, key):
    app = SegportApp(workspace)
    async with app.run_test(size=(100, 24)) as pilot:
        await settled(pilot, lambda: "No exports yet" in painted(app))
        await pilot.press(key)
        await settled(pilot, lambda: lines(app)[-1].strip() == NONE[key])


async def test_a_filter_that_nothing_passes_offers_nothing_to_do(bench, settled):
    bench.ready(3)
    app = SegportApp(bench.workspace)
    async with app.run_test(size=(100, 24)) as pilot:
        await settled(pilot, lambda: "p Plan" in painted(app))
        await pilot.press("slash", *"zz", "enter")
        await settled(pilot, lambda: "p Plan" not in painted(app) and "n New" in painted(app))
        await pilot.press("escape")
        await settled(pilot, lambda: "p Plan" in painted(app))


async def test_the_palette_has_what_can_be_done_to_the_line_first(bench, settled):
    bench.ready(3)
    app = SegportApp(bench.workspace)
    async with app.run_test(size=(100, 60)) as pilot:
        await settled(pilot, lambda: "p Plan" in painted(app))
        await pilot.press("ctrl+p")
        await settled(pilot, lambda: "Search for commands" in painted(app))
        await settled(pilot, lambda: "Quit" in painted(app).partition("Search for")[2])
        text = painted(app).partition("Search for")[2]
        words = ["Open ", "Plan ", "Run ", "Forget sent", "New ", "Run all", "Exports ", "Audit ",
                 "Filter ", "Mark all", "Help "]  # fmt: skip
        places = [text.index(f"  {word}") for word in words]
        assert places == sorted(places), text


async def test_the_palette_finds_an_action_by_a_word_of_its_sentence_and_no_other_by_its_letters(
    workspace, settled
):
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot, lambda: "No exports yet" in painted(app))
        for typed, found in (("theme", ["Colours"]), ("cloxr", []), ("clrs", ["Colours"])):
            await pilot.press("ctrl+p", *typed)
            hits = app.screen.query_one(CommandList)
            await settled(pilot, lambda typed=typed: f"  {typed} " in painted(app))
            # Until the search has come to its end.
            await settled(
                pilot,
                lambda hits=hits, found=found: (
                    [str(each.prompt).split()[0] for each in hits.options if not each.disabled]
                    == found
                ),
            )
            await pilot.press("escape")


@pytest.mark.slow
async def test_values_are_masked_again_by_the_same_key_and_when_the_page_is_left(bench, settled):
    bench.ready(3)
    bench.run()
    app = SegportApp(bench.workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        clear = "p1@example.com"
        for way in ("3 enter", "4 enter r enter"):
            for key in way.split():
                await pilot.press(key)
                await settled(pilot, lambda: "reading" not in painted(app))
            await settled(pilot, lambda: "values masked, v shows them" in painted(app))
            await pilot.press("v")
            await settled(pilot, lambda: clear in painted(app))
            await pilot.press("v")
            await settled(pilot, lambda: clear not in painted(app))
            await pilot.press("v")
            await settled(pilot, lambda: clear in painted(app))
            # A question over the page does not leave it.
            await pilot.press("question_mark")
            await settled(pilot, lambda: "On this screen" in painted(app))
            await pilot.press("escape")
            await settled(pilot, lambda: "On this screen" not in painted(app))
            assert clear in painted(app)
            await pilot.press("2")
            await settled(pilot, lambda: "[2 Connections]" in painted(app))
            await pilot.press(way[0])
            await settled(pilot, lambda: "values masked, v shows them" in painted(app))
            assert "@example" not in painted(app)
    with bench.desk.journal() as journal:
        told = [deed.subject for deed in audit.deeds(journal) if "revealed" in deed.action]
    # Once for each time that they were asked for.
    assert told == ["run 1, request 1"] * 2 + ["segment vip, columns and the first 50 rows"] * 2


async def test_rows_and_what_is_said_of_them_go_together_also_where_keys_come_in_a_burst(
    bench, settled, burst
):
    bench.ready(120)
    app = SegportApp(bench.workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("3", "enter")
        await settled(pilot, lambda: "Rows 1 to 50 of 120; personal values masked" in painted(app))
        # The page is turned while values are still being read.
        burst(app, "v", "n")
        await settled(pilot, lambda: "Rows 51 to 100 of 120; personal values shown" in painted(app))
        await settled(pilot, lambda: "p55@example.com" in painted(app))
        # Masked at once, without a reading.
        app.screen.action_reveal()
        rows = [str(cell) for table in app.screen.query(DataTable) for row in table.ordered_rows
                for cell in table.get_row(row.key)]  # fmt: skip
        assert rows
        assert not any("@example.com" in cell for cell in rows)
        await settled(
            pilot, lambda: "Rows 51 to 100 of 120; personal values masked" in painted(app)
        )
        assert "p***@e***.com" in painted(app)


async def test_the_key_of_a_list_leads_back_to_it_from_whatever_stands_over_it(bench, settled):
    bench.ready(3)
    bench.run()
    app = SegportApp(bench.workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot, lambda: "Run 1: 3 accepted" in painted(app))
        await pilot.press("l")
        await settled(pilot, lambda: "> Run 1 " in lines(app)[0])
        await pilot.press("r")
        await settled(pilot, lambda: "> Requests" in lines(app)[0])
        await pilot.press("1")
        await settled(pilot, lambda: "[1 Exports]" in lines(app)[0] and "p Plan" in painted(app))
        assert len(app.screen_stack) == 1
        # Also by way of another list: a run says that it is under Runs.
        await pilot.press("l")
        await settled(pilot, lambda: "[4 Runs] > Run 1 " in lines(app)[0])
        await pilot.press("2")
        await settled(pilot, lambda: "[2 Connections]" in lines(app)[0])
        await pilot.press("1")
        await settled(pilot, lambda: "[1 Exports]" in lines(app)[0] and "p Plan" in painted(app))
        # A form that was changed asks first.
        await pilot.press("enter")
        await settled(pilot, lambda: "Now: add" in painted(app))
        await pilot.press("shift+tab", "shift+tab", *"x", "tab", "tab", "1")
        await settled(pilot, lambda: "Leave without saving" in painted(app))
        await pilot.press("escape")
        await settled(pilot, lambda: "Leave without saving" not in painted(app))
        assert type(app.screen).__name__ == "ExportForm"


async def test_a_large_terminal_shows_all_of_the_chart(bench, settled):
    bench.ready(3)
    bench.run()
    app = SegportApp(bench.workspace)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("4")
        words = ("accepted 3 ", "rejected 0", "a column a day")
        await settled(pilot, lambda: all(word in painted(app) for word in words))
        await pilot.resize_terminal(80, 24)
        await settled(pilot, lambda: all(word in painted(app) for word in words))


@pytest.mark.slow
async def test_a_text_is_read_by_the_keys_of_the_lists_and_the_palette_opens_by_a_colon(
    bench, settled
):
    bench.ready(3)
    app = SegportApp(bench.workspace)
    async with app.run_test(size=(80, 16)) as pilot:
        await settled(pilot, lambda: "p Plan" in painted(app))
        await pilot.press("p")
        await settled(pilot, lambda: "Plan of Weekly" in painted(app))
        await pilot.press("G")
        await settled(pilot, lambda: "to join" in painted(app))
        await pilot.press("g")
        await settled(pilot, lambda: "Plan of Weekly" in painted(app))
        await pilot.press("j")
        await settled(pilot, lambda: "Plan of Weekly" not in painted(app))
        await pilot.press("k")
        await settled(pilot, lambda: "Plan of Weekly" in painted(app))
        await pilot.press("colon")
        await settled(pilot, lambda: "Search for commands" in painted(app))
        await pilot.press(*"why", "enter")
        await settled(pilot, lambda: "Type an address" in painted(app))


@pytest.mark.slow
async def test_a_form_masks_values_again_when_it_is_left(bench, settled):
    bench.ready(3)
    app = SegportApp(bench.workspace)
    async with app.run_test(size=(100, 40)) as pilot:
        await settled(pilot, lambda: "p Plan" in painted(app))
        await pilot.press("enter")
        await settled(pilot, lambda: "Now: add 3" in painted(app))
        assert "p0@example.com" not in painted(app)
        await pilot.press("tab", "tab", "v")
        await settled(pilot, lambda: "p0@example.com" in painted(app))
        await pilot.press("2")
        await settled(pilot, lambda: "[2 Connections]" in painted(app))
        await pilot.press("1")
        await settled(pilot, lambda: "p***@e***.com" in painted(app))
        assert "p0@example.com" not in painted(app)


@pytest.mark.slow
async def test_the_key_that_shows_news_of_runs_leads_to_the_list_and_not_to_what_was_open_there(
    bench, settled
):
    bench.sandbox.set_faults({"match": "POST /v1/contacts", "action": "status", "status": 401})
    bench.ready(3)
    bench.run()
    app = SegportApp(bench.workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot, lambda: "[1 Exports]" in painted(app) and app.pulse is not None)
        await pilot.press("4")
        await settled(pilot, lambda: "1 run" in painted(app) and "failed" in painted(app))
        await pilot.press("enter")
        await settled(pilot, lambda: "> Run 1" in lines(app)[0])
        # Without news, what was open there is what one comes back to.
        await pilot.press("1", "4")
        await settled(pilot, lambda: "> Run 1" in lines(app)[0])
        await pilot.press("1")
        # What is told while its run stands open is no news.
        await settled(pilot, lambda: "[1 Exports]" in lines(app)[0])
        bench.run()
        await settled(pilot, lambda: "1 run failed  4 shows it" in lines(app)[1])
        await pilot.press("4")
        await settled(pilot, lambda: "[4 Runs]" in lines(app)[0] and "2 runs" in painted(app))
        assert "> Run" not in lines(app)[0]
        # A run that stands over another list is told to be under Runs: the key leads to that list.
        await pilot.press("1")
        app.push_screen(RunScreen(2))
        await settled(pilot, lambda: "[4 Runs] > Run 2" in painted(app))
        await pilot.press("4")
        await settled(pilot, lambda: "> Run" not in lines(app)[0] and "2 runs" in painted(app))
