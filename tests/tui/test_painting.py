"""What leaves for the terminal: only what somebody sees, and all of that."""

from __future__ import annotations

import asyncio
import random

import pytest
from textual import events

from store.journal.log import Line
from tests.tui.painted import painted
from tests.tui.shown import Shown
from tui.screens.run import RunScreen
from tui.widgets import tail

AT = "2026-11-24T22:53:56.000+00:00"


@pytest.fixture(autouse=True)
def unpainted():
    """Here it is about the painting."""


@pytest.fixture
async def app(bench):
    bench.ready(3)
    bench.run()
    return Shown(bench.workspace)


async def cover(pilot, settled):
    """Open the page of the run; the history that is behind it."""
    await pilot.press("4")
    await settled(pilot, lambda: "1 run" in painted(pilot.app))
    behind = pilot.app.screen
    await pilot.press("enter")
    await settled(pilot, lambda: "end of the log" in painted(pilot.app))
    return behind


async def test_a_list_that_changes_behind_a_page_paints_nothing(app, settled):
    async with app.run_test(size=(80, 24)) as pilot:
        behind = await cover(pilot, settled)
        await pilot.pause(0.5)
        app.frames.clear()
        behind.heading("Something has changed behind.")
        behind.refresh()
        await pilot.pause(0.3)
        assert app.frames == []
        await pilot.press("escape")
        await settled(pilot, lambda: "1 run" in "".join(app.frames))


async def test_a_list_that_changes_behind_a_question_is_seen(app, settled):
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot, lambda: "1 export" in painted(app))
        behind = app.screen
        await pilot.press("r")
        await settled(pilot, lambda: "Run the export Weekly now?" in painted(app))
        app.frames.clear()
        behind.heading("Something has changed behind.")
        await settled(pilot, lambda: "Something has changed behind." in "".join(app.frames))


async def test_a_list_that_was_covered_while_the_terminal_grew_is_as_wide_as_others(app, settled):
    async with app.run_test(size=(80, 24)) as pilot:
        behind = await cover(pilot, settled)
        await pilot.resize_terminal(140, 40)
        await pilot.pause()
        await pilot.press("escape")
        await settled(pilot, lambda: behind.has_class("-wide", "-tall"))
        assert not behind.has_class("-narrow")
        await settled(pilot, lambda: behind.table.size.width > 100)


async def test_a_log_goes_on_to_be_seen_when_it_holds_as_many_lines_as_it_may(
    app, settled, monkeypatch
):
    monkeypatch.setattr(tail, "MOST_LINES", 100)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot, lambda: "1 export" in painted(app))
        app.push_screen(RunScreen(1))
        await settled(pilot, lambda: "end of the log" in painted(app))
        log = app.screen.query_one(tail.Tail)
        for n in range(30):
            log.feed([Line(n * 5 + m, 1, AT, "info", f"Line {n * 5 + m}.") for m in range(5)])
            await settled(pilot, lambda last=n: f"Line {last * 5 + 4}." in "".join(app.frames))
        assert log.line_count == 100


KEYS = [
    *"123456BweplsngGfirjkxcdvb", "space", "space", "slash", "enter", "down", "up", "tab", "shift+tab",
    "question_mark", "ctrl+p", "pagedown", "escape", "escape", "escape",
]  # fmt: skip


FORM_KEYS = [
    *"cP", "space", "down", "up", "tab", "tab", "shift+tab", "pagedown", "pageup", "home", "end",
    "backspace", "ctrl+home", "ctrl+end",
]  # fmt: skip


async def press_and_compare(app, keys, chance, count) -> None:
    """Press keys at random, some at once, and wait after each burst until terminal and app agree."""
    pressed = []
    for _ in range(count):
        burst = [chance.choice(keys) for _ in range(chance.choice([1, 1, 2, 4]))]
        pressed.append((type(app.screen).__name__, burst))
        for key in burst:
            app.post_message(events.Key(key, key if len(key) == 1 else None))
        await asyncio.sleep(chance.choice([0, 0.02, 0.3]))
        for _ in range(250):
            if not app.differences():
                break
            await asyncio.sleep(0.02)
        assert app.differences() == [], pressed[-5:]


@pytest.mark.sampled(8)
@pytest.mark.parametrize("seed", range(8))
async def test_whatever_is_pressed_the_terminal_shows_what_the_app_means(app, seed):
    async with app.run_test(size=(80, 24)):
        await press_and_compare(app, KEYS, random.Random(seed), 40)


@pytest.mark.sampled(4)
@pytest.mark.parametrize("seed", [3, 0, 1, 2])
async def test_a_form_shows_what_it_means_however_it_is_scrolled(app, settled, seed):
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("2")
        await settled(pilot, lambda: "1 connection" in painted(app))
        await pilot.press("enter")
        await settled(pilot, lambda: "Base URL" in painted(app))
        await press_and_compare(app, FORM_KEYS, random.Random(seed), 40)
