"""Footer, help, palette and the keyboard reference say the same, because they read the same."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.screen import ModalScreen

from tests.tui.painted import painted
from tui.app import SegportApp
from tui.cli import keys
from tui.registry import offers, parts

PARTS = parts()
REFERENCE = Path(keys.__file__).parents[1] / "keys.md"


def test_the_keyboard_reference_is_what_the_app_does():
    assert REFERENCE.read_text(encoding="utf-8") == keys.page(), (
        "The keys have changed: segport keys --markdown > tui/keys.md"
    )


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
def test_every_binding_has_an_id_and_a_label(part):
    for binding in part.bindings:
        assert binding.id, binding
        assert binding.description, binding
        assert len(binding.description) <= 24, binding


def test_an_id_means_one_thing():
    ids = [binding.id for part in PARTS for binding in part.bindings]
    assert len(ids) == len(set(ids))


def test_a_page_says_what_it_is_for():
    from tui.screens.base import Page

    for part in PARTS:
        if issubclass(part.owner, Page) and not issubclass(part.owner, ModalScreen):
            assert part.about.endswith("."), part.name


def keys_of(owner, base) -> dict[str, str]:
    """Every key that a class and those under `base` that it comes from bind, and to what."""
    found: dict[str, str] = {}
    for each in owner.__mro__:
        if issubclass(each, base):
            for binding in next((part.bindings for part in PARTS if part.owner is each), []):
                for key in binding.key.split(","):
                    found.setdefault(key.strip(), binding.id)
    return found


def test_no_key_of_a_screen_hides_another():
    from textual.screen import Screen

    from tui.screens.base import Page
    from tui.screens.listing import Listing
    from tui.widgets.table import Table

    of_app, of_table = keys_of(SegportApp, SegportApp), keys_of(Table, Table)
    for part in PARTS:
        if not issubclass(part.owner, Page):
            continue
        of_screen = keys_of(part.owner, Screen)
        others = {**of_app, **(of_table if issubclass(part.owner, Listing) else {})}
        hidden = {key: (of_screen[key], others[key]) for key in of_screen.keys() & others}
        assert hidden == {}, part.name


@pytest.mark.parametrize("mode", ["1", "2", "3", "4"])
async def test_help_and_palette_show_every_action_of_the_screen(workspace, settled, mode):
    app = SegportApp(workspace)
    async with app.run_test(size=(110, 60)) as pilot:
        await pilot.press(mode)
        await settled(pilot, lambda: "reading..." not in painted(app))
        labels = {(offer.keys, offer.label) for offer in offers(app.screen)}
        assert ("ctrl+p", "Palette") in labels
        await pilot.press("question_mark")
        await settled(pilot, lambda: "esc closes this" in painted(app))
        lines = painted(app).splitlines()
        for key, label in labels:
            assert any(key in line and label in line for line in lines), (key, label)
        await pilot.press("escape", "ctrl+p")
        await settled(pilot, lambda: "Search for commands" in painted(app))
        await settled(pilot, lambda: "Help" in painted(app))
        lines = painted(app).splitlines()
        for key, label in labels - {("ctrl+p", "Palette"), (":", "Palette")}:
            assert any(key in line and label in line for line in lines), (key, label)


async def test_the_palette_does_what_was_chosen(workspace, settled):
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot, lambda: "No exports yet" in painted(app))
        await pilot.press("ctrl+p")
        await settled(pilot, lambda: "Segments" in painted(app))
        await pilot.press(*"segm")
        await settled(pilot, lambda: "Connections" not in painted(app).split("egm", 1)[1])
        await pilot.press("enter")
        await settled(pilot, lambda: app.current_mode == "segments")
