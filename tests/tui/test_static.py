"""Text that has more to say is given the room for it."""

from __future__ import annotations

import pytest
from textual import widgets
from textual.app import App

from tui.widgets.static import Static


class Shown(App[None]):
    CSS = "Static { height: auto; }"

    def __init__(self, kind: type[widgets.Static]) -> None:
        super().__init__()
        self.text = kind("one line")

    def compose(self):
        yield self.text


async def height_of_more(kind: type[widgets.Static]) -> int:
    """How many lines it takes, once it has two to show after a list was scrolled."""
    app = Shown(kind)
    async with app.run_test() as pilot:
        await pilot.pause()
        assert app.text.size.height == 1
        # What scrolling leaves behind; another widget has asked to be laid out anew meanwhile.
        app.screen._compositor._full_map_invalidated = True
        app.screen._clear_arrangement_cache()
        app.text.update("one line\nand another")
        await pilot.pause()
        return app.text.size.height


async def test_a_second_line_is_seen():
    assert await height_of_more(Static) == 2


@pytest.mark.xfail(reason="Textual measures it by what it was", raises=AssertionError, strict=True)
async def test_textual_still_needs_it():
    assert await height_of_more(widgets.Static) == 2
