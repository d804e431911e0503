"""Problems in full, and questions about what cannot be undone."""

from __future__ import annotations

import stat
import threading

import pytest

from store.errors import UsageError
from tests.tui.painted import painted
from tui.app import SegportApp
from tui.screens.pick import Pick
from tui.screens.prompt import Prompt
from tui.screens.typed_confirm import TypedConfirm


async def asked(app, pilot, settled):
    answers: list[bool | None] = []
    await settled(pilot, lambda: "No exports yet" in painted(app))
    question = TypedConfirm("The export and its ledger are gone.", "Win [b]back", yes="Remove")
    app.push_screen(question, answers.append)
    await settled(pilot, lambda: "Type Win [b]back" in painted(app))
    return answers


async def test_enter_and_escape_keep_things_as_they_are(workspace, settled):
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        for key in ("enter", "escape"):
            answers = await asked(app, pilot, settled)
            assert app.focused.id == "no"
            await pilot.press(key)
            await settled(pilot, lambda found=answers: found == [False])


async def test_only_the_whole_name_and_a_deliberate_key_say_yes(workspace, settled):
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        answers = await asked(app, pilot, settled)
        yes = app.screen.query_one("#yes")
        await pilot.press("W", "i", "n", "space", *"[b]bac")
        assert yes.disabled
        await pilot.press("k", "enter")
        assert not yes.disabled
        await pilot.press("tab")
        assert app.focused is yes
        await pilot.press("enter", "space")
        assert answers == []
        await pilot.press("y")
        await settled(pilot, lambda: answers == [True])


async def test_a_problem_can_be_read_in_full_and_copied(workspace, settled, monkeypatch):
    app = SegportApp(workspace)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await settled(pilot, lambda: "No exports yet" in painted(app))
        await pilot.press("exclamation_mark")
        assert len(app.screen_stack) == 1

        def work():
            raise UsageError("The disk [bold]is full\x1b[31m.", "Make room.")

        app.screen.ask(work, lambda _: None)
        await settled(pilot, lambda: "! shows more" in painted(app))
        await pilot.press("exclamation_mark")
        await settled(pilot, lambda: "UsageError" in painted(app))
        assert "The disk [bold]is full␛[31m." in painted(app)
        assert "log.db" in painted(app)
        await pilot.press("y")
        await settled(pilot, lambda: "Sent to your terminal's clipboard" in painted(app))
        assert app.clipboard.startswith("The disk [bold]is full␛[31m.\nMake room.\n")
        assert "copied" not in painted(app).lower()


@pytest.mark.slow
async def test_one_of_many_is_found_by_a_part_of_its_name(workspace, settled):
    app, picked = SegportApp(workspace), []
    names = [f"column {n}" for n in range(40)] + ["Größe [b]", "größer\x1b[31m"]
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot, lambda: "No exports yet" in painted(app))
        app.push_screen(Pick("Column for Size", names, 3), picked.append)
        await settled(pilot, lambda: "/ finds" in painted(app))
        await pilot.press("slash", *"GRÖ")
        await settled(pilot, lambda: "column 3" not in painted(app))
        assert "Größe [b]" in painted(app)
        assert "größer␛[31m" in painted(app)
        # The keys that move are letters here; arrows move.
        await pilot.press("down", "enter")
        await settled(pilot, lambda: picked == [41])
        app.push_screen(Pick("Column for Size", names, 3), picked.append)
        await settled(pilot, lambda: "/ finds" in painted(app))
        await pilot.press("slash", *"nobody", "enter")
        await settled(pilot, lambda: "column" not in painted(app))
        await pilot.press("escape")
        await settled(pilot, lambda: "column 3" in painted(app))
        await pilot.press("escape")
        await settled(pilot, lambda: picked == [41, None])
        app.push_screen(Pick("Few", ["one", "two"]), picked.append)
        await settled(pilot, lambda: "(enter picks, esc leaves it)" in painted(app))
        await pilot.press("j", "enter")
        await settled(pilot, lambda: picked == [41, None, 1])


async def test_a_question_covers_the_title_only_with_what_is_told_while_it_is_asked(
    workspace, settled
):
    app = SegportApp(workspace)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await settled(pilot, lambda: "No exports yet" in painted(app))
        app.screen.say("It was paused.")
        await settled(pilot, lambda: "It was paused." in painted(app))
        await pilot.press("ctrl+t")
        await settled(pilot, lambda: "Colours (enter picks" in painted(app))
        assert painted(app).count("It was paused.") == 1
        assert painted(app).startswith(" Segport ")
        app.screen.say("The terminal has no such colours.")
        await settled(pilot, lambda: "no such colours" in painted(app).splitlines()[0])


async def test_a_mistake_of_its_own_leaves_a_report_without_values(workspace, settled):
    app = SegportApp(workspace)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await settled(pilot, lambda: "No exports yet" in painted(app))

        def work():
            customer = "ann@example.com"
            raise ValueError(customer)

        app.screen.ask(work, lambda _: None)
        await settled(pilot, lambda: "a mistake of its own" in painted(app))
        assert "ann@example.com" not in painted(app)
    (report,) = workspace.state.glob("crash-*.txt")
    text = report.read_text()
    assert "ValueError" in text
    assert "ann@example.com" not in text
    assert stat.S_IMODE(report.stat().st_mode) == 0o600


async def test_a_name_that_no_keyboard_has_is_confirmed_by_its_file(workspace, settled):
    app, answers = SegportApp(workspace), []
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot, lambda: "No exports yet" in painted(app))
        app.push_screen(
            TypedConfirm("It is gone.", "VIP → 臺灣 (copy)", yes="Remove", slug="vip-copy"),
            answers.append,
        )
        await settled(pilot, lambda: "or vip-copy to go on" in painted(app))
        line = next(line for line in painted(app).splitlines() if "[Remove (y)]" in line)
        assert line.index("[Cancel (esc)]") < line.index("[Remove (y)]")
        await pilot.press(*"vip-cup")
        await settled(pilot, lambda: "^ That is not VIP" in painted(app))
        assert app.screen.query_one("#yes").disabled
        await pilot.press("backspace", "backspace", *"opy")
        await settled(pilot, lambda: "That is not" not in painted(app))
        await pilot.press("tab", "y")
        await settled(pilot, lambda: answers == [True])


async def test_a_prompt_is_not_left_while_its_deed_is_done(workspace, settled):
    app, answers, go = SegportApp(workspace), [], threading.Event()

    def take(text: str) -> str:
        go.wait(20)
        return text

    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot, lambda: "No exports yet" in painted(app))
        app.push_screen(Prompt("Name", "x", take), answers.append)
        await settled(pilot, lambda: isinstance(app.screen, Prompt))
        await pilot.press("enter", "escape")
        try:
            await settled(pilot, lambda: "It is under way" in painted(app))
            assert answers == []
        finally:
            go.set()
        await settled(pilot, lambda: answers == ["x"])


@pytest.mark.slow
async def test_a_long_text_is_read_by_the_keys_of_pagers(workspace, settled):
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot, lambda: "No exports yet" in painted(app))
        await pilot.press("question_mark")
        await settled(pilot, lambda: "On this screen" in painted(app))
        text = app.screen.query_one("Reading")
        assert text.max_scroll_y > 3
        for key, wanted in (("j", 1), ("k", 0), ("G", text.max_scroll_y), ("g", 0)):
            await pilot.press(key)
            await settled(pilot, lambda wanted=wanted: text.scroll_y == wanted)
        await pilot.press("space")
        await settled(pilot, lambda: text.scroll_y > 3)
        await pilot.press("b")
        await settled(pilot, lambda: text.scroll_y == 0)
