"""Operators and audit in the app, by keys."""

from __future__ import annotations

import getpass
import re

import pytest

from store import settings
from tests.tui.painted import painted
from tui.app import SegportApp
from workers.actions.desk import sit_down

ME = getpass.getuser()
pytestmark = pytest.mark.usefixtures("no_keyring")


@pytest.fixture(name="no_keyring")
def no_keyring_fixture(monkeypatch):
    monkeypatch.setenv("SEGPORT_NO_KEYRING", "1")


def told(app) -> str:
    return " ".join(each.message for each in app._notifications)


def named(workspace):
    found = settings.load(workspace).operators
    return found.administrators, found.contributors, found.viewers


async def test_somebody_is_named_given_a_role_and_taken_out(workspace, settled):
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("5")
        await settled(pilot, lambda: "Press n to name somebody" in painted(app))
        await pilot.press("n", *"zoe", "enter")
        await settled(pilot, lambda: "What may zoe do?" in painted(app))
        await pilot.press("enter")
        await settled(pilot, lambda: named(workspace) == ([ME], ["zoe"], []))
        await settled(pilot, lambda: "2 operators" in painted(app))
        await pilot.press("j", "enter")
        await settled(pilot, lambda: "What may zoe do?" in painted(app))
        await pilot.press("down", "enter")
        await settled(pilot, lambda: named(workspace) == ([ME], [], ["zoe"]))
        # The last administrator stays one.
        await pilot.press("k", "x")
        await settled(pilot, lambda: f"Take {ME} out?" in painted(app))
        await pilot.press("y")
        await settled(pilot, lambda: "at least one administrator" in told(app))
        assert named(workspace) == ([ME], [], ["zoe"])


async def test_whoever_is_no_administrator_reads_whom_to_ask(workspace, settled):
    text = workspace.settings_path.read_text()
    text = text.replace("administrators = []", 'administrators = ["chief"]')
    workspace.settings_path.write_text(text.replace("viewers = []", f'viewers = ["{ME}"]'))
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("5")
        await settled(pilot, lambda: "2 operators" in painted(app))
        for key in ("x", "n", "p", "enter"):
            app.clear_notifications()
            await pilot.press(key)
            await settled(pilot, lambda: "workspace: chief." in told(app))
            assert "2 operators" in painted(app)
        # Nor is a form filled in that could not be saved.
        app.clear_notifications()
        await pilot.press("2", "n")
        await settled(pilot, lambda: "to make a connection takes an administrator" in told(app))
    assert named(workspace) == (["chief"], [], [ME])


async def test_a_refused_act_looks_like_one_where_the_column_is_narrow(workspace, settled):
    desk = sit_down(workspace, "command line")
    desk.refused("use a connection that is not shared", "weekly")
    app = SegportApp(workspace)
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.press("6")
        await settled(pilot, lambda: re.search(r"refused: use .*…", painted(app)))


async def test_the_audit_is_narrowed_down_opened_and_verified(workspace, settled):
    desk = sit_down(workspace, "command line")
    desk.record("run started", "run 7", "weekly")
    desk.record("operator added", "x\x1b]52;c;aGk=\x07", "[red]viewer[/red]")
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("6")
        await settled(pilot, lambda: "2 acts" in painted(app))
        await pilot.press("enter")
        await settled(pilot, lambda: "[red]viewer[/red]" in painted(app))
        assert "\x1b" not in painted(app)
        await pilot.press("escape", "f")
        await settled(pilot, lambda: "Show only" in painted(app))
        await pilot.press("down", "down", "enter")
        await settled(pilot, lambda: "acts with these words" in painted(app))
        await pilot.press(*"run", "enter")
        await settled(pilot, lambda: "1 act; action run" in painted(app))
        await pilot.press("v")
        await settled(pilot, lambda: "It holds: 2 rows" in painted(app))
        assert "It does not prove" in " ".join(painted(app).split())
        # A seal is longer than a line: it can be copied whole.
        await pilot.press("y")
        await settled(pilot, lambda: re.search(r"last: 2:[0-9a-f]{64}", app.clipboard))
