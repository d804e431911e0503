"""Colours that words are set in. What a colour says, its word says too.

They are named by what they mean and come from the theme, so that each is readable on its background.
Textual's light palette is made for code; its yellow and green are too pale for words on light grey, as
are those of most terminals with a light background.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from rich.terminal_theme import TerminalTheme

if TYPE_CHECKING:
    from textual.theme import Theme

GOOD: Final = "$text-success"
LIVE: Final = "bold $text-accent"
CAUTION: Final = "$text-warning"
WARNING: Final = "bold $text-warning"
ERROR: Final = "bold $text-error"
QUIET: Final = "dim"

# black, red, green, yellow, blue, magenta, cyan, white, bright black: each 4.5 to 1 or more on
# the light theme's surface.
_NORMAL: Final = [
    (0, 0, 0),
    (160, 20, 20),
    (30, 95, 20),
    (115, 75, 0),
    (30, 70, 160),
    (115, 45, 150),
    (0, 85, 115),
    (247, 247, 247),
    (85, 85, 85),
]
LIGHT: Final = TerminalTheme((247, 247, 247), (0, 0, 0), _NORMAL, _NORMAL[1:8])

# Of the sixteen, blue, magenta and red can be read on white in nearly every terminal; green, yellow and
# cyan in hardly any.
_ON_LIGHT: Final = {
    "text-success": "ansi_default",
    "text-warning": "ansi_magenta",
    "text-accent": "ansi_blue",
    "footer-key-foreground": "ansi_blue",
}
_VARIABLE: Final = re.compile(r"\$([a-z0-9-]+)")


def light_16(theme: Theme) -> Theme:
    """Textual's theme of the terminal's own colours on a light background, made readable."""
    return replace(theme, variables={**theme.variables, **_ON_LIGHT})


def for_rich(style: str, variables: Mapping[str, str]) -> str:
    """A style with the theme's colours in it, as a table's cell takes it.

    Args:
        style: such as `bold $text-warning`.
        variables: of the theme in use; a colour that is not there is left to the terminal.
    """
    return _VARIABLE.sub(lambda found: _colour(variables.get(found[1], "")), style).strip()


def _colour(value: str) -> str:
    if value.startswith("ansi_"):
        return value.removeprefix("ansi_")
    return value[:7] if value.startswith("#") else ""
