"""The app by its keys, on a real workspace, with a real simulator and real runs."""

from __future__ import annotations

import asyncio

import pytest

from store.connections import Connection
from store.errors import SegportError
from store.exports import Export, SegmentChoice
from store.journal.runs import State
from store.keys.secrets import Key
from tests.tui.painted import painted
from tui.app import SegportApp
from tui.screens.runs import RunsScreen
from tui.screens.why import WhyScreen
from workers.actions import connections, exports, runs
from workers.actions.desk import sit_down
from workers.sandbox import background

PEOPLE = 250


@pytest.fixture
def simulator(tmp_path, monkeypatch):
    monkeypatch.setenv("SEGPORT_NO_KEYRING", "1")
    sandbox = background.start(tmp_path / "sandbox", until_idle=60)
    yield sandbox
    background.stop(tmp_path / "sandbox")


@pytest.fixture
def people(workspace):
    rows = "".join(f"person{n}@example.com,First{n},Last{n}\n" for n in range(PEOPLE))
    (workspace.segments_folder / "newsletter.csv").write_text(f"email,first_name,last_name\n{rows}")
    return workspace


@pytest.fixture
def desk(workspace, simulator):
    return sit_down(workspace, "app")


@pytest.fixture
def connected(desk, simulator):
    draft = Connection(name="Main", base_url=simulator.base_url, rate=20)
    return connections.add(desk, draft, Key(simulator.key), agreed=True)


@pytest.fixture
def daily(desk, connected, people):
    export = Export(
        id="0011223344556677",
        name="Daily",
        connection=connected,
        segments=[SegmentChoice("newsletter")],
        fields={"Email": "email", "FirstName": "first_name"},
    )
    return exports.add(desk, export).slug


async def keys(pilot, *names):
    for name in names:
        await pilot.press(name)


async def test_empty_states_name_the_key_to_start(workspace, settled):
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot, lambda: "Press 2 to add one" in painted(app))
        await pilot.press("2")
        await settled(pilot, lambda: "Press n to add one" in painted(app))
        await pilot.press("3")
        folder = str(workspace.segments_folder)
        await settled(pilot, lambda: folder in "".join(painted(app).split()))
        assert "No segments yet" in painted(app)
        await pilot.press("4")
        await settled(pilot, lambda: "No runs yet" in painted(app))


async def test_a_connection_takes_consent_and_really_connects(workspace, desk, simulator, settled):
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await keys(pilot, "2", "n")
        await settled(pilot, lambda: "A new connection" in painted(app))
        form = app.screen
        assert "Segport sends what the exports on this connection say" in painted(app)
        form.query_one("#name").value = "Main"
        form.query_one("#key").value = "not a key"
        await pilot.pause()
        form.query_one("#connect").press()
        await settled(pilot, lambda: "The API key holds a space" in painted(app))
        assert "Problem: see API key." in painted(app)
        assert app.focused.id == "key"
        form.query_one("#key").value = "wrong"
        form.query_one("#base_url").value = simulator.base_url
        form.query_one("#connect").press()
        await settled(
            pilot,
            lambda: "does not accept the API key" in painted(app),
        )
        form.query_one("#key").value = simulator.key
        form.query_one("#key").focus()
        form.query_one("#key").selection = (0, 32)
        await keys(pilot, "ctrl+c", "ctrl+x")
        assert app.clipboard == ""
        form.query_one("#connect").press()
        await settled(pilot, lambda: "Connected: Segport Sandbox" in painted(app))
        form.query_one("#save").press()
        await settled(pilot, lambda: "only after you agree" in painted(app))
        assert connections.listed(desk) == []
        form.query_one("Agree").focus()
        await pilot.press("space")
        form.query_one("#save").press()
        await settled(pilot, lambda: app.screen is not form)
        assert simulator.key not in painted(app)
        await settled(pilot, lambda: "agreed" in painted(app))
    (line,) = connections.listed(desk)
    assert (line.name, line.account) == ("Main", "marketing@example.com")


async def test_editing_a_connection_shows_where_the_key_is_and_never_the_key(
    workspace, connected, desk, simulator, settled
):
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("2")
        await settled(pilot, lambda: "Main" in painted(app))
        await pilot.press("enter")
        await settled(pilot, lambda: "The key comes from" in painted(app))
        assert simulator.key not in painted(app)
        app.screen.query_one("#rate").value = "7"
        app.screen.query_one("#save").press()
        await settled(pilot, lambda: len(app.screen_stack) == 1)
    assert connections.show(desk, connected).rate == 7


async def test_an_export_is_made_by_keys_and_not_run(workspace, connected, people, desk, settled):
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("n")
        await settled(pilot, lambda: "newsletter" in painted(app))
        await keys(pilot, *"Daily", "tab", "tab", "space")
        await settled(pilot, lambda: "first_name" in painted(app))
        assert "[x]" in painted(app)
        await keys(pilot, "enter", "ctrl+u", *"News", "enter")
        await settled(pilot, lambda: "News" in painted(app))
        await keys(pilot, "tab", "c", *"Loyalty", "enter")
        await settled(pilot, lambda: "Loyalty" in painted(app))
        await keys(pilot, "enter", "j", "down", "enter", "tab", "enter")
        await settled(pilot, lambda: len(app.screen_stack) == 1)
    export = exports.show(desk, "daily").value
    assert export.segments == [SegmentChoice("newsletter", "News")]
    assert export.fields["Email"] == "email"
    assert "Loyalty" in export.custom_fields
    assert runs.history(desk) == []


async def test_a_form_that_was_changed_asks_before_it_is_left(workspace, settled):
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await keys(pilot, "n", "x", "escape")
        await settled(pilot, lambda: "Leave without saving" in painted(app))
        await pilot.press("enter")
        await settled(pilot, lambda: "Leave without saving" not in painted(app))
        assert len(app.screen_stack) == 2
        await keys(pilot, "escape", "y")
        await settled(pilot, lambda: len(app.screen_stack) == 1)


async def test_plan_then_run_then_its_log(workspace, daily, desk, settled):
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot, lambda: "Daily" in painted(app))
        await pilot.press("p")
        await settled(pilot, lambda: f"To send: {PEOPLE} contacts" in painted(app), tries=500)
        assert runs.history(desk) == []
        await keys(pilot, "r")
        await settled(pilot, lambda: "the plan you looked at" in painted(app))
        await pilot.press("y")
        await settled(pilot, lambda: "Run 1: successful" in painted(app), tries=1000)
        assert f"Accepted {PEOPLE}" in painted(app)
        assert app.screen.query_one("Tail").line_count > 0
        await keys(pilot, "escape", "escape", "4")
        await settled(pilot, lambda: "successful" in painted(app))
    (run,) = runs.history(desk)
    assert run.state is State.SUCCESSFUL


@pytest.mark.slow
async def test_the_log_stands_still_and_catches_up(workspace, daily, desk, settled):
    run_id = runs.start(desk, daily)
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("4")
        await settled(pilot, lambda: "Daily" in painted(app))
        await pilot.press("enter")
        await settled(pilot, lambda: "successful" in painted(app), tries=1000)
        await pilot.press("f")
        tail = app.screen.query_one("Tail")
        before = tail.line_count
        desk.log().write(run_id, "written by another process \x1b[31m")
        await settled(pilot, lambda: any("another process" in line for line in tail.waiting))
        await settled(pilot, lambda: f"log paused, {len(tail.waiting)} new line" in painted(app))
        assert tail.line_count == before
        await pilot.press("f")
        await settled(pilot, lambda: "another process ␛[31m" in painted(app))


async def test_leaving_says_that_a_run_goes_on(workspace, daily, desk, settled, simulator):
    simulator.control("POST", "modes", {"latency": 3.0})
    run_id = runs.start(desk, daily)
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot, lambda: "Daily" in painted(app))
        await pilot.press("q")
        await settled(pilot, lambda: "goes on without the app" in painted(app))
        await pilot.press("enter")
        await settled(pilot, lambda: "goes on without the app" not in painted(app))
        assert app.is_running
        await keys(pilot, "q", "y")
    assert not app.is_running
    runs.cancel(desk, run_id, force=True)


@pytest.mark.parametrize("make", [lambda: WhyScreen("ann@example.com"), RunsScreen])
@pytest.mark.parametrize("turns", [0, 1, 2, 4])
async def test_an_app_can_be_left_while_a_screen_is_made(workspace, settled, make, turns):
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot, lambda: "No exports yet" in painted(app))
        app.push_screen(make())
        for _ in range(turns):
            await asyncio.sleep(0)
        app.exit()
    assert (app._exception, app.return_code) == (None, 0)


async def test_a_broken_file_is_a_row_and_not_the_end(workspace, settled):
    (workspace.exports_folder / "odd.toml").write_text("name = [")
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot, lambda: "broken" in painted(app))
        await pilot.press("enter")
        await settled(pilot, lambda: "not valid TOML" in painted(app))
        assert app.is_running


async def test_broken_settings_leave_the_app_usable(workspace, people, settled):
    workspace.settings_path.write_text("data = [")
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("3")
        await settled(pilot, lambda: "segport.toml, line 1: this is not valid TOML" in painted(app))
        assert "newsletter" in painted(app)
        await pilot.press("2")
        await settled(pilot, lambda: "No connections yet" in painted(app))
        # Every screen says it, until it is mended.
        await settled(pilot, lambda: "line 1: this is not valid TOML" in painted(app))
        workspace.settings_path.write_text('data = "data"\n')
        await settled(pilot, lambda: "not valid TOML" not in painted(app), tries=600)
        # Broken under an app that is open, it is seen with the next list.
        workspace.settings_path.write_text("shoes = 3\n")
        await pilot.press("1")
        await settled(pilot, lambda: "segport.toml, line 1, field shoes" in painted(app))


async def test_two_problems_of_one_breath_take_one_place(workspace, settled):
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settled(pilot)
        for words in ("The first is wrong.", "The second is wrong."):
            app.screen.problem(SegportError(words))
        await settled(pilot, lambda: "The second is wrong." in painted(app))
        assert "The first is wrong." not in painted(app)


async def test_filter_and_help(workspace, people, settled):
    (workspace.segments_folder / "other.csv").write_text("email\na@example.com\n")
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("3")
        await settled(pilot, lambda: "2 segments" in painted(app))
        await keys(pilot, "slash", *"news", "enter")
        await settled(pilot, lambda: '1 of 2 segments, filter "news"' in painted(app))
        await pilot.press("escape")
        await settled(pilot, lambda: "other" in painted(app))
        await pilot.press("question_mark")
        await settled(pilot, lambda: "files in data/segments" in painted(app))
        await pilot.press("escape")
        assert app.is_running


def test_what_goes_wrong_in_the_app_itself_shows_no_values(workspace, capsys):
    class Wrong(SegportApp):
        def on_mount(self):
            customer = "ann@example.com"
            raise ValueError(customer)

    app = Wrong(workspace)
    app.run(headless=True)
    told = capsys.readouterr()
    assert app.return_code == 1
    assert "ann@example.com" not in told.out + told.err
    assert "a mistake of its own (ValueError at test_app.py" in told.out + told.err


def test_an_error_for_operators_ends_the_app_with_its_sentence(workspace, capsys):
    class Wrong(SegportApp):
        def on_mount(self):
            raise SegportError("The disk [bold]is full.", "Make room.")

    app = Wrong(workspace)
    app.run(headless=True)
    told = capsys.readouterr()
    assert "The disk [bold]is full. Make room." in told.out + told.err
