from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest

from store.errors import UsageError
from tests.tui.painted import painted
from tests.tui.plain_strings import strangers
from tui.app import SegportApp
from tui.screens.confirm import Confirm
from tui.text import safe, safe_content, safe_lines, safe_text

TUI = Path(__file__).parents[2] / "tui"

HOSTILE = [
    "\x1b[31mred\x1b[0m",
    "\x1b]52;c;aGVsbG8=\x07",
    "\x9b2J\x85",
    "a\rb\nc\td\x00",
    "\u202eevil\u2066",
    "zero\u200bwidth\ufeff",
    "\ud83d",
    "[@click=app.quit]x[/]",
    "a[/red]b",
    "[bold]",
    "[",
    "\\[x]",
    "[link=file:///etc/passwd]y[/link]",
]
UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)


@pytest.mark.parametrize("value", HOSTILE)
def test_nothing_that_acts_is_left(value):
    for text in (safe(value), safe_text(value).plain, safe_content(value).plain):
        assert not UNSAFE.search(text)
        text.encode()


def test_what_was_there_can_still_be_told():
    assert safe("a\x1bb\x7f") == "a␛b␡"
    assert safe("a\u202eb\x9b") == "a\ufffdb\ufffd"
    assert safe("Zoë 田中 👩") == "Zoë 田中 👩"
    assert safe(None) == "None"
    assert safe_lines("a\x1b\nb") == "a␛\nb"


def test_brackets_are_only_brackets():
    assert safe_text("[bold]x[/]").plain == "[bold]x[/]"
    assert not safe_text("[bold]x[/]").spans
    assert safe_content("[@click=app.quit]x[/]").plain == "[@click=app.quit]x[/]"
    assert not safe_content("[@click=app.quit]x[/]").spans


def test_wide_characters_are_cut_by_cells():
    assert safe_text("田中さくら", width=5).cell_len <= 5


@pytest.mark.parametrize("path", sorted(TUI.rglob("*.py")), ids=lambda p: str(p.relative_to(TUI)))
def test_no_screen_lets_text_be_parsed_as_markup(path):
    for call in ast.walk(ast.parse(path.read_text())):
        if not isinstance(call, ast.Call):
            continue
        name = getattr(call.func, "id", getattr(call.func, "attr", ""))
        assert name != "Input", f"{path.name}:{call.lineno} takes Textual's Input, not SafeInput"
        if name not in {"Static", "Label", "notify"}:
            continue
        told = {word.arg: word.value for word in call.keywords}
        markup = told.get("markup")
        assert isinstance(markup, ast.Constant), f"{path.name}:{call.lineno} says no markup=False"
        assert markup.value is False


def test_no_screen_shows_a_plain_string_from_outside():
    assert strangers(TUI) == []


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("Static(run.cause, markup=False)", 1),
        ("self.update(name)", 1),
        ('self.update(f"{name}: {number(3)}")', 1),
        ("words = self._words\n    self.update(words)", 1),
        ('parts = ["a"]\n    parts.append(run.cause)\n    Content.assemble(*parts)', 1),
        ("table.add_row(safe_text(name), name)", 1),
        ("Text(other(name))", 1),
        ('self.app.notify(", ".join(names))', 1),
        ("Static(safe_content(run.cause), markup=False)", 0),
        ('self.update(f"{safe(name)}: {len(names)} {3:>4g}")', 0),
        ('words = "a" if name else safe(name)\n    self.update(words)', 0),
        ("self.update(told(name))", 0),
        ("known.update({name: name})", 0),
    ],
)
def test_what_looks_for_plain_strings_finds_them(tmp_path, line, found):
    told = "def told(name: str) -> str:\n    return safe(name)\n"
    other = "def other(name: str) -> str:\n    return name\n"
    code = f"{told}{other}def show(self, name: str, names, run, table, known):\n    {line}\n"
    (tmp_path / "screen.py").write_text(code)
    assert len(strangers(tmp_path)) == found, strangers(tmp_path)


async def test_hostile_names_columns_and_values_on_screen(workspace, settled):
    folder = workspace.segments_folder
    names = ("[@click=app.quit]c", "n\u202e[/]")
    rows = [json.dumps({names[0]: value, names[1]: 1}) for value in HOSTILE if value != "\ud83d"]
    (folder / "a[red]\x1b[31m.jsonl").write_text("\n".join(reversed(rows)) + "\n")
    (folder / "zz[b].xlsx").write_text("")
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("3")
        await settled(pilot, lambda: "a[red]␛[31m" in painted(app))
        await settled(pilot, lambda: "counting" not in painted(app))
        await pilot.press("enter")
        await settled(pilot, lambda: "personal values masked" in painted(app))
        await pilot.press("v")  # in clear, which is where a value could act
        await settled(pilot, lambda: "[@click=app.quit]x[/]" in painted(app))
        assert not UNSAFE.search(painted(app).replace("\n", ""))
        assert "[@click=app.quit]c" in painted(app)


@pytest.mark.parametrize("value", HOSTILE)
async def test_hostile_words_in_toasts_and_questions(workspace, value, settled):
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        app.screen.problem(UsageError(value, value))
        app.screen.say(value)
        app.push_screen(Confirm(value, yes=value))
        await pilot.pause(0.05)
        assert not UNSAFE.search(painted(app).replace("\n", ""))
        assert app.is_running
