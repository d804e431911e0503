"""An operator's own colours, mouse and keys."""

from __future__ import annotations

import errno
import re
from pathlib import Path

import pytest

from store import machine
from store.errors import ConfigurationError
from tests.tui.painted import painted, strips
from tui.app import SegportApp
from tui.preferences import THEMES, preferences

ROOT = Path(__file__).parents[2]
TRUE = {"COLORTERM": "truecolor"}


@pytest.fixture
def config(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    path = machine.paths()[0]
    path.parent.mkdir(parents=True)
    return path


@pytest.mark.parametrize(
    ("environ", "theme"),
    [
        (TRUE, None),
        ({}, "ansi-dark"),
        ({"COLORFGBG": "0;15"}, "ansi-light"),
        ({**TRUE, "COLORFGBG": "0;default;15"}, "textual-light"),
        ({**TRUE, "NO_COLOR": "1"}, "ansi-dark"),
        ({**TRUE, "TEXTUAL_THEME": "nord"}, "nord"),
    ],
)
def test_the_terminal_says_which_colours_it_can_show(config, environ, theme):
    assert preferences(environ).theme == theme


def test_the_configuration_wins_over_the_terminal_and_the_environment_over_both(config):
    config.write_text('theme = "light"\nmouse = false\n')
    assert preferences({}).theme == THEMES["light"]
    assert not preferences({}).mouse
    assert preferences({"TEXTUAL_THEME": "nord"}).theme == "nord"


async def test_keys_are_as_they_were_asked_for_wherever_they_are_shown(workspace, config, settled):
    config.write_text('theme = "light-16"\n[keys]\nexports.new = "f6,E"\n"app.help" = "ctrl+x"\n')
    app = SegportApp(workspace, preferences({}))
    async with app.run_test(size=(80, 50), notifications=True) as pilot:
        await settled(pilot, lambda: "No exports yet" in painted(app))
        assert app.theme == "ansi-light"
        await settled(pilot, lambda: "ctrl+x Help" in painted(app))
        await pilot.press("n")
        assert len(app.screen_stack) == 1
        await pilot.press("ctrl+x")
        await settled(pilot, lambda: "f6 E" in painted(app))
        await pilot.press("escape", "E")
        await settled(pilot, lambda: type(app.screen).__name__ == "ExportForm")
        assert "Problem" not in painted(app)


async def test_an_action_with_another_key_keeps_its_place_in_the_bottom_line(
    bench, config, settled
):
    bench.ready(3)
    config.write_text('[keys]\nexports.plan = "f6"\n')
    app = SegportApp(bench.workspace, preferences({}))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot, lambda: "enter Open / Filter n New f6 Plan r Run" in painted(app))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('theme = "pink"', "there is no theme pink"),
        ("theme = 3", "config.toml, line 1, field theme: expected"),
        ("colour = 1", "field colour"),
        ("keys = [", "is not valid TOML"),
        ('[keys]\nexports.nwe = "x"', "there is no action exports.nwe"),
        ('[keys]\nexports.new = "ctl+x"', '"ctl+x" of exports.new is no key'),
        ('[keys]\nexports.new = "j"', '"New" (exports.new) and "Down" (table.down)'),
        ('[keys]\nexports.new = "?"', '"New" (exports.new) and "Help" (app.help)'),
        ('[keys]\nexports.new = "p"', '"New" (exports.new) and "Plan" (exports.plan)'),
    ],
)
async def test_a_mistake_is_told_and_the_app_starts(workspace, config, settled, text, told):
    config.write_text(text)
    app = SegportApp(workspace, preferences({}))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settled(pilot, lambda: "Problem" in painted(app))
        assert told in app._problem.message
        await settled(pilot, lambda: "No exports yet" in painted(app))


def test_keys_that_cannot_be_pressed_at_one_time_do_not_clash(config):
    config.write_text('[keys]\nexports.new = "t"\nrun.cancel = "n"\n')
    assert preferences({}).complaint(["ansi-dark"]) is None


async def test_colours_are_chosen_and_kept(workspace, config, settled):
    config.write_text('# mine\ntheme = "dark"\n\n[keys]\nexports.new = "f6"\n')
    app = SegportApp(workspace, preferences({}))
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await settled(pilot, lambda: "No exports yet" in painted(app))
        await pilot.press("ctrl+t")
        await settled(pilot, lambda: "light-16" in painted(app))
        await pilot.press("down", "enter")
        await settled(pilot, lambda: "kept in" in painted(app))
        assert app.theme == "textual-light"
    assert config.read_text().startswith('# mine\ntheme = "light"\n')
    assert machine.load().keymap == {"exports.new": "f6"}


def test_colours_are_kept_where_there_was_no_file(config):
    machine.keep_theme("light")
    assert config.read_text() == 'theme = "light"\n'
    assert machine.load().theme == "light"


def test_a_configuration_that_may_not_be_looked_into_is_a_sentence(config, monkeypatch):
    """As where $HOME is still another account's."""

    def refused(*_, **__):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "stat", refused)
    with pytest.raises(ConfigurationError, match="cannot be read"):
        machine.load()


async def test_without_colours_cursor_and_choice_are_still_seen(workspace, monkeypatch, settled):
    monkeypatch.setenv("NO_COLOR", "1")
    (workspace.segments_folder / "vip.csv").write_text("email\na@example.com\n")
    app = SegportApp(workspace, preferences({"NO_COLOR": "1"}))
    async with app.run_test(size=(80, 24)) as pilot:

        def styles(words):
            return [
                segment.style for strip in strips(app) for segment in strip if words in segment.text
            ]

        await pilot.press("3")
        await settled(pilot, lambda: styles("vip"))
        assert styles("vip")[0].reverse
        await pilot.press("ctrl+t")
        await settled(pilot, lambda: styles("light-16"))
        assert styles("dark-16")[0].underline
        assert not styles("light-16")[0].underline
        everything = [s for strip in strips(app) for s in strip]
        assert not any(s.style and s.style.color and s.style.color.number for s in everything)


def contrast(one, other):
    """The ratio of WCAG 2."""

    def luminance(colour):
        parts = [
            part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
            for part in colour.normalized
        ]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_the_readme_says_of_each_setting_what_its_source_says():
    source = machine.Machine.__doc__.partition("Attributes:")[2]
    said = re.findall(
        r"^        (\w+): (.*?)(?=^        \w+: |\Z)", source, re.DOTALL | re.MULTILINE
    )
    rows = [f"| `{name}` | {' '.join(words.split())} |" for name, words in said]
    assert [name for name, _ in said] == list(machine.Machine.__struct_fields__)
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "\n".join(rows) in readme


def test_what_operators_chose_behind_the_gate_is_each_ones_own(workspace):
    from store.people import looks, tastes

    for name, theme in (("a.b", "light"), ("a-b", "dark"), ("A-B", "nord")):
        tastes.keep_theme(workspace, name, theme)
        looks.save(workspace, name, looks.Looks(here=name, runs=name))
    assert [tastes.load(workspace, name).theme for name in ("a.b", "a-b", "A-B", "ab")] == [
        "light", "dark", "nord", None,
    ]  # fmt: skip
    assert [looks.load(workspace, name).here for name in ("a.b", "a-b", "A-B")] == [
        "a.b", "a-b", "A-B",
    ]  # fmt: skip


@pytest.mark.parametrize("theme", ["textual-light", "solarized-light", "catppuccin-latte"])
async def test_words_in_colours_can_be_read_on_a_light_background(workspace, settled, theme):
    from textual.color import Color

    from tui.colours import CAUTION, ERROR, GOOD, LIVE, for_rich

    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        app.theme = theme
        await settled(pilot, lambda: "No exports yet" in painted(app))
        backgrounds = [Color.parse(app.theme_variables[name]) for name in ("surface", "panel")]
        for style in (GOOD, LIVE, CAUTION, ERROR):
            colour = Color.parse(for_rich(style, app.theme_variables).removeprefix("bold "))
            for background in backgrounds:
                assert contrast(colour, background) >= 4.5, (style, background)


async def test_the_keys_of_the_bottom_line_can_be_read_on_a_light_background(workspace, settled):
    from textual.color import Color

    app = SegportApp(workspace, preferences({"COLORFGBG": "0;15", "COLORTERM": "truecolor"}))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot, lambda: "No exports yet" in painted(app))
        assert app.theme == "textual-light"
        colours = app.theme_variables
        names = ("footer-key-foreground", "footer-background")
        assert contrast(*(Color.parse(colours[name]) for name in names)) >= 4.5


async def test_the_sixteen_on_light_go_without_the_pale_ones(workspace, settled):
    from tui.colours import CAUTION, GOOD, LIVE, for_rich

    app = SegportApp(workspace, preferences({"COLORFGBG": "0;15"}))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot, lambda: "No exports yet" in painted(app))
        told = [for_rich(style, app.theme_variables) for style in (GOOD, LIVE, CAUTION)]
        assert told == ["default", "bold blue", "magenta"]
        app.theme = "ansi-dark"
        await settled(pilot, lambda: for_rich(CAUTION, app.theme_variables) == "yellow")
