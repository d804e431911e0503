"""Colours that words are set in. What a colour says, its word says too.

They are named by what they mean and come from the theme, so that each is readable on its background.
Textual's light palette is made for code; its yellow and green are too pale for words on light grey, as
are those of most terminals with a light background.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from textual.theme import Theme

GOOD: Final = "$text-success"
LIVE: Final = "bold $text-accent"
CAUTION: Final = "$text-warning"
WARNING: Final = "bold $text-warning"
ERROR: Final = "bold $text-error"
QUIET: Final = "dim"

# Each 4.5 to 1 or more on the surfaces of light themes.
_ON_LIGHT: Final = {
    "text-success": "#1E5F14",
    "text-warning": "#734B00",
    "text-accent": "#005573",
    "text-error": "#A01414",
}
# The keys of the bottom line, where the theme has them paler than words; others have a line of their own.
_KEYS_ON_LIGHT: Final = {"textual-light": {"footer-key-foreground": _ON_LIGHT["text-accent"]}}
# Of the sixteen, blue, magenta and red can be read on white in nearly every terminal; green, yellow and
# cyan in hardly any.
_ON_LIGHT_16: Final = {
    "text-success": "ansi_default",
    "text-warning": "ansi_magenta",
    "text-accent": "ansi_blue",
    "footer-key-foreground": "ansi_blue",
}
_VARIABLE: Final = re.compile(r"\$([a-z0-9-]+)")


def readable(theme: Theme, variables: Mapping[str, str]) -> dict[str, str]:
    """The variables of a theme, with words that can be read on its background."""
    if theme.dark:
        return dict(variables)
    if theme.ansi:
        return {**variables, **_ON_LIGHT_16}
    return {**variables, **_ON_LIGHT, **_KEYS_ON_LIGHT.get(theme.name, {})}


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
