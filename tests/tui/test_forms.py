"""Forms, prompts and dialogs by their keys: where the focus is, what is wrong where, and nothing lost."""

from __future__ import annotations

import pytest
from textual import events
from textual.widgets import Footer

from store.connections import DEFAULT_PROFILE_LIMIT, DEFAULT_RATE, Connection
from store.exports import Export, Guards, SegmentChoice, new_id
from store.keys.key import Key
from tests.tui.painted import strips
from tui.app import SegportApp
from tui.preferences import Preferences
from tui.screens.limits import LimitsScreen
from tui.widgets.fault import Fault
from workers.actions import alerts, connections, exports
from workers.actions.desk import sit_down
from workers.sandbox.server import running


@pytest.fixture
def sandbox():
    with running(rate=0) as made:
        yield made


@pytest.fixture
def desk(workspace, sandbox, monkeypatch):
    monkeypatch.setenv("SEGPORT_NO_KEYRING", "1")
    desk = sit_down(workspace, "app")
    (workspace.segments_folder / "vip.csv").write_text("email,first_name\na@example.com,Ann\n")
    draft = Connection(name="Main", base_url=sandbox.base_url)
    connections.add(desk, draft, Key(sandbox.key), agreed=True)
    exports.add(
        desk,
        Export(id=new_id(), name="Daily", connection="main", segments=[SegmentChoice("vip")],
               fields={"Email": "email"}),
    )  # fmt: skip
    return desk


def lines(app) -> list[str]:
    return [strip.text.rstrip() for strip in strips(app)]


def painted(app) -> str:
    return "\n".join(lines(app))


def seen(app, words: str) -> bool:
    """Whether these words are shown the other way round, as what has the focus is."""
    return any(
        words in segment.text and segment.style is not None and segment.style.reverse
        for strip in strips(app)
        for segment in strip
    )


def faults(app) -> dict[str, str]:
    """What is told at each field."""
    return {each.of: str(each.content) for each in app.screen.query(Fault) if each.display}


async def press(pilot, *keys: str) -> None:
    for key in keys:
        await pilot.press(key)


async def paste(pilot, text: str) -> None:
    pilot.app.post_message(events.Paste(text))
    await pilot.pause()


async def opened(pilot, settled, *keys: str, words: str) -> None:
    await settled(pilot, lambda: "Daily" in painted(pilot.app))
    await press(pilot, *keys)
    await settled(pilot, lambda: words in painted(pilot.app))


NEW = {"words": "A new connection"}


@pytest.mark.slow
async def test_tab_goes_round_without_a_dead_stop_and_the_focus_is_seen(workspace, desk, settled):
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, settled, "2", "n", **NEW)
        stops = []
        for _ in range(10):
            stops.append(app.focused.id)
            marked = {"usable_by": "Administrators", "agreed": "I agree"}
            marked |= {"connect": "[Connect]", "save": "[Save]"}
            for name, words in marked.items():
                assert seen(app, words) == (name == app.focused.id), (name, app.focused.id)
            await press(pilot, "tab")
        assert stops == [
            "name", "usable_by", "key", "base_url", "rate", "profile_limit", "statement", "agreed",
            "connect", "save",
        ]  # fmt: skip
        assert app.focused.id == "name"


async def test_every_fault_is_told_at_its_field_and_the_first_has_the_focus(
    workspace, desk, settled
):
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, settled, "2", "n", **NEW)
        await press(pilot, *"MAIN", "tab", "tab", *"a b", "tab", "tab", "ctrl+u", *"x")
        await press(pilot, "tab", "ctrl+u", *"0.5", "tab", "tab", "tab", "tab", "space")
        await settled(pilot, lambda: "Problem: see Name" in painted(app))
        told = faults(app)
        assert list(told) == ["name", "key", "rate", "profile_limit", "agreed"]
        assert "There is a connection MAIN already" in told["name"]
        assert "holds a space" in told["key"]
        assert "A number above 0" in told["rate"]
        assert "A whole number above 0" in told["profile_limit"]
        assert "only after you agree" in told["agreed"]
        assert app.focused.id == "name"
        # Long words leave the buttons where they are.
        assert any("[Connect]" in line and "[Save]" in line for line in lines(app)[-5:])
        await press(pilot, "ctrl+u", *"Other")
        await settled(pilot, lambda: "name" not in faults(app))
        assert "Problem" not in painted(app)
        assert list(faults(app)) == ["key", "rate", "profile_limit", "agreed"]
    assert len(connections.listed(desk)) == 1


async def test_a_refused_key_is_typed_again_where_it_is_masked(workspace, desk, sandbox, settled):
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await opened(pilot, settled, "2", "n", **NEW)
        await press(pilot, *"Other", "tab", "tab")
        await paste(pilot, "\nnonsense\r\n")
        await press(pilot, "tab")
        await paste(pilot, sandbox.base_url)
        await press(pilot, "tab", "tab", "tab", "tab", "tab", "enter")
        await settled(pilot, lambda: "does not accept the API key" in painted(app))
        assert app.focused.id == "key"
        # It is not kept by any connection yet.
        assert "give it to the connection" not in " ".join(painted(app).split())
        await press(pilot, "ctrl+u")
        await paste(pilot, f"{sandbox.key}\n")
        assert sandbox.key not in painted(app)
        await press(pilot, "tab", "tab", "tab", "tab", "tab", "tab", "space")
        await settled(pilot, lambda: "Connected: " in painted(app))
        await press(pilot, "shift+tab", "space", "tab", "tab", "space")
        await settled(pilot, lambda: "2 connections" in painted(app))
        # What is told covers nothing: there is a line for it.
        shown = lines(app)
        assert any("Saved as connections/other.toml" in line for line in shown[:4])
        assert any("Used by" in line for line in shown)
    assert {line.name for line in connections.listed(desk)} == {"Main", "Other"}


@pytest.mark.slow
async def test_what_is_wrong_with_an_address_is_told_at_the_address(workspace, desk, settled):
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, settled, "2", "n", **NEW)
        await press(pilot, "tab", "tab", *"secret", "tab", "ctrl+u", *"nowhere")
        await press(pilot, *["tab"] * 5, "enter")
        await settled(pilot, lambda: list(faults(app)) == ["base_url"])
        assert app.focused.id == "base_url"


@pytest.mark.slow
async def test_a_prompt_keeps_what_was_refused_and_says_why(workspace, desk, settled):
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, settled, "5", words="Press n to name somebody")
        await press(pilot, "n", *"no good", "enter")
        await settled(pilot, lambda: "An operator is an account name" in painted(app))
        assert "no good" in painted(app)
        await press(pilot, "ctrl+u", *"zoe")
        await settled(pilot, lambda: "An operator is an account name" not in painted(app))
        await press(pilot, "enter")
        await settled(pilot, lambda: "What may zoe do?" in painted(app))
        await press(pilot, "enter")
        await settled(pilot, lambda: "2 operators" in painted(app))
        await press(pilot, "n", *"zoe", "enter")
        await settled(pilot, lambda: "zoe is a contributor already" in painted(app))
        await press(pilot, "escape", "p", *"no key", "enter")
        await settled(pilot, lambda: "^ " in painted(app))
        assert "no key" in painted(app)
        await press(pilot, "escape", "escape")
        await settled(pilot, lambda: "Daily" in painted(app))
        await press(pilot, "d", "ctrl+u", *"Daily", "enter")
        await settled(pilot, lambda: "There is an export Daily already" in painted(app))
        await press(pilot, "end", *" 2", "enter")
        await settled(pilot, lambda: "2 exports" in painted(app))
    assert {line.name for line in exports.listed(desk)} == {"Daily", "Daily 2"}


@pytest.mark.slow
async def test_a_dialog_asks_before_it_forgets_and_tells_every_fault(workspace, desk, settled):
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, settled, "enter", words="1 distinct profile of")
        await press(pilot, "l")
        await settled(pilot, lambda: "New contacts" in painted(app))
        await press(pilot, "escape")
        await settled(pilot, lambda: "New contacts" not in painted(app))
        await press(pilot, "l", "ctrl+u", *"some", "tab", "tab", "ctrl+u", *"-1", "escape")
        await settled(pilot, lambda: "Leave without taking what was changed" in painted(app))
        await press(pilot, "escape", "enter")
        await settled(pilot, lambda: painted(app).count("^ A whole number") == 2)
        assert app.focused.id == "excluded_percent"
        await press(pilot, "ctrl+u", *"30", "tab", "tab", "ctrl+u", *"off", "enter")
        await settled(pilot, lambda: "above 30 % excluded" in painted(app))
        await press(pilot, "tab", "c", *"email", "enter")
        await settled(pilot, lambda: "email is one of the fields" in painted(app))
        await press(pilot, "escape", "y")
        await settled(pilot, lambda: "A custom field" not in painted(app))


async def test_a_custom_field_without_a_column_is_not_dropped_without_a_word(
    workspace, desk, settled
):
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, settled, "enter", words="1 distinct profile of")
        await press(pilot, "tab", "c")
        await settled(pilot, lambda: "A custom field" in painted(app))
        await press(pilot, *"NPS", "enter")
        await settled(pilot, lambda: "NPS (" in painted(app))
        await press(pilot, "s")
        await settled(pilot, lambda: "No column feeds NPS" in painted(app))
        assert "fields" in faults(app)
        await press(pilot, "d", "s")
        await settled(pilot, lambda: "1 export" in painted(app))


@pytest.mark.slow
async def test_a_problem_is_gone_once_it_is_mended(workspace, desk, settled):
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, settled, "n", words="Mark the segments")
        await press(pilot, "tab", "tab", "s")
        await settled(pilot, lambda: "Problem: see Name and Segments." in painted(app))
        assert list(faults(app)) == ["name", "segments"]
        assert app.focused.id == "name"
        await press(pilot, *"New")
        await settled(pilot, lambda: "Saving never runs it" in painted(app))
        assert list(faults(app)) == ["segments"]
        await press(pilot, "tab", "tab", "space")
        await settled(pilot, lambda: not faults(app))
        await press(pilot, "tab", "tab", "space")
        await settled(pilot, lambda: "2 exports" in painted(app))


@pytest.mark.slow
async def test_a_schedule_is_told_as_people_say_it(workspace, desk, settled):
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, settled, "s", words="Schedule of Daily")
        await settled(pilot, lambda: not app.screen.query_one("Fields").disabled)
        # Nothing was changed yet, so nothing is asked.
        await press(pilot, "escape")
        await settled(pilot, lambda: "1 export" in painted(app))
        await press(pilot, "s")
        await settled(pilot, lambda: app.focused is not None and app.focused.id == "kind")
        await press(pilot, "enter", "down", "down", "enter")
        await settled(pilot, lambda: "Weekdays" in painted(app))
        await press(pilot, "tab", *"someday", "tab", *"25:00", "tab", "ctrl+u", "tab", "tab", "tab")
        await press(pilot, "space")
        await settled(pilot, lambda: "Problem: see Weekdays, At and Time zone." in painted(app))
        assert "someday is no weekday" in faults(app)["days"]
        assert '"25:00" is no time of day' in faults(app)["times"]
        assert app.focused.id == "days"
        assert "recurrence" not in painted(app)
        await press(pilot, "ctrl+u", *"mon", "tab", "ctrl+u", "tab", *"UTC")
        await settled(pilot, lambda: "a weekly schedule takes a time of day" in painted(app))


@pytest.mark.slow
async def test_who_is_told_of_alerts_is_told_every_fault(workspace, desk, settled):
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 40)) as pilot:
        await opened(pilot, settled, "B", "e", words="Told when")
        await settled(pilot, lambda: app.focused is not None and app.focused.id == "email")
        await press(
            pilot, "shift+tab", "ctrl+u", *"fast", "tab", *"nobody", "tab", "tab", *"here:x"
        )
        await press(pilot, *["tab"] * 6, "enter")
        await settled(pilot, lambda: "Problem: see " in painted(app))
        assert list(faults(app)) == ["slow_factor", "email", "sender", "server"]
        assert app.focused.id == "slow_factor"


@pytest.mark.slow
async def test_what_is_typed_while_alerts_are_saved_stays(workspace, desk, settled):
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 40)) as pilot:
        await opened(pilot, settled, "B", "e", words="Told when")
        await settled(pilot, lambda: app.focused is not None and app.focused.id == "email")
        form = app.screen
        form.query_one("#rejects_percent").value = "7"
        form.action_save()
        # Before what came of it can be told.
        form.query_one("#slow_factor").value = "3"
        await settled(pilot, lambda: "Saved, without what was changed since" in painted(app))
        assert form.query_one("#slow_factor").value == "3"
        assert form.changed
        form.action_save()
        await settled(pilot, lambda: "Saved. Test sends" in painted(app))
        assert not form.changed
        await press(pilot, "shift+tab", "shift+tab", "shift+tab")
        await settled(pilot, lambda: "space Mark" in painted(app))
    assert (alerts.settings_of(desk).rejects_percent, alerts.settings_of(desk).slow_factor) == (
        7,
        3,
    )


FORMS = {
    "ConnectionForm": (("2", "n"), "A new connection", "name"),
    "ExportForm": (("n",), "Mark the segments", "name"),
    "AlertForm": (("B", "e"), "Told when", "email"),
    "CustomFieldScreen": (("n", "tab", "tab", "tab", "c"), "A custom field", "custom"),
    "Prompt": (("d",), "Name of the copy", "line"),
    "NewKeyScreen": (("2", "u"), "A new API key", "line"),
    "LimitsScreen": (("n", "tab", "tab", "l"), "Excluded rows", "excluded_percent"),
    "TypedConfirm": (("x", "D"), "Type Daily", None),
}


@pytest.mark.sampled(len(FORMS))
@pytest.mark.parametrize("name", FORMS)
async def test_resize_loses_nothing(workspace, desk, settled, name):
    keys, words, box = FORMS[name]
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, settled, *keys, words=words)
        await settled(pilot, lambda: box is None or app.focused.id == box)
        focused = app.focused
        await press(pilot, "end", *"kept")
        before = focused.value
        assert before.endswith("kept")
        for size in ((60, 15), (200, 60), (40, 10), (80, 24)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
            assert type(app.screen).__name__ == name
            assert app.focused is focused
            assert focused.value == before
        await press(pilot, "!")
        assert focused.value == f"{before}!"


@pytest.mark.slow
@pytest.mark.parametrize("name", ["ConnectionForm", "ExportForm", "AlertForm"])
async def test_the_footer_has_room_for_all_its_keys(workspace, desk, settled, name):
    keys, words, box = FORMS[name]
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, settled, *keys, words=words)
        await settled(pilot, lambda: app.focused is not None and app.focused.id == box)
        for _ in range(20):
            await press(pilot, "tab")
            await pilot.pause()
            footer = app.screen.query_one(Footer)
            assert footer.virtual_size.width <= 80, lines(app)[-1]
            if app.focused.id == box:
                break


@pytest.mark.slow
async def test_a_form_works_by_mouse_alone(workspace, desk, sandbox, settled):
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 40)) as pilot:
        await opened(pilot, settled, "2", "n", **NEW)
        await pilot.click("#rate")
        assert app.focused.id == "rate"
        await pilot.click("#usable_by")
        await settled(pilot, lambda: "Administrators and contributors" in painted(app))
        await pilot.click("#usable_by SelectOverlay", offset=(3, 1))
        await settled(pilot, lambda: app.screen.query_one("#usable_by").value == "contributors")
        await pilot.click("#name")
        await press(pilot, *"Mouse")
        await pilot.click("#key")
        await paste(pilot, sandbox.key)
        await pilot.click("#base_url")
        await press(pilot, "end", "ctrl+u")
        await paste(pilot, sandbox.base_url)
        await pilot.click("#agreed")
        await pilot.click("#save")
        await settled(pilot, lambda: "2 connections" in painted(app))
    assert connections.show(desk, "mouse").usable_by == "contributors"


async def test_an_export_is_set_up_by_mouse(workspace, desk, settled):
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, settled, "n", words="Mark the segments")
        await pilot.click("#name")
        await press(pilot, *"Clicked")
        await pilot.click("#segments", offset=(2, 1))
        await settled(pilot, lambda: "1 distinct profile of" in painted(app))
        # The line under the cursor, once more: its column; the second of the choices.
        await pilot.click("#fields", offset=(4, 2))
        await pilot.click("#fields", offset=(4, 2))
        await settled(pilot, lambda: "Column for FirstName" in painted(app))
        await pilot.click("OptionList", offset=(2, 0))
        await settled(pilot, lambda: "Column for FirstName" not in painted(app))
        await pilot.click("#save")
        await settled(pilot, lambda: "2 exports" in painted(app))
    saved = exports.show(desk, "clicked").value
    assert [choice.segment for choice in saved.segments] == ["vip"]
    assert saved.fields == {"Email": "email"}


@pytest.mark.slow
async def test_every_button_is_an_action_too(workspace, desk, settled):
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, settled, "2", "n", **NEW)
        # Enter goes on from field to field, and letters are letters there.
        await press(pilot, *"sc", "enter")
        assert app.focused.id == "usable_by"
        assert app.screen.query_one("#name").value == "sc"
        await press(pilot, "c")
        await settled(pilot, lambda: list(faults(app)) == ["key"])
        await press(pilot, "tab", "ctrl+p")
        await settled(pilot, lambda: "Search for commands" in painted(app))
        await press(pilot, *"save")
        await settled(pilot, lambda: "Keep it." in painted(app) and "Colours" not in painted(app))
        await press(pilot, "enter")
        await settled(pilot, lambda: list(faults(app)) == ["key", "agreed"])
        await press(pilot, "escape", "y", "1", "s")
        await settled(pilot, lambda: "Schedule of Daily" in painted(app))
        await settled(pilot, lambda: app.focused is not None and app.focused.id == "kind")
        await press(pilot, "s")
        await settled(pilot, lambda: "1 export" in painted(app))


async def test_what_cannot_be_undone_takes_more_than_enter_or_space(workspace, desk, settled):
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        for keys in (("enter",), ("space",), ("tab", "enter"), ("tab", "tab", "space")):
            await opened(pilot, settled, "r", words="Run the export Daily now?")
            await press(pilot, *keys)
            await settled(pilot, lambda: "Run the export" not in painted(app))
            assert len(app.screen_stack) == 1
        await opened(pilot, settled, "r", words="Run the export Daily now?")
        await pilot.click("#yes")
        await settled(pilot, lambda: type(app.screen).__name__ == "RunScreen")
        await settled(pilot, lambda: "successful" in painted(app), 1500)


async def test_what_is_told_has_a_line_of_its_own_and_moves_no_dialog(workspace, desk, settled):
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await opened(pilot, settled, "2", words="Main")
        await press(pilot, "t")
        await settled(pilot, lambda: "Connected: " in painted(app))
        at = next(n for n, line in enumerate(lines(app)) if "Connected: " in line)
        # Not even what was told before leaves a line.
        assert lines(app)[at - 1].startswith(" Segport")
        assert "1 connection" in lines(app)[at + 1]
        await press(pilot, "u")
        await settled(pilot, lambda: "A new API key" in painted(app))
        assert any(line.startswith("     ┌") for line in lines(app))
        await press(pilot, "escape")
        app.clear_notifications()
        await settled(pilot, lambda: "1 connection" in lines(app)[at])


async def test_sixteen_colours_frame_no_button_and_hide_nothing_behind(workspace, desk, settled):
    app = SegportApp(workspace, Preferences(theme="ansi-dark"))
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, settled, "x", words="Type Daily to go on")
        row = next(line for line in lines(app) if "[Remove (y)]" in line)
        assert "[Cancel (esc)]" in row
        assert "▊" not in painted(app)
        assert "Segport  [1 Exports]" in painted(app)
        # Blue on black can hardly be read.
        await press(pilot, "escape", "n")
        await settled(pilot, lambda: "[Save]" in painted(app))
        assert "default on default" in str(app.screen.query_one("#save").rich_style)


@pytest.mark.sampled(3)
@pytest.mark.parametrize(
    ("typed", "kept"),
    [("20,5", None), ("150", None), ("1,000", None), ("100", 100), ("20%", 20), ("off", "off")],
)
async def test_a_share_is_a_whole_number_up_to_a_hundred(workspace, settled, typed, kept):
    app, given = SegportApp(workspace), []
    async with app.run_test(size=(80, 24)) as pilot:
        app.push_screen(LimitsScreen(Guards(), None, []), given.append)
        await settled(pilot, lambda: "Excluded rows" in painted(app))
        await press(pilot, "ctrl+u", *typed, "tab", "ctrl+u", *"1,000", "enter")
        await settled(pilot, lambda: bool(given) or "excluded_percent" in faults(app))
        if kept is None:
            assert "A whole number from 0 to 100" in faults(app)["excluded_percent"]
            assert "adds" not in faults(app)
        else:
            assert (given[0][0].excluded_percent, given[0][0].adds) == (kept, 1000)


@pytest.mark.sampled(3)
@pytest.mark.parametrize(
    ("box", "typed", "value"),
    [("rate", "2,5", None), ("rate", "1,000", 1000.0), ("rate", "2.5", 2.5),
     ("profile_limit", "50.000", None), ("profile_limit", "50,00", None),
     ("profile_limit", "50,000", 50_000)],
)  # fmt: skip
async def test_a_comma_stands_between_thousands_only(workspace, desk, settled, box, typed, value):
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, settled, "2", "enter", words="Who can use it")
        await settled(pilot, lambda: app.screen.query_one("#name").value == "Main")
        app.screen.query_one(f"#{box}").value = typed
        app.screen.action_save()
        left = {"rate": "above 0", "profile_limit": "A whole number above 0"}
        if value is None:
            await settled(pilot, lambda: left[box] in faults(app).get(box, ""))
        else:
            await settled(pilot, lambda: "Who can use it" not in painted(app))
    (line,) = connections.listed(desk)
    before = {"rate": DEFAULT_RATE, "profile_limit": DEFAULT_PROFILE_LIMIT}
    assert getattr(line, box) == (before[box] if value is None else value)


@pytest.mark.slow
async def test_connect_tries_the_address_on_the_screen(workspace, desk, sandbox, settled):
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, settled, "2", "enter", words="Who can use it")
        await settled(pilot, lambda: app.screen.query_one("#name").value == "Main")
        kept = connections.show(desk, "main")
        app.screen.query_one("#base_url").value = "http://127.0.0.1:1"
        app.screen.action_connect()
        await settled(pilot, lambda: "key" in faults(app))
        assert f"given for {sandbox.base_url.removesuffix('/v1')}. " in faults(app)["key"]
        assert "Connected" not in painted(app)
        app.screen.query_one("#base_url").value = sandbox.base_url
        app.screen.action_connect()
        await settled(pilot, lambda: f"at {sandbox.base_url}" in painted(app).replace("\n", ""))
    assert connections.show(desk, "main") == kept
