"""The mouse works, and is never needed."""

from __future__ import annotations

import pytest

from tests.tui.painted import painted
from tui.app import SegportApp
from tui.widgets.table import Table


def place(app, words: str) -> tuple[int, int]:
    """Where words stand on the screen: column and line."""
    for y, line in enumerate(painted(app).splitlines()):
        if words in line:
            return line.index(words) + 1, y
    raise AssertionError(f"{words} is not on screen:\n{painted(app)}")


@pytest.mark.slow
async def test_rows_headings_and_keys_take_clicks(bench, settled):
    bench.ready(3)
    bench.export("vip", name="Another")
    app = SegportApp(bench.workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot, lambda: "Weekly" in painted(app) and "p Plan" in painted(app))
        assert app.screen.query_one(Table).chosen == "another"
        await pilot.click(offset=place(app, "Weekly"))
        await settled(pilot, lambda: app.screen.query_one(Table).chosen == "weekly")
        assert len(app.screen_stack) == 1
        await pilot.click(offset=place(app, "Export "))
        await settled(pilot, lambda: "Export ▲" in painted(app))
        await pilot.click(offset=(2, place(app, "Profiles")[1]))
        await settled(pilot, lambda: "Export ▼" in painted(app))
        assert place(app, "Weekly")[1] < place(app, "Another")[1]
        await pilot.click(offset=place(app, "p Plan"))
        await settled(
            pilot, lambda: "Plan of Weekly" in painted(app) and "esc Back" in painted(app)
        )
        await pilot.click(offset=place(app, "esc Back"))
        await settled(pilot, lambda: "p Plan" in painted(app))
        # A click on the row under the cursor opens it.
        await pilot.click(offset=place(app, "Weekly  "))
        await settled(pilot, lambda: type(app.screen).__name__ == "ExportForm")
        await pilot.click(offset=place(app, "4 Runs"))
        await settled(pilot, lambda: "[4 Runs]" in painted(app))
        await pilot.click(offset=place(app, "1 Exports"))
        await settled(pilot, lambda: type(app.screen).__name__ == "ExportForm")
        await pilot.click(offset=place(app, "[1 Exports]"))
        await settled(pilot, lambda: "p Plan" in painted(app))
        await pilot.click(offset=place(app, "? Help"))
        await settled(pilot, lambda: "On this screen" in painted(app))


async def test_a_covered_screen_takes_no_click(bench, settled):
    bench.ready(3)
    app = SegportApp(bench.workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot, lambda: "p Plan" in painted(app))
        where = place(app, "p Plan")
        await pilot.resize_terminal(80, 14)
        await settled(pilot, lambda: "Terminal too small" in painted(app))
        await pilot.click(offset=(where[0], 13))
        await pilot.press("p", "x", "q")
        await pilot.resize_terminal(80, 24)
        await settled(pilot, lambda: "p Plan" in painted(app))
        assert len(app.screen_stack) == 1
        await pilot.resize_terminal(50, 24)
        await settled(pilot, lambda: "ctrl+q" in painted(app))
        await pilot.press("ctrl+q")
        await pilot.pause()
        assert not app.is_running


async def test_news_lead_to_what_they_are_about(bench, settled):
    bench.ready(3)
    bench.guards("weekly", adds=1)
    assert bench.run().state == "needs approval"
    app = SegportApp(bench.workspace)
    async with app.run_test(size=(100, 24)) as pilot:
        await settled(pilot, lambda: "1 alert  B shows it" in painted(app))
        await pilot.click(offset=place(app, "B shows it"))
        await settled(pilot, lambda: type(app.screen).__name__ == "AlertsScreen")
        await pilot.press("escape")
        await settled(pilot, lambda: "1 alert  B shows it" in painted(app))
        await pilot.click(offset=place(app, "1 waits for approval"))
        await settled(pilot, lambda: "[4 Runs]" in painted(app))


async def test_two_clicks_beside_the_palette_close_the_palette_alone(bench, settled):
    bench.ready(3)
    app = SegportApp(bench.workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot, lambda: "1 export" in painted(app))
        await pilot.press("enter")
        await settled(pilot, lambda: "Now: add" in painted(app))
        await pilot.press("ctrl+p")
        await settled(pilot, lambda: "Search for commands" in painted(app))
        palette = app.screen
        # What each of two clicks does, where the second is there before the first has closed it.
        for _ in range(2):
            palette.dismiss()
        await settled(pilot, lambda: "Search for commands" not in painted(app))
        assert type(app.screen).__name__ == "ExportForm"
