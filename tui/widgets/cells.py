"""The cells of a table: cut and coloured as they are painted, or as they are written to a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from rich.text import Text

from tui.colours import for_rich
from tui.text import safe, safe_text
from tui.widgets.columns import Column

Cell: TypeAlias = Text | str


def heading(column: Column, width: int, arrow: str) -> Text:
    """The title of a column, with an arrow where rows are sorted by it."""
    # A narrow column does without the space before the arrow.
    gap = " " if arrow and len(column.title) + 2 <= width else ""
    title = safe_text(column.title, width=width - len(gap) - len(arrow)).append(f"{gap}{arrow}")
    if column.right:
        title.align("right", width)
    return title


def painted(
    cell: Cell, column: Column, width: int, theme: Mapping[str, str], *, marked: bool
) -> Text:
    """A cell in its width and colour; `marked` where it says that its row is."""
    style = str(cell.style) if isinstance(cell, Text) else ""
    words = cell.plain if isinstance(cell, Text) else cell
    if marked:
        words, style = f"* {words}", "bold"
    text = safe_text(words, for_rich(style, theme), width)
    if column.right:
        text.align("right", width)
    return text


def written(cell: Cell) -> str:
    """A cell in a file, where nothing needs no dash."""
    text = safe(str(cell))
    return "" if text == "-" else text
