"""The export form by its keys: live counts, faults where they are, and nothing lost or overwritten."""

from __future__ import annotations

import msgspec
import pytest
from textual.widgets import OptionList

from store.connections import Connection
from store.exports import CustomField, Export, SegmentChoice
from store.journal import audit
from store.keys.secrets import Key
from store.people.operators import Operator
from tests.tui.painted import painted
from tui.app import SegportApp
from tui.widgets.limit import Limit
from tui.widgets.marks import Marks
from tui.widgets.outlook import outlook_words
from workers.actions import connections, export_life, exports
from workers.actions.desk import Desk, sit_down
from workers.look import Look
from workers.plan.report import PlanReport
from workers.sandbox.server import running

SLOW = "select 'p' || (a.i * 3000 + b.i) || '@example.com' as email, 'x' as first_name, 1 as points from range(60000) a(i), range(3000) b(i)"


@pytest.fixture
def desk(workspace, monkeypatch):
    monkeypatch.setenv("SEGPORT_NO_KEYRING", "1")
    desk = sit_down(workspace, "app")
    rows = "".join(f"person{n}@example.com,First{n},{n % 10}\n" for n in range(250))
    (workspace.segments_folder / "newsletter.csv").write_text(
        f"email,first_name,points\n{rows}nonsense,Bad,1\n"
    )
    with running(rate=0) as sandbox:
        draft = Connection(name="Main", base_url=sandbox.base_url, profile_limit=300)
        connections.add(desk, draft, Key(sandbox.key), agreed=True)
    return desk


@pytest.fixture
def daily(desk):
    export = Export(
        id="0011223344556677",
        name="Daily",
        connection="main",
        segments=[SegmentChoice("newsletter")],
        fields={"Email": "email", "FirstName": "first_name"},
        custom_fields={"Points": CustomField("points", "integer")},
    )
    return exports.add(desk, export).slug


async def press(pilot, *keys: str) -> None:
    for key in keys:
        await pilot.press(key)


async def opened(pilot, settled):
    """The form of the first export, counted."""
    await settled(pilot, lambda: "Daily" in painted(pilot.app))
    await pilot.press("enter")
    await settled(pilot, lambda: "250 distinct profiles of 300 allowed" in painted(pilot.app), 500)


async def test_a_new_export_counts_while_it_is_made(workspace, desk, settled):
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot, lambda: "No exports yet" in painted(app))
        await pilot.press("n")
        await settled(pilot, lambda: "251" in painted(app), 500)
        assert "Mark the segments to send" in painted(app)
        # The only connection there is stands there already.
        assert "Main" in painted(app)
        await press(pilot, *"Daily", "tab", "tab", "space")
        await settled(pilot, lambda: "250 distinct profiles of 300 allowed" in painted(app), 500)
        shown = painted(app)
        assert "excluded 1 (not an address 1)" in shown
        assert "p***@e***.com" in shown
        assert "person0" not in shown
        await press(pilot, "p")
        await settled(pilot, lambda: '"_autopilot_list": "(the id of' in painted(app))
        assert "(v shows values)" in painted(app)
        assert "esc closes this" in painted(app)
        assert "person0@" not in painted(app)
        await press(pilot, "v")
        await settled(pilot, lambda: '"Email": "person0@' in painted(app), 500)
        await press(pilot, "v")
        await settled(pilot, lambda: '"Email": "p***@' in painted(app), 500)
        await press(pilot, "escape", "l")
        await settled(pilot, lambda: "0 allows none" in painted(app))
        await press(pilot, "tab", "ctrl+u", *"many", "enter")
        await settled(pilot, lambda: "^ A whole number of 0 or more, or off." in painted(app))
        await press(pilot, "ctrl+u", *"100", "enter")
        await settled(pilot, lambda: "Would wait for approval" in painted(app), 500)
        assert "above 20 % excluded, 100 new" in painted(app)
        await press(pilot, "s")
        await settled(pilot, lambda: len(app.screen_stack) == 1)
    saved = exports.show(desk, "daily").value
    assert (saved.connection, saved.guards.adds) == ("main", 100)
    assert saved.fields == {"Email": "email", "FirstName": "first_name"}


@pytest.mark.slow
async def test_wide_there_is_the_first_contact_beside_the_form(workspace, daily, desk, settled):
    app = SegportApp(workspace)
    async with app.run_test(size=(200, 60)) as pilot:
        await opened(pilot, settled)
        await settled(pilot, lambda: '"integer--Points": 0' in painted(app))
        assert "Plan of Daily" in painted(app)
        assert "person0@example.com" not in painted(app)
        await press(pilot, "tab", "tab", "v")
        await settled(pilot, lambda: '"Email": "person0@example.com"' in painted(app), 500)
        await press(pilot, "v")
        await settled(pilot, lambda: "person0@example.com" not in painted(app), 500)
    with desk.journal() as journal:
        deed = audit.deeds(journal)[0]
    assert (deed.action, deed.subject) == ("personal data revealed", "export daily")


async def test_counting_never_holds_up_typing_and_stops_when_the_question_changes(
    workspace, daily, desk, burst, settled
):
    (workspace.segments_folder / "slow.sql").write_text(SLOW)
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, settled)
        await press(pilot, "j", "space")
        await settled(pilot, lambda: "Counting for" in painted(app), 1000)
        # Without a pause after each key: the pilot's own is as long as somebody counts.
        burst(app, "shift+tab", "shift+tab", "end", *" now")
        await settled(pilot, lambda: "Daily now" in painted(app))
        assert "Counting for" in painted(app)
        burst(app, "tab", "tab", "space")
        await settled(pilot, lambda: "250 distinct profiles of 300" in painted(app), 500)
        await press(pilot, "escape", "y")
        await settled(pilot, lambda: len(app.screen_stack) == 1)
        # What counted is stopped: nothing of it is left.
        folder = workspace.runs_folder
        await settled(pilot, lambda: not list(folder.glob("look-*")), 500)
    assert exports.show(desk, daily).value.name == "Daily"


@pytest.mark.slow
async def test_whoever_opens_an_export_and_types_changes_no_name(workspace, daily, desk, settled):
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, settled)
        await press(pilot, "4")
        await settled(pilot, lambda: "No runs yet" in painted(app))
        await press(pilot, "1")
        await settled(pilot, lambda: "Daily" in painted(app))
        assert "Leave without" not in painted(app)
    assert exports.show(desk, daily).value.name == "Daily"


async def test_what_is_wrong_is_told_at_the_field(workspace, daily, desk, settled):
    exports.add(
        desk, msgspec.structs.replace(exports.show(desk, daily).value, id="ff", name="Other")
    )
    path = workspace.exports_folder / "daily.toml"
    path.write_text(path.read_text().replace('"first_name"', '"forename"'))
    (workspace.segments_folder / "odd.parquet").write_bytes(b"not parquet")
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot, lambda: "Daily" in painted(app))
        await pilot.press("enter")
        await settled(pilot, lambda: "FirstName is fed by forename, which not every" in painted(app), 500)  # fmt: skip
        await settled(pilot, lambda: "is not a who" in painted(app), 500)
        await press(pilot, "shift+tab", "shift+tab", "ctrl+u", *"other")
        await settled(pilot, lambda: "There is an export other already" in painted(app))
        await press(pilot, "ctrl+u", *"Mine", "tab", "tab", "s")
        await settled(pilot, lambda: "Problem: see Data matching." in painted(app))
        # The cursor stands on it.
        await press(pilot, "d", "s")
        await settled(pilot, lambda: len(app.screen_stack) == 1, 500)
    assert exports.show(desk, daily).value.fields == {"Email": "email"}


@pytest.mark.slow
async def test_too_many_profiles_are_told_against_the_limit(workspace, daily, desk, settled):
    connections.edit(desk, "main", profile_limit=100)
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot, lambda: "Daily" in painted(app))
        await pilot.press("enter")
        told = "150 too many: runs are refused. 250 of 100 distinct profiles"
        await settled(pilot, lambda: told in painted(app), 500)
        # As many as there may be, and the words that matter are there in the narrowest terminal.
        app.screen.query_one(Limit).counted(123_456_789, 100_000)
        await pilot.resize_terminal(60, 20)
        await settled(pilot, lambda: "123,356,789 too many: runs are refused." in painted(app))


def test_the_outlook_in_two_lines_names_everybody_whom_its_requests_carry():
    report = PlanReport(contacts=100, add=1, membership=90, unchanged=5, withheld=4)
    words = outlook_words(Look(report, {}, None))
    told = "add 1, change 0, membership only 90, unchanged 5, withheld 4, excluded 0"
    assert told in words
    left = outlook_words(Look(PlanReport(contacts=1, unchanged=1, leavers=4971), {}, None))
    assert left == "Now: add 0, change 0, unchanged 1, excluded 0, leavers 4,971; nothing to send."
    quiet = outlook_words(Look(PlanReport(contacts=1, add=1), {}, None))
    assert "membership" not in quiet
    assert "withheld" not in quiet


async def test_hundreds_of_segments_are_counted_in_few_paintings_and_found_by_name(
    workspace, desk, settled, monkeypatch
):
    for n in range(40):
        (workspace.segments_folder / f"s{n}.csv").write_text("email\na@example.com\n")
    painted_at = []
    show = Marks.show
    monkeypatch.setattr(Marks, "show", lambda self, rows: (painted_at.append(1), show(self, rows)))
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot, lambda: "No exports yet" in painted(app))
        await pilot.press("n")
        await settled(pilot, lambda: "newsletter" in painted(app), 500)
        marks = app.screen.query_one(Marks)
        await settled(pilot, lambda: str(marks.get_cell("s39", "2")).strip() == "1", 1000)
        before = len(painted_at)
        for n in range(40):
            marks.post_message(Marks.Told(f"s{n}", 1234 + n))
        await settled(pilot, lambda: str(marks.get_cell("s39", "2")).strip() == "1,273")
        assert len(painted_at) - before < 10
        await press(pilot, "tab", "tab", "slash")
        await settled(pilot, lambda: "Go to which segment?" in painted(app))
        await press(pilot, "slash", *"s39", "enter")
        await settled(pilot, lambda: "[ ]   s39" in painted(app))
        assert marks.chosen == "s39"


async def test_choosing_again_what_is_chosen_counts_nothing_anew(workspace, daily, settled):
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, settled)
        await press(pilot, "tab", "down", "enter")
        await settled(pilot, lambda: "Column for FirstName" in painted(app))
        # To the last and back to the first and to what feeds the field now.
        await press(pilot, "G", "g")
        choices = app.screen.query_one(OptionList)
        assert choices.highlighted == 0
        await press(pilot, "G")
        assert choices.highlighted == choices.option_count - 1
        await press(pilot, "escape", "enter")
        await settled(pilot, lambda: "Column for FirstName" in painted(app))
        await press(pilot, "enter")
        assert "250 distinct profiles of 300 allowed" in painted(app)


@pytest.mark.slow
async def test_somebody_elses_edit_is_shown_and_overwritten_only_if_meant(
    workspace, daily, desk, settled
):
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, settled)
        theirs = exports.show(desk, daily)
        changed = msgspec.structs.replace(theirs.value, newest_by="points")
        exports.save(desk, changed, daily, theirs.digest)
        await press(pilot, "tab", "j", "d", "s")
        await settled(pilot, lambda: '- newest_by = "points"' in painted(app))
        await press(pilot, "enter")
        await settled(pilot, lambda: "changed by somebody else meanwhile" in painted(app))
        assert exports.show(desk, daily).value.newest_by == "points"
        await press(pilot, "s")
        await settled(pilot, lambda: "as it is there now" in painted(app))
        await press(pilot, "y")
        await settled(pilot, lambda: len(app.screen_stack) == 1)
    assert "FirstName" not in exports.show(desk, daily).value.fields


async def test_a_viewer_gets_a_plan_that_asks_nobody(workspace, daily, desk, settled, monkeypatch):
    viewer = Desk(workspace, Operator("vera", "viewer"), "app")
    monkeypatch.setattr(SegportApp, "desk", lambda _: viewer)
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot, lambda: "Daily" in painted(app))
        await pilot.press("p")
        await settled(pilot, lambda: "offline: the service was not asked" in painted(app))
        assert "Run this" not in painted(app)


@pytest.mark.slow
async def test_a_viewer_looks_and_is_told(workspace, daily, desk, settled, monkeypatch):
    viewer = Desk(workspace, Operator("vera", "viewer"), "app")
    monkeypatch.setattr(SegportApp, "desk", lambda _: viewer)
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot, lambda: "Daily" in painted(app))
        await pilot.press("enter")
        await settled(pilot, lambda: "You may look at this export" in painted(app), 500)
        await press(pilot, "tab", "tab", "s")
        await settled(pilot, lambda: "Problem: vera is a viewer" in painted(app))
        await press(pilot, "v")
        await settled(pilot, lambda: "to see personal data" in painted(app))


@pytest.mark.slow
async def test_a_detached_export_stays_detached_until_a_connection_is_chosen(
    workspace, daily, desk, settled
):
    export_life.detach(desk, daily)
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot, lambda: "Daily" in painted(app))
        await pilot.press("enter")
        await settled(pilot, lambda: "250 distinct" in painted(app), 500)
        assert "choose a connection" in painted(app)
        await press(pilot, "shift+tab", "shift+tab", "end", *"!", "tab", "tab", "s")
        await settled(pilot, lambda: len(app.screen_stack) == 1)
    assert exports.show(desk, daily).value.connection is None
    assert exports.show(desk, daily).value.name == "Daily!"


@pytest.mark.slow
async def test_what_does_not_fit_is_counted_in_rows_and_says_so(workspace, daily, desk, settled):
    """Filled counts contacts beside it: the person of two rows is one of them, and two of these."""
    file = workspace.segments_folder / "newsletter.csv"
    file.write_text(file.read_text().replace("person7@", "person6@"))
    shown = exports.show(desk, daily)
    wrong = {"Points": CustomField("first_name", "integer")}
    mapped = msgspec.structs.replace(shown.value, custom_fields=wrong)
    exports.save(desk, mapped, daily, shown.digest)
    app = SegportApp(workspace)
    async with app.run_test(size=(140, 30)) as pilot:
        await settled(pilot, lambda: "Daily" in painted(app))
        await pilot.press("enter")
        await settled(pilot, lambda: "249 distinct profiles of 300 allowed" in painted(app), 500)
        assert "250 rows do not fit" in painted(app)
        await press(pilot, "p", "G")
        await settled(pilot, lambda: "250 rows with a Points that does not fit" in painted(app))
