"""The list of exports by its keys: what one export can do, and what is done to several at once."""

from __future__ import annotations

import json
import re

import msgspec
import pytest

from store.connections import Connection
from store.exports import Export, SegmentChoice, new_id
from store.keys.secrets import Key
from store.people.operators import Operator
from tests.tui.painted import painted
from tui.app import SegportApp
from workers.actions import connections, exports, runs
from workers.actions.desk import Desk, sit_down
from workers.sandbox import background
from workers.sandbox.modes import Modes


@pytest.fixture
def simulator(tmp_path, monkeypatch):
    monkeypatch.setenv("SEGPORT_NO_KEYRING", "1")
    sandbox = background.start(tmp_path / "sandbox", modes=Modes(rate=0), until_idle=60)
    yield sandbox
    background.stop(tmp_path / "sandbox")


@pytest.fixture
def desk(workspace, simulator):
    desk = sit_down(workspace, "app")
    for name, people in (("vip", range(20)), ("gold", range(10))):
        rows = "".join(f"p{n}@example.com,N{n}\n" for n in people)
        (workspace.segments_folder / f"{name}.csv").write_text(f"email,name\n{rows}")
    draft = Connection(name="Main", base_url=simulator.base_url, rate=200)
    connections.add(desk, draft, Key(simulator.key), agreed=True)
    for name, segment in (("Daily", "vip"), ("Golden", "gold")):
        exports.add(
            desk,
            Export(id=new_id(), name=name, connection="main", segments=[SegmentChoice(segment)],
                   fields={"Email": "email"}),
        )  # fmt: skip
    return desk


async def press(pilot, *keys: str) -> None:
    for key in keys:
        await pilot.press(key)


def told(app) -> str:
    return " ".join(each.message for each in app._notifications)


def line_of(app, name: str) -> str:
    return next((line for line in painted(app).splitlines() if name in line), "")


@pytest.mark.slow
async def test_several_are_run_and_the_list_says_what_came_of_it(workspace, desk, settled):
    app = SegportApp(workspace)
    async with app.run_test(size=(180, 30)) as pilot:
        await settled(pilot, lambda: "Golden" in painted(app))
        await press(pilot, "asterisk", "r")
        await settled(pilot, lambda: "Run these 2 exports now?" in painted(app))
        assert "Daily, Golden" in painted(app)
        await press(pilot, "y")
        await settled(pilot, lambda: "20 accepted" in painted(app), 1000)
        await settled(pilot, lambda: "10 accepted" in painted(app), 1000)
        await settled(pilot, lambda: "successful" in line_of(app, "Golden"), 1000)
        assert "vip -> Main (autopilot)" in painted(app)
        await press(pilot, "l")
        await settled(pilot, lambda: "Accepted 20" in painted(app))
    assert len(runs.history(desk)) == 2


@pytest.mark.slow
async def test_all_that_run_by_themselves_are_named_before_they_run(workspace, desk, settled):
    from store.schedules import Schedule
    from workers.actions import schedules

    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settled(pilot, lambda: "Golden" in painted(app))
        await press(pilot, "A")
        await settled(pilot, lambda: "No export has an active schedule" in told(app))
        daily = Schedule(recurrence="daily", times=["06:00"], zone="UTC")
        schedules.set_schedule(desk, ["golden"], daily)
        await press(pilot, "1")
        await settled(pilot, lambda: "daily 06:00" in line_of(app, "Golden"))
        await press(pilot, "A")
        await settled(pilot, lambda: "Run the export Golden now?" in painted(app))
        await press(pilot, "n")
        schedules.set_schedule(desk, ["daily"], daily)
        await press(pilot, "1")
        await settled(pilot, lambda: "daily 06:00" in line_of(app, "Daily"))
        await press(pilot, "A")
        await settled(pilot, lambda: "Run these 2 exports now?" in painted(app))
        assert "Daily, Golden" in painted(app)
        await press(pilot, "y")
        await settled(pilot, lambda: len(runs.history(desk)) == 2, 1000)
        await settled(pilot, lambda: "Started 2 runs." in told(app), 1000)
        await settled(
            pilot, lambda: all("successful" in line_of(app, n) for n in ("Daily", "Golden")), 1000
        )


async def test_a_run_that_has_no_plan_yet_is_asked_for_and_has_not_run(
    workspace, desk, settled, simulator
):
    simulator.control("POST", "modes", {"latency": 1.5})
    run_id = runs.start(desk, "daily")
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot, lambda: "Run 1: no plan yet." in painted(app))
        assert "Asked for " in painted(app)
        assert "Ran " not in painted(app)
    runs.cancel(desk, run_id, force=True)


async def test_pause_detach_attach_and_duplicate(workspace, desk, settled):
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot, lambda: "Golden" in painted(app))
        await press(pilot, "asterisk", "z")
        await settled(pilot, lambda: "paused" in line_of(app, "Daily "))
        assert "paused" in line_of(app, "Golden ")
        await press(pilot, "z")
        await settled(pilot, lambda: "refresh off" in line_of(app, "Golden "))
        await press(pilot, "escape", "c")
        await settled(pilot, lambda: "(none: detach it)" in painted(app))
        await press(pilot, "up", "enter")
        await settled(pilot, lambda: "it does not run until one is attached" in painted(app))
        assert exports.show(desk, "daily").value.connection is None
        await press(pilot, "c")
        await settled(pilot, lambda: "(none: detach it)" in painted(app))
        await press(pilot, "enter")
        await settled(pilot, lambda: "vip -> Main" in painted(app))
        await press(pilot, "d")
        await settled(pilot, lambda: "Name of the copy of Daily" in painted(app))
        assert app.screen.query_one("#line").value == "Daily (copy)"
        await press(pilot, "enter")
        await settled(pilot, lambda: "Daily (copy" in painted(app) and "3 exports" in painted(app))
        await press(pilot, "k", "d")
        # What is proposed is free.
        await settled(pilot, lambda: "Name of the copy of Daily" in painted(app))
        assert app.screen.query_one("#line").value == "Daily (copy 2)"
        await press(pilot, "ctrl+u", *"Second", "enter")
        await settled(pilot, lambda: "paused" in line_of(app, "Second "))
        # What is done next is meant for the copy.
        await settled(pilot, lambda: app.screen.table.chosen == "second")
    assert exports.show(desk, "daily").value.connection == "main"
    assert exports.show(desk, "second").value.timing.by_hand


async def test_an_export_is_removed_only_by_its_name(workspace, desk, settled):
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot, lambda: "Golden" in painted(app))
        await press(pilot, "x")
        await settled(pilot, lambda: "Remove Daily?" in painted(app))
        await press(pilot, "enter")
        await settled(pilot, lambda: "Remove Daily?" not in painted(app))
        assert len(exports.listed(desk)) == 2
        await press(pilot, "x")
        await settled(pilot, lambda: "Remove Daily?" in painted(app))
        await press(pilot, *"Daily", "tab", "y")
        await settled(pilot, lambda: "1 export" in painted(app).splitlines()[1])
        await press(pilot, "f")
        await settled(pilot, lambda: "Forget what the destination" in painted(app))
        await press(pilot, *"Golden", "tab", "y")
        await settled(pilot, lambda: "sends everybody as new" in told(app))
    assert [line.name for line in exports.listed(desk)] == ["Golden"]


async def test_what_cannot_be_started_is_told_and_the_rest_runs(workspace, desk, settled):
    from workers.actions import export_life

    export_life.detach(desk, "daily")
    app = SegportApp(workspace)
    async with app.run_test(size=(120, 30)) as pilot:
        await settled(pilot, lambda: "Golden" in painted(app))
        await press(pilot, "asterisk", "r", "y")
        await settled(pilot, lambda: "Started 1 run; not started: Daily: The export" in told(app))
        await settled(pilot, lambda: "successful" in line_of(app, "Golden"), 1000)
    assert [run.export_name for run in runs.history(desk)] == ["Golden"]


def test_the_same_by_command(workspace, desk):
    from click.testing import CliRunner

    from tui.cli.root import root

    found = CliRunner().invoke(root, ["-w", str(workspace.root), "export", "list", "--json"])
    (daily, _) = json.loads(found.stdout)
    wanted = ("name", "connection", "type", "schedule", "next", "paused", "profiles")
    assert [daily[key] for key in wanted] == [
        "Daily", "Main", "autopilot", "refresh off", None, False, None,
    ]  # fmt: skip


async def test_without_a_connection_the_empty_list_names_the_key_to_one(workspace, settled):
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot, lambda: "Press 2 to add one" in painted(app))
        # What takes an export is not offered before there is one.
        await settled(pilot, lambda: "n New" in painted(app) and "p Plan" not in painted(app))
        assert "r Run" not in painted(app)
        assert "Filter" not in painted(app)
        await press(pilot, "2")
        await settled(pilot, lambda: "Press n to add one" in painted(app))


async def test_the_footer_uses_the_room_there_is_and_keeps_the_way_out(workspace, desk, settled):
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        for width, there, not_yet in (
            (80, "l Last run", "z Pause"),
            (120, "x Remove", "f Forget sent"),
            (200, "space Mark", "1 Exports"),
        ):
            await pilot.resize_terminal(width, 24)

            def footer() -> str:
                return painted(app).splitlines()[-1]

            await settled(pilot, lambda words=there: words in footer())
            assert not_yet not in footer()
            assert footer().rstrip().endswith("? Help q Quit")


@pytest.mark.slow
async def test_a_run_is_asked_for_by_the_name_of_its_export(workspace, desk, settled):
    found = exports.show(desk, "daily")
    renamed = msgspec.structs.replace(found.value, name="Täglich")
    exports.save(desk, renamed, "daily", found.digest)
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot, lambda: "Täglich" in painted(app) and "p Plan" in painted(app))
        await press(pilot, "r")
        await settled(pilot, lambda: "Run the export Täglich now?" in painted(app))
        assert "It plans first, then sends to Main." in painted(app)
        await press(pilot, "escape", "p")
        await settled(pilot, lambda: "Run this" in painted(app), 1000)
        await press(pilot, "r")
        await settled(pilot, lambda: "Run the export Täglich now?" in painted(app))


@pytest.mark.slow
async def test_a_run_by_a_plan_says_what_leaves_and_where_to_and_the_plan_is_left(
    workspace, desk, settled, monkeypatch
):
    app = SegportApp(workspace)
    async with app.run_test(size=(120, 30)) as pilot:
        await settled(pilot, lambda: "p Plan" in painted(app))
        await press(pilot, "p")
        await settled(pilot, lambda: "Run this" in painted(app), 1000)
        (account, contacts) = re.search(
            r"for the account (\S+)[\s\S]*To send: ([\d,]+ contacts)", painted(app)
        ).groups()
        await press(pilot, "r")
        await settled(pilot, lambda: f"looked at: {contacts} to" in painted(app))
        assert account in painted(app).partition("looked at:")[2]
        await press(pilot, "y")
        await settled(pilot, lambda: "successful" in painted(app), 1500)
        # Its plan would now say that everybody is yet to be added.
        await press(pilot, "escape")
        await settled(pilot, lambda: "2 exports" in painted(app))
        await press(pilot, "p")
        await settled(pilot, lambda: "Run this" in painted(app), 1000)
        await press(pilot, "r")
        await settled(pilot, lambda: "you looked at there is nothing to send" in painted(app))
        viewer = Desk(workspace, Operator("vera", "viewer"), "app")
        monkeypatch.setattr(SegportApp, "desk", lambda _: viewer)
        await press(pilot, "escape", "4", "enter")
        words = "Daily, over a connection not shared with you"
        await settled(pilot, lambda: words in painted(app))


@pytest.mark.parametrize("role", ["viewer", "contributor"])
async def test_who_cannot_add_a_connection_is_not_told_to(workspace, settled, monkeypatch, role):
    somebody = Desk(workspace, Operator("cora", role), "app")
    monkeypatch.setattr(SegportApp, "desk", lambda _: somebody)
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot, lambda: "none is shared with you" in painted(app))
        await press(pilot, "2")
        await settled(pilot, lambda: "or none that is shared with you" in painted(app))
        assert "to add one" not in painted(app)


def test_who_cannot_add_a_connection_is_not_told_to_by_the_command_either(workspace):
    from click.testing import CliRunner

    from tui.cli.root import root

    settings = workspace.settings_path
    text = settings.read_text().replace("administrators = []", 'administrators = ["chief"]')
    settings.write_text(text)
    listed = CliRunner().invoke(root, ["-w", str(workspace.root), "connection", "list"]).stdout
    assert listed == (
        "There are no connections yet, or none that is shared with you. "
        "Ask an administrator of this workspace: chief.\n"
    )


async def test_who_may_not_run_an_export_is_told_so_and_not_asked_whether_to(
    workspace, desk, settled, monkeypatch
):
    cora = Desk(workspace, Operator("cora", "contributor"), "app")
    monkeypatch.setattr(SegportApp, "desk", lambda _: cora)
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot, lambda: "-> a connection not shared with you" in painted(app))
        await press(pilot, "r")
        await settled(pilot, lambda: "that is for administrators only" in told(app))
        assert "now?" not in painted(app)


async def test_the_next_run_is_told_by_the_schedules_own_clock_and_names_it(
    workspace, desk, settled
):
    from click.testing import CliRunner

    from store.schedules import Schedule
    from tui.cli.root import root
    from workers.actions import schedules

    # No machine's clock by chance: a quarter of an hour is its own.
    wanted = Schedule(recurrence="daily", times=["18:30"], zone="Asia/Kathmandu")
    schedules.set_schedule(desk, ["daily"], wanted)
    listed = CliRunner().invoke(root, ["-w", str(workspace.root), "export", "list"]).stdout
    assert "18:30 Asia/Kathmandu" in listed
    shown = CliRunner().invoke(root, ["-w", str(workspace.root), "schedule", "show"]).stdout
    assert "daily 18:30 (Asia/Kathmandu)" in shown
    app = SegportApp(workspace)
    async with app.run_test(size=(200, 30)) as pilot:
        await settled(pilot, lambda: "18:30 +0545" in line_of(app, "Daily"))
        await settled(pilot, lambda: "18:30 Asia/Kathmandu (daily 18:30)" in painted(app))


async def test_what_was_told_stays_with_the_screen_that_it_concerns(workspace, desk, settled):
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot, lambda: "Golden" in painted(app))
        await press(pilot, "z")
        await settled(pilot, lambda: "Daily is paused" in told(app))
        # A question over the list is still about it.
        await press(pilot, "x")
        await settled(pilot, lambda: "Remove Daily?" in painted(app))
        await press(pilot, "escape")
        await settled(pilot, lambda: "Remove Daily?" not in painted(app))
        assert "Daily is paused" in told(app)
        await press(pilot, "2")
        await settled(pilot, lambda: "1 connection" in painted(app))
        await settled(pilot, lambda: "Daily is paused" not in told(app))
        await press(pilot, "1")
        await settled(pilot, lambda: "2 exports" in painted(app))
        assert "Daily is paused" not in told(app)


@pytest.mark.slow
async def test_a_form_tells_that_it_saved_on_the_list_with_the_cursor_on_what_was_made(
    workspace, desk, settled
):
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot, lambda: "Golden" in painted(app))
        await press(pilot, "n")
        await settled(pilot, lambda: "Mark the segments to send" in painted(app))
        await press(pilot, *"Zulu", "tab", "tab", "space")
        await settled(pilot, lambda: "distinct profiles of" in painted(app), 500)
        await press(pilot, "s")
        await settled(pilot, lambda: "Saved. It was not run" in told(app))
        await settled(pilot, lambda: app.screen.table.chosen == "zulu")
        await press(pilot, "enter")
        await settled(pilot, lambda: "Export form" in painted(app))
        await settled(pilot, lambda: "Saved. It was not run" not in told(app))
