"""A page up or down in a list of options that has no height yet: it goes nowhere.

Textual looks for the line of an option before it knows any, and ends the app: by a key that follows at
once on the one that opens the palette, a drop-down or a choice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual.widgets import OptionList

if TYPE_CHECKING:
    from textual._widget_navigation import Direction

_MOVE_PAGE: Final = OptionList._move_page  # noqa: SLF001 - all lists of options go through it


def _move_page(options: OptionList, direction: Direction) -> None:
    if options.scrollable_content_region:
        _MOVE_PAGE(options, direction)


def keep_paging() -> None:
    """Have all lists of options do so, Textual's own among them."""
    setattr(OptionList, "_move_page", _move_page)  # noqa: B010 - a method is no variable to mypy
