"""Connections by their keys: tested, rekeyed, consent read, withdrawn and given, removed with exports."""

from __future__ import annotations

import asyncio

import pytest

from store.connections import Connection
from store.exports import Export, SegmentChoice, new_id
from store.keys.secrets import Key
from store.people.operators import Operator
from tests import commands
from tests.tui.painted import painted
from tui.app import SegportApp
from workers import consent
from workers.actions import connections, exports, runs
from workers.actions.desk import Desk, sit_down
from workers.sandbox import background


@pytest.fixture
def simulator(tmp_path, monkeypatch):
    monkeypatch.setenv("SEGPORT_NO_KEYRING", "1")
    sandbox = background.start(tmp_path / "sandbox", until_idle=60)
    yield sandbox
    background.stop(tmp_path / "sandbox")


@pytest.fixture
def desk(workspace, simulator):
    desk = sit_down(workspace, "app")
    (workspace.segments_folder / "vip.csv").write_text("email\na@example.com\n")
    draft = Connection(name="Main", base_url=simulator.base_url, usable_by="contributors")
    connections.add(desk, draft, Key(simulator.key), agreed=True)
    for name in ("Daily", "Golden"):
        exports.add(
            desk,
            Export(id=new_id(), name=name, connection="main", segments=[SegmentChoice("vip")],
                   fields={"Email": "email"}),
        )  # fmt: skip
    return desk


def told(app) -> str:
    return " ".join(each.message for each in app._notifications)


async def press(pilot, *keys: str) -> None:
    for key in keys:
        await pilot.press(key)


async def opened(pilot, settled):
    await pilot.press("2")
    await settled(pilot, lambda: "Main" in painted(pilot.app))


async def test_a_test_says_what_is_there_and_when_it_was(workspace, desk, settled):
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, settled)
        assert "Last reached: never" in painted(app)
        assert "Used by: Daily, Golden" in painted(app)
        await press(pilot, "t")
        await settled(pilot, lambda: "Connected: Segport Sandbox (marketing@example.com), 0 lists" in told(app))  # fmt: skip
        await settled(pilot, lambda: "account marketing@example.com" in painted(app))
        assert "Last reached: never" not in painted(app)


async def test_a_long_name_and_many_exports_hide_neither_consent_nor_who_uses_it(
    workspace, desk, settled
):
    connections.edit(desk, "main", name="Main " + "and more of it " * 7)
    for n in range(20):
        draft = Export(id=new_id(), name=f"Also {n:02} with a rather long name", connection="main",
                       segments=[SegmentChoice("vip")], fields={"Email": "email"})  # fmt: skip
        exports.add(desk, draft)
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, settled)
        await settled(pilot, lambda: "Consent: " in painted(app))
        below = " ".join(painted(app).rpartition("───")[2].split())
        assert "Used by: Also 00 with a rather long name, " in below
        assert "and 18 more" in below
        assert "Consent: " in below
        # The key stands below, where there is room.
        await pilot.resize_terminal(200, 40)
        await settled(pilot, lambda: "Key: file .segport/" in painted(app))


@pytest.mark.slow
async def test_consent_is_read_withdrawn_and_given_again(workspace, desk, settled):
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, settled)
        await press(pilot, "a")
        await settled(pilot, lambda: "Data privacy and compliance" in painted(app))
        assert f"{desk.operator.name} agreed on" in " ".join(painted(app).split())
        for _ in range(20):
            await pilot.press("j")
        await settled(pilot, lambda: "is deleted there." in painted(app))
        await press(pilot, "enter")
        await settled(pilot, lambda: "Data privacy" not in painted(app))
        assert connections.show(desk, "main").consent is not None
        await press(pilot, "a", "tab", "enter")
        await settled(pilot, lambda: "Withdraw the consent to send data through Main?" in painted(app))  # fmt: skip
        await press(pilot, "y")
        await settled(pilot, lambda: "Consent: none" in painted(app))
        assert connections.show(desk, "main").consent is None
        await press(pilot, "a")
        await settled(pilot, lambda: "Nobody has agreed" in painted(app))
        await press(pilot, "tab", "enter")
        await settled(pilot, lambda: "Consent: none" not in painted(app))
    assert connections.show(desk, "main").consent.operator == desk.operator.name


async def test_a_new_key_is_kept_only_when_the_service_takes_it(
    workspace, desk, simulator, settled
):
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, settled)
        await press(pilot, "u", "enter")
        await settled(pilot, lambda: "The API key is empty" in painted(app))
        await press(pilot, *"wrong", "enter")
        await settled(pilot, lambda: "does not accept the API key" in painted(app))
        # What was typed stays, masked, to be mended where it stands.
        assert "•••••" in painted(app)
        assert "wrong" not in painted(app)
        simulator.set_modes(keys=["f" * 32])
        await press(pilot, "ctrl+u", *("f" * 32), "enter")
        await settled(pilot, lambda: "The new key is kept" in told(app))
        assert "f" * 32 not in painted(app)
        await press(pilot, "t")
        await settled(pilot, lambda: "Connected: Segport Sandbox" in told(app))


async def test_removing_one_in_use_asks_for_each_export(workspace, desk, settled):
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, settled)
        await press(pilot, "x")
        await settled(pilot, lambda: "2 exports use Main" in painted(app))
        assert painted(app).count("detached, kept for later") == 2
        await press(pilot, "j", "space")
        await settled(pilot, lambda: "removed too" in painted(app))
        await press(pilot, "tab", "tab", "enter")
        await settled(pilot, lambda: "Removed with it: Golden" in painted(app))
        await press(pilot, "enter")
        await settled(pilot, lambda: "Removed with it" not in painted(app))
        assert len(connections.listed(desk)) == 1
        await press(pilot, "x", "j", "space", "tab", "tab", "enter")
        await settled(pilot, lambda: "Removed with it: Golden" in painted(app))
        await press(pilot, *"Main", "tab", "y")
        await settled(pilot, lambda: "No connections yet" in painted(app))
        await press(pilot, "1")
        await settled(pilot, lambda: "no connection" in painted(app))
    (line,) = exports.listed(desk)
    assert (line.name, line.connection) == ("Daily", None)


async def test_a_contributor_sees_name_and_type_and_changes_nothing(
    workspace, desk, settled, monkeypatch
):
    somebody = Desk(workspace, Operator("cora", "contributor"), "app")
    monkeypatch.setattr(SegportApp, "desk", lambda _: somebody)
    app = SegportApp(workspace)
    async with app.run_test(size=(120, 30)) as pilot:
        await opened(pilot, settled)
        assert "shared with you" in painted(app)
        assert "127.0.0.1" not in painted(app)
        await press(pilot, "x")
        await settled(pilot, lambda: "cora is a contributor" in told(app))
        await press(pilot, "t")
        await settled(pilot, lambda: "to test a connection" in told(app))
    assert len(connections.listed(desk)) == 1


@pytest.mark.slow
async def test_the_statement_can_be_read_in_full_in_the_form(workspace, desk, settled):
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, settled)
        await press(pilot, "n")
        await settled(pilot, lambda: "A new connection" in painted(app))
        await press(pilot, *["tab"] * 6)
        await settled(pilot, lambda: "Data privacy and compliance" in painted(app))
        await press(pilot, "tab")
        await settled(pilot, lambda: "is deleted there." in painted(app))
        assert "I agree" in painted(app)


@pytest.mark.slow
async def test_the_account_that_a_run_found_is_known_to_the_list(workspace, desk, settled):
    number = runs.start(desk, "daily")
    while runs.load(desk, number).active:
        await asyncio.sleep(0.05)
    assert runs.load(desk, number).state == "successful"
    app = SegportApp(workspace)
    async with app.run_test(size=(130, 24)) as pilot:
        await opened(pilot, settled)
        row = next(line for line in painted(app).splitlines() if "contributors" in line)
        assert "marketing@ex" in row
        assert " file" in row
        assert "account marketing@example.com" in painted(app)
    # Found at another address, it says nothing about this one.
    [line] = connections.listed(desk)
    assert line.account == "marketing@example.com"
    connections.edit(desk, "main", base_url="http://127.0.0.1:9/v1", key=Key("x" * 9), agreed=True)
    assert connections.listed(desk)[0].account is None


@pytest.mark.slow
async def test_consent_to_an_older_statement_stands_and_is_shown_as_such(workspace, desk, settled):
    path = workspace.connections_folder / "main.toml"
    path.write_text(
        path.read_text().replace(f'version = "{consent.VERSION}"', 'version = "2026-11"')
    )
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, settled)
        assert "It was to the statement of 2026-11" in painted(app)
        await press(pilot, "a")
        await settled(pilot, lambda: "statement of 2026-11." in painted(app))
        for _ in range(60):
            if "An administrator can remove the connection" in painted(app):
                break
            await pilot.press("j")
            await pilot.pause(0.02)
        assert "An administrator can remove the connection" in painted(app)
        await press(pilot, "tab", "tab", "enter")
        await settled(
            pilot, lambda: connections.show(desk, "main").consent.version == consent.VERSION
        )


def test_consent_to_an_older_statement_by_command(workspace, desk):
    path = workspace.connections_folder / "main.toml"
    path.write_text(
        path.read_text().replace(f'version = "{consent.VERSION}"', 'version = "2026-11"')
    )

    def segport(*words: str) -> str:
        done = commands.segport("-w", str(workspace.root), "connection", *words)
        assert done.returncode == 0, done.stderr
        return " ".join(done.stdout.split())

    told = segport("show", "main")
    assert "to the statement of 2026-11 (an older one)" in told
    assert "An administrator can remove the connection at any time." in told
    assert "withdraw this consent" not in told
    segport("edit", "main", "--agree")
    told = segport("show", "main")
    assert f"to the statement of {consent.VERSION}" in told
    assert "An administrator can withdraw this consent at any time" in told


async def test_a_contributor_is_not_told_that_nobody_agreed(workspace, desk, settled):
    settings = workspace.settings_path
    me = desk.operator.name
    settings.write_text(
        settings.read_text()
        .replace("administrators = []", 'administrators = ["chief"]')
        .replace("contributors = []", f'contributors = ["{me}"]')
    )
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, settled)
        assert "shared with you" in painted(app)
        await press(pilot, "a")
        await settled(pilot, lambda: "chief" in told(app))
        assert "Nobody has agreed" not in painted(app)
