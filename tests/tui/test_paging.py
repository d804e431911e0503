"""A page of options before there is any."""

from __future__ import annotations

import pytest
from textual.app import App
from textual.widgets import OptionList

from tests.tui.painted import painted
from tui.app import SegportApp
from tui.paging import _MOVE_PAGE, keep_paging


@pytest.mark.parametrize("key", ["pageup", "pagedown"])
async def test_a_page_at_once_after_the_palette_opens_does_no_harm(workspace, burst, settled, key):
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot, lambda: "No exports yet" in painted(app))
        for _ in range(5):
            burst(app, "ctrl+p", "r", key, key)
            await settled(pilot, lambda: len(app.screen_stack) == 2)
            burst(app, key, "escape")
            await settled(pilot, lambda: len(app.screen_stack) == 1)


class Unseen(App[None]):
    def compose(self):
        options = OptionList("one", "two")
        options.display = False
        yield options


async def page_unseen() -> None:
    async with Unseen().run_test() as pilot:
        options = pilot.app.query_one(OptionList)
        options.highlighted = 0
        options.action_page_down()
        assert options.highlighted == 0


async def test_options_without_a_height_stay_where_they_are():
    keep_paging()
    await page_unseen()


@pytest.mark.xfail(
    reason="Textual looks for a line that is not there", raises=KeyError, strict=True
)
async def test_textual_still_needs_it(monkeypatch):
    monkeypatch.setattr(OptionList, "_move_page", _MOVE_PAGE)
    await page_unseen()
