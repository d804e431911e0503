"""Colours that words are set in, where the terminal's own are not used.

Textual's light palette is made for code; its yellow and green are too pale for words on light grey.
"""

from __future__ import annotations

from typing import Final

from rich.terminal_theme import TerminalTheme

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
