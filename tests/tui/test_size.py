"""Any size: nothing typed is lost, and what is too small says so."""

from __future__ import annotations

import pytest
from textual.widgets import Input

from tests.tui.painted import strips
from tui.app import SegportApp
from tui.screens.confirm import Confirm

SMALL = "Terminal too small: 60 x 15"


def painted(app) -> str:
    return " ".join("\n".join(s.text for s in strips(app)).split())


@pytest.mark.sampled(3)
@pytest.mark.parametrize("small", [(59, 24), (80, 14), (20, 5)])
async def test_what_is_too_small_says_so_and_goes_on(workspace, settled, small):
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("n")
        await settled(pilot, lambda: type(app.screen).__name__ == "ExportForm")
        await pilot.press(*"Dai")
        form, focused = app.screen, app.focused
        await pilot.resize_terminal(*small)
        await settled(pilot, lambda: painted(app).startswith(SMALL[: small[0] // 2]))
        assert "A new export" not in painted(app)
        assert app.focused is focused
        # Nobody sees what a key would do there, so it does nothing.
        await pilot.press("l", "y", "escape")
        await pilot.resize_terminal(80, 24)
        await settled(pilot, lambda: type(app.screen).__name__ == "ExportForm")
        assert SMALL not in painted(app)
        assert app.screen is form
        assert form.query_one("#name").value == "Dai"


async def test_a_question_is_covered_too_and_comes_back(workspace, settled):
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot, lambda: "No exports yet" in painted(app))
        answers = []
        app.push_screen(Confirm("Really?", yes="Do it"), answers.append)
        await settled(pilot, lambda: "Really?" in painted(app))
        await pilot.resize_terminal(50, 10)
        await settled(pilot, lambda: SMALL in painted(app))
        await pilot.resize_terminal(200, 60)
        await settled(pilot, lambda: "Really?" in painted(app))
        await pilot.press("escape")
        await settled(pilot, lambda: answers == [False])


@pytest.mark.parametrize("mode", ["1", "2", "3", "4"])
async def test_every_list_goes_through_all_sizes_on_the_same_line(workspace, settled, mode):
    for name in "abc":
        (workspace.segments_folder / f"{name}.csv").write_text("email\na@example.com\n")
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(mode)
        await settled(pilot, lambda: "reading..." not in painted(app))
        await pilot.press("j")
        chosen = app.screen.table.chosen
        for size in ((200, 60), (60, 15), (61, 16), (120, 40), (80, 24)):
            await pilot.resize_terminal(*size)
            await settled(pilot, lambda: "Exports" in painted(app))
            assert app.screen.table.chosen == chosen
            assert max(len(s.text) for s in strips(app)) <= size[0]


@pytest.mark.sampled(3)
@pytest.mark.parametrize("width", [60, 66, 73, 80, 120])
async def test_the_footer_has_whole_keys_only_and_the_way_to_all_others(workspace, settled, width):
    app = SegportApp(workspace)
    async with app.run_test(size=(width, 24)) as pilot:
        await pilot.press("n")
        await settled(pilot, lambda: type(app.screen).__name__ == "ExportForm")
        assert isinstance(app.focused, Input)
        for pressed in ((), ("tab",), ("tab",), ("tab",)):
            await pilot.press(*pressed)
            await settled(pilot, lambda: "Help" in painted(app))
            footer = app.screen.query_one("Keys")
            keys = list(footer.query("FooterKey"))
            assert all(each.region.right <= width for each in keys)
            words = [each.render().plain for each in keys]
            assert footer.region.width == width
            assert "esc Back" in words
            # Where text is typed, "?" is a letter.
            assert "f1 Help" in words if isinstance(app.focused, Input) else "? Help" in words
    assert width < 80 or "l Limits" in words


async def test_a_footer_shows_more_keys_as_the_terminal_grows(workspace, settled):
    app = SegportApp(workspace)
    async with app.run_test(size=(60, 24)) as pilot:
        await pilot.press("n")
        await settled(pilot, lambda: type(app.screen).__name__ == "ExportForm")
        await pilot.press("tab", "tab")
        await settled(pilot, lambda: "? Help" in painted(app))
        assert "Limits" not in painted(app)
        await pilot.resize_terminal(90, 24)
        await settled(pilot, lambda: "Limits" in painted(app))
        await pilot.resize_terminal(60, 24)
        await settled(pilot, lambda: "Limits" not in painted(app) and "? Help" in painted(app))


@pytest.mark.slow
async def test_a_large_terminal_tells_what_a_small_one_has_no_room_for(bench, settled):
    bench.sandbox.set_faults({"match": "POST /v1/contacts", "action": "status", "status": 401})
    bench.ready(3)
    bench.people("unused", range(2))
    bench.run()
    bench.people("a second long name", range(2))
    bench.export("a second long name", "vip", name="Both")
    app = SegportApp(bench.workspace)

    def lines() -> list[str]:
        return [strip.text for strip in strips(app)]

    def line(*start: str) -> str:
        return next((each for each in lines() if each.split()[: len(start)] == [*start]), "")

    async with app.run_test(size=(200, 60)) as pilot:
        await settled(pilot, lambda: " a second long name, vip " in line("Both"))
        await pilot.press("3")
        await settled(pilot, lambda: line("vip").rstrip().endswith("Both, Weekly"))
        assert line("unused").split()[-1] == "-"
        await pilot.press("4")
        await settled(pilot, lambda: "The key was refused." in line("1", "Weekly"))
        assert "Acme" in line("1", "Weekly")
        # What a small one shows is what it is about.
        await pilot.resize_terminal(80, 24)
        await settled(
            pilot, lambda: "failed" in line("1", "Weekly") and "Acme" not in line("1", "Weekly")
        )
        await pilot.press("3")
        await settled(pilot, lambda: line("vip").rstrip().endswith("Both, Weekly"))


async def test_a_long_text_is_read_in_lines_that_can_be_followed(workspace, settled):
    app = SegportApp(workspace)
    async with app.run_test(size=(200, 60)) as pilot:
        await pilot.press("2")
        await settled(pilot, lambda: "No connections yet" in painted(app))
        await pilot.press("n")
        await settled(pilot, lambda: "By connecting Segport" in painted(app))
        assert app.screen.query_one("#statement").size.width <= 100
        assert app.screen.query_one("#name").size.width <= 120


async def test_the_line_under_the_cursor_stays_in_sight_however_low_the_list_gets(bench, settled):
    bench.ready(3)
    for n in range(30):
        bench.export("vip", name=f"Number {n:02}")
    app = SegportApp(bench.workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot, lambda: "31 exports" in painted(app))
        await pilot.press("G", "k", "k")
        await settled(pilot, lambda: app.screen.table.cursor_row == 28)
        chosen = "Number 28"
        for height in (24, 20, 16, 15, 24):
            await pilot.resize_terminal(80, height)
            await settled(
                pilot, lambda: painted(app).partition("───")[0].count(chosen) == 1, tries=100
            )
