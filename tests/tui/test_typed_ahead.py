"""Several keys that arrive at once, as over a slow line, go where they were meant."""

from __future__ import annotations

import threading
import time

import pytest
from textual import events
from textual.widgets import Input

from store.errors import UsageError
from tests.tui.painted import painted
from tui.app import SegportApp
from tui.preferences import Preferences
from tui.screens.base import Page
from tui.screens.confirm import Confirm
from tui.screens.custom_field import CustomFieldScreen
from tui.screens.exports import ExportsScreen
from workers.actions import runs, segments


def told(app) -> str:
    return " ".join(each.message for each in app._notifications)


async def connection_form(pilot, settled) -> None:
    """A new connection, from the list that has none."""
    await pilot.press("2")
    await settled(pilot, lambda: "No connections yet" in painted(pilot.app))
    await pilot.press("n")
    await settled(pilot, lambda: "A new connection" in painted(pilot.app))


async def test_a_key_typed_after_a_tab_never_shows_in_the_field_before(workspace, burst, settled):
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await connection_form(pilot, settled)
        burst(app, *"Main", "tab", "tab", *"secret", "tab", "shift+tab", "shift+tab")
        await settled(pilot, lambda: app.screen.query_one("#key").value == "secret")
        assert app.screen.query_one("#name").value == "Main"
        assert "secret" not in painted(app)
        await settled(pilot, lambda: app.focused.id == "usable_by")
        assert app.screen.query_one("#key").value == "secret"


async def test_a_key_pasted_after_a_tab_goes_to_the_field_that_it_leads_to(
    workspace, burst, settled
):
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await connection_form(pilot, settled)
        burst(app, *"Main", "tab", "tab")
        app.post_message(events.Paste("secret"))
        burst(app, "tab")
        await settled(pilot, lambda: app.screen.query_one("#key").value == "secret")
        assert app.screen.query_one("#name").value == "Main"
        assert "secret" not in painted(app)


async def test_what_is_pasted_for_a_form_waits_for_its_fields(workspace, burst, settled):
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("2")
        await settled(pilot, lambda: "No connections yet" in painted(app))
        burst(app, "n")
        app.post_message(events.Paste("Main"))
        burst(app, "!")
        await settled(pilot, lambda: "A new connection" in painted(app))
        await settled(pilot, lambda: app.screen.query_one("#name").value == "Main!")


async def test_a_mark_and_a_tab_at_once_are_a_mark_and_a_tab(workspace, burst, settled):
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await connection_form(pilot, settled)
        agree = app.screen.query_one("Agree")
        agree.focus()
        await pilot.pause()
        burst(app, "space", "tab", "tab")
        await settled(pilot, lambda: app.focused is not None and app.focused.id == "save")
        assert agree.marked


async def test_keys_go_on_when_the_screen_of_one_is_gone(workspace, burst, settled):
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot, lambda: "No exports yet" in painted(app))
        burst(app, "n", "escape", "2", "n", "escape", "3", "question_mark", "escape", "4", "1", "2")
        await settled(pilot, lambda: "No connections yet" in painted(app), 500)
        assert len(app.screen_stack) == 1


async def test_quitting_asks_for_a_form_that_was_changed_wherever_it_stands(workspace, settled):
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot, lambda: "No exports yet" in painted(app))
        await pilot.press("n")
        await settled(pilot, lambda: app.focused is not None and app.focused.id == "name")
        await pilot.press(*"Lost", "ctrl+q")
        await settled(pilot, lambda: "Leave without saving" in painted(app))
        await pilot.press("escape")
        await settled(pilot, lambda: "Leave without saving" not in painted(app))
        assert app.screen.query_one("#name").value == "Lost"
        app.action_go("runs")
        await settled(pilot, lambda: "No runs yet" in painted(app))
        assert "\u240a" not in painted(app)
        await pilot.press("q")
        await settled(pilot, lambda: "Leave without saving" in painted(app))
        await pilot.press("y")
        await settled(pilot, lambda: not app.is_running or app._exit)


@pytest.mark.slow
async def test_quitting_asks_for_what_was_typed_into_a_question(workspace, settled):
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot, lambda: "No exports yet" in painted(app))
        await pilot.press("w")
        await settled(pilot, lambda: "Type an address" in painted(app))
        await pilot.press(*"ann", "ctrl+q")
        await settled(pilot, lambda: "Leave without saving" in painted(app))
        await pilot.press("escape")
        await settled(pilot, lambda: "Leave without saving" not in painted(app))
        assert app.screen.query_one("#line").value == "ann"
        await pilot.press("escape", "n")
        await settled(pilot, lambda: type(app.screen).__name__ == "ExportForm")
        app.push_screen(CustomFieldScreen(set()))
        await settled(pilot, lambda: isinstance(app.screen, CustomFieldScreen))
        await pilot.press(*"NPS", "ctrl+q")
        await settled(pilot, lambda: "Leave without saving" in painted(app))
        await pilot.press("escape", *("backspace",) * 3)
        await settled(pilot, lambda: not app.screen.unsaved)
        # Nothing would be lost: there is nothing to ask.
        await pilot.press("ctrl+q")
        await settled(pilot, lambda: not app.is_running or app._exit)


class Slow:
    """Holds up the list of exports until it is let go, or fails then."""

    def __init__(self, monkeypatch) -> None:
        self.gate = threading.Event()
        self.wrong: UsageError | None = None
        read = ExportsScreen.rows

        def rows(screen):
            self.gate.wait(20)
            if self.wrong is not None:
                raise self.wrong
            return read(screen)

        monkeypatch.setattr(ExportsScreen, "rows", rows)


@pytest.fixture
def slow(monkeypatch):
    held = Slow(monkeypatch)
    yield held
    held.gate.set()


async def test_what_is_typed_before_the_list_is_there_is_done_once_it_is(
    bench, burst, settled, slow
):
    bench.ready(3)
    bench.run()
    app = SegportApp(bench.workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot, lambda: "reading..." in painted(app))
        # The last run, its requests, the first of them: each on the page that the one before opens.
        burst(app, "l", "r", "enter")
        await pilot.pause(0.1)
        assert "reading..." in painted(app)
        slow.gate.set()
        await settled(pilot, lambda: "> Run 1 > Request 1" in painted(app))


async def test_what_is_pasted_into_a_field_is_there_at_once(bench, burst, settled, slow):
    bench.ready(3)
    app = SegportApp(bench.workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot, lambda: "reading..." in painted(app))
        burst(app, "slash", "y", "enter", "r")
        await settled(pilot, lambda: app.screen._kept)
        # `r` waits for a line; whoever goes back to the filter no longer means it.
        filtering = app.screen.query_one(".filter")
        await pilot.click(filtering)
        await settled(pilot, lambda: app.focused is filtering)
        app.post_message(events.Paste("weekl"))
        await settled(pilot, lambda: filtering.value == "weekly")
        slow.gate.set()
        await settled(pilot, lambda: "1 export" in painted(app) and "reading" not in painted(app))
        await pilot.pause(0.2)
        assert filtering.value == "weekly"
        assert len(app.screen_stack) == 1


async def test_what_was_typed_before_a_question_stood_there_is_no_answer_to_it(
    bench, burst, settled, slow
):
    bench.ready(3)
    app = SegportApp(bench.workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot, lambda: "reading..." in painted(app))
        burst(app, "r", "y", "y")
        await pilot.pause(0.1)
        slow.gate.set()
        await settled(pilot, lambda: "Run the export Weekly now?" in painted(app))
        await pilot.pause(0.3)
        assert "Run the export Weekly now?" in painted(app)
        assert runs.history(bench.desk) == []
        # It is, of whoever has read the question.
        await pilot.press("y")
        bench.until(lambda: runs.history(bench.desk))


async def test_what_asks_nothing_is_not_done_to_a_line_that_nobody_saw(bench, burst, settled, slow):
    bench.ready(3)
    app = SegportApp(bench.workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot, lambda: "reading..." in painted(app))
        burst(app, "z")
        await pilot.pause(0.1)
        slow.gate.set()
        await settled(pilot, lambda: "1 export" in painted(app) and "reading" not in painted(app))
        await pilot.pause(0.2)
        assert "paused" not in painted(app)
        await pilot.press("z")
        await settled(pilot, lambda: "paused" in painted(app))


@pytest.mark.parametrize("on", ["escape", "2"])
async def test_whoever_goes_on_no_longer_means_what_was_typed_before(
    bench, burst, settled, slow, on
):
    bench.ready(3)
    app = SegportApp(bench.workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot, lambda: "reading..." in painted(app))
        burst(app, "x", on)
        slow.gate.set()
        found = "1 connection" if on == "2" else "1 export"
        await settled(pilot, lambda: found in painted(app) and "reading" not in painted(app))
        await pilot.pause(0.3)
        assert len(app.screen_stack) == 1


async def test_a_key_of_the_table_waits_too_and_a_remapped_one(bench, burst, settled, slow):
    bench.ready(3)
    app = SegportApp(bench.workspace, Preferences(keys={"exports.plan": "f6"}))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot, lambda: "reading..." in painted(app))
        burst(app, "space", "f6")
        await pilot.pause(0.1)
        slow.gate.set()
        await settled(pilot, lambda: "Plan of Weekly" in painted(app))
        await pilot.press("escape")
        await settled(pilot, lambda: "1 export, 1 marked" in painted(app))


async def test_keys_that_need_no_line_never_wait_and_what_was_typed_for_a_page_is_left_with_it(
    bench, burst, settled, slow
):
    bench.ready(3)
    bench.run()
    app = SegportApp(bench.workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot, lambda: "reading..." in painted(app))
        burst(app, "l", "question_mark")
        await settled(pilot, lambda: "On this screen" in painted(app))
        burst(app, "escape")
        await settled(pilot, lambda: "reading..." in painted(app))
        burst(app, "p", "2")
        await settled(pilot, lambda: "[2 Connections]" in painted(app))
        slow.gate.set()
        burst(app, "1")
        await settled(pilot, lambda: "1 export" in painted(app) and "reading" not in painted(app))
        await pilot.pause(0.2)
        assert len(app.screen_stack) == 1
        # A list that was read is there at once.
        burst(app, "l")
        await settled(pilot, lambda: "> Run 1 " in painted(app))


async def test_what_is_typed_for_a_list_that_cannot_be_read_is_dropped(bench, burst, settled, slow):
    bench.ready(3)
    bench.run()
    app = SegportApp(bench.workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot, lambda: "reading..." in painted(app))
        burst(app, "l")
        await pilot.pause(0.1)
        slow.wrong = UsageError("It cannot be read.", "Mend it.")
        slow.gate.set()
        await settled(pilot, lambda: "It cannot be read. Mend it." in painted(app))
        slow.wrong = None
        burst(app, "1")
        await settled(pilot, lambda: "1 export" in painted(app))
        await pilot.pause(0.2)
        assert len(app.screen_stack) == 1


@pytest.mark.parametrize("wrong", [None, UsageError("It cannot be read.", "Mend it.")])
async def test_what_is_typed_for_a_run_waits_until_it_has_been_read(
    bench, burst, settled, monkeypatch, wrong
):
    bench.ready(3)
    bench.run()
    gate, read = threading.Event(), runs.load

    def load(desk, run_id):
        gate.wait(20)
        if wrong is not None:
            raise wrong
        return read(desk, run_id)

    monkeypatch.setattr(runs, "load", load)
    app = SegportApp(bench.workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot, lambda: "Run 1:" in painted(app))
        await pilot.press("l")
        await settled(pilot, lambda: "> Run 1 " in painted(app))
        burst(app, "p")
        await pilot.pause(0.2)
        assert type(app.screen).__name__ == "RunScreen"
        gate.set()
        if wrong is None:
            await settled(pilot, lambda: "rows read" in painted(app))
        else:
            await settled(pilot, lambda: "It cannot be read." in told(app))
            await pilot.pause(0.2)
            assert type(app.screen).__name__ == "RunScreen"


async def test_a_filter_is_typed_at_once_while_the_list_is_read(bench, burst, settled, slow):
    bench.ready(3)
    app = SegportApp(bench.workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot, lambda: "reading..." in painted(app))
        burst(app, "slash", *"plan")
        await settled(pilot, lambda: app.screen.query_one(".filter").value == "plan")
        slow.gate.set()
        await settled(pilot, lambda: 'filter "plan"' in painted(app))


async def test_a_list_that_takes_longer_to_read_than_others_take_to_write_is_shown_all_the_same(
    bench, settled, monkeypatch
):
    bench.ready(3)
    read = ExportsScreen.rows
    reads = []

    def rows(screen):
        reads.append(len(reads))
        time.sleep(0.3)
        return read(screen)

    monkeypatch.setattr(ExportsScreen, "rows", rows)
    app = SegportApp(bench.workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        writing = app.screen.set_interval(0.05, app.screen.journal_changed)
        await settled(pilot, lambda: "1 export" in painted(app))
        bench.export("vip", name="Second")
        await settled(pilot, lambda: "2 exports" in painted(app))
        # What was written while the last read was under way is not missed.
        count = len(reads)
        app.screen.journal_changed()
        app.screen.journal_changed()
        writing.stop()
        await settled(pilot, lambda: len(reads) > count)


async def test_what_is_typed_before_a_form_is_filled_in_goes_into_its_fields(bench, burst, settled):
    bench.ready(3)
    app = SegportApp(bench.workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot, lambda: "1 export" in painted(app))
        # One burst: the form opens, and back from the segments another name is typed.
        burst(app, "enter", "shift+tab", "shift+tab", *"2x")
        await settled(pilot, lambda: type(app.screen).__name__ == "ExportForm")
        await settled(pilot, lambda: app.screen.query_one("#name").value == "2x")
        burst(app, "escape")
        await settled(pilot, lambda: "Leave without saving" in painted(app))
        burst(app, "y", "B", "e", *"ops@1.com")
        await settled(pilot, lambda: type(app.screen).__name__ == "AlertForm")
        await settled(pilot, lambda: app.screen.query_one("#email").value == "ops@1.com")


async def test_the_way_out_of_a_form_does_not_wait(bench, burst, settled, monkeypatch):
    from tui.screens import export_known

    bench.ready(3)
    gate = threading.Event()
    read = export_known.read
    monkeypatch.setattr(export_known, "read", lambda *which: gate.wait(20) and read(*which))
    app = SegportApp(bench.workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot, lambda: "1 export" in painted(app))
        burst(app, "enter", *"xyz", "escape")
        await settled(pilot, lambda: len(app.screen_stack) == 1)
        gate.set()
        burst(app, "enter")
        await settled(pilot, lambda: type(app.screen).__name__ == "ExportForm")
        await settled(pilot, lambda: app.screen.query_one("#name").value == "Weekly")


async def test_what_is_typed_for_a_segment_waits_until_it_has_been_read(
    bench, burst, settled, monkeypatch
):
    bench.people("vip", range(60))
    gate = threading.Event()
    view = segments.view
    monkeypatch.setattr(
        segments, "view", lambda *words, **how: (gate.wait(), view(*words, **how))[1]
    )
    app = SegportApp(bench.workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("3")
        await settled(pilot, lambda: "1 segment" in painted(app))
        burst(app, "enter", "n", "j", "enter")
        await settled(pilot, lambda: "vip: reading..." in painted(app))
        gate.set()
        await settled(pilot, lambda: type(app.screen).__name__ == "ColumnScreen")
        assert app.screen_stack[-2].query_one("#columns").chosen == "1"
        await pilot.press("escape")
        await settled(pilot, lambda: "Rows 51 to 60 of 60" in painted(app))


async def test_a_key_is_held_back_for_as_long_as_a_slow_machine_takes_for_the_one_before(
    workspace, burst, settled, monkeypatch
):
    dealt_with = Input._on_key

    async def slowly(field, event):
        if event.key == "tab":
            time.sleep(1.5)
        await dealt_with(field, event)

    monkeypatch.setattr(Input, "_on_key", slowly)
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await connection_form(pilot, settled)
        burst(app, *"Main", "tab", *"xyz")
        await settled(pilot, lambda: app.focused.id == "usable_by" and not app._typed)
        assert app.screen.query_one("#name").value == "Main"


async def test_a_choice_that_has_to_be_read_first_does_not_come_over_another_question(
    bench, burst, settled, monkeypatch
):
    from workers.actions import connections

    bench.ready(3)
    read, gate = connections.listed, threading.Event()

    def late(desk):
        found = read(desk)
        assert gate.wait(30)
        return found

    monkeypatch.setattr(connections, "listed", late)
    app = SegportApp(bench.workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot, lambda: "1 export" in painted(app) and "reading" not in painted(app))
        burst(app, "c", "x")
        await settled(pilot, lambda: "Remove Weekly?" in painted(app))
        gate.set()
        await pilot.pause(0.3)
        assert "Remove Weekly?" in painted(app)
        assert len(app.screen_stack) == 2
        await pilot.press("escape", "c")
        await settled(pilot, lambda: "Connection of Weekly" in painted(app))


async def test_a_question_that_comes_while_a_key_is_under_way_is_not_answered_by_it(
    workspace, burst, settled
):
    answers = []

    class Sudden(Page):
        """Puts a question as soon as a key comes by, as something that was read first may."""

        def on_key(self) -> None:
            self.app.push_screen(Confirm("Really?", yes="Do it"), answers.append)

    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        app.push_screen(Sudden())
        await settled(pilot, lambda: isinstance(app.screen, Sudden) and app.screen.is_mounted)
        burst(app, "y")
        await settled(pilot, lambda: "Really?" in painted(app))
        await pilot.pause(0.3)
        assert answers == []
        await pilot.press("y")
        await settled(pilot, lambda: answers == [True])
