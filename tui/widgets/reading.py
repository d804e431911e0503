"""A text that is read by scrolling, by the keys of the lists and of pagers."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll


class Reading(VerticalScroll):
    """One text, longer than its place."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "scroll_down", "Down", show=False, id="reading.down"),
        Binding("k", "scroll_up", "Up", show=False, id="reading.up"),
        Binding("space", "page_down", "Page down", show=False, id="reading.page_down"),
        Binding("b", "page_up", "Page up", show=False, id="reading.page_up"),
        Binding("g", "scroll_home", "First", show=False, id="reading.first"),
        Binding("G", "scroll_end", "Last", show=False, id="reading.last"),
    ]
