"""The history is made while another list is in front, so that it opens at once."""

from __future__ import annotations

import time

import pytest

from tests.tui.painted import painted
from tui import lists
from tui.app import SegportApp


async def made_ahead(pilot, settled):
    """The history, once it holds its rows and nobody has looked at it."""
    stacks = pilot.app._screen_stacks
    await settled(pilot, lambda: "runs" in stacks and stacks["runs"][0].is_mounted)
    await settled(pilot, lambda: stacks["runs"][0].table.total)
    assert pilot.app.current_mode == "exports"
    return stacks["runs"][0]


async def test_what_is_shown_stays_while_the_history_is_made_behind_it(bench, settled):
    bench.ready(10)
    bench.run()
    app = SegportApp(bench.workspace)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settled(pilot, lambda: "Weekly" in painted(app))
        app.tell("Saved.", app.screen, wrong=True)  # for long enough
        await settled(pilot, lambda: "Saved." in painted(app))
        await made_ahead(pilot, settled)
        assert "Saved." in painted(app)
        assert app.focused is app.screen.table


@pytest.mark.slow
async def test_a_list_that_nobody_has_seen_takes_no_key_for_what_it_held(
    bench, burst, settled, monkeypatch
):
    bench.ready(10)
    bench.run()
    app = SegportApp(bench.workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot, lambda: "Weekly" in painted(app))
        history = await made_ahead(pilot, settled)
        bench.run()
        read = history.rows
        monkeypatch.setattr(history, "rows", lambda: (time.sleep(0.5), read())[1])
        burst(app, "4", "enter")
        await settled(pilot, lambda: "Run 2" in painted(app))
        await pilot.press("escape")
        await settled(pilot, lambda: app.screen is history)
        assert (history.table.chosen, history.table.cursor_row) == ("2", 0)


async def test_an_app_that_ends_makes_nothing_ahead(bench, settled):
    app = SegportApp(bench.workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot, lambda: "No exports yet" in painted(app))
    lists._make_ahead(app, app.keys_so_far)
    assert "runs" not in app._screen_stacks


async def test_a_history_that_cannot_be_read_ahead_is_no_problem_yet(bench, settled, monkeypatch):
    from store.errors import StorageError
    from tui.screens.runs import RunsScreen

    def unreadable(screen):
        raise StorageError("The journal is gone.", "Put it back.")

    monkeypatch.setattr(RunsScreen, "rows", unreadable)
    app = SegportApp(bench.workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        stacks = app._screen_stacks
        await settled(pilot, lambda: "runs" in stacks and stacks["runs"][0].is_mounted)
        await settled(pilot, lambda: "gone" in str(stacks["runs"][0].query_one(".heading").content))
        assert app._problem is None
        await pilot.press("4")
        await settled(pilot, lambda: "The journal is gone. Put it back." in painted(app))
        await settled(pilot, lambda: app._problem is not None)
