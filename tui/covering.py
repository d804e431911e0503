"""What is in front covers what is behind: pages that nobody sees are neither laid out nor painted.

Textual counts the screen just below as seen, whatever covers it. A list that a run moves behind the page
of that run would be painted at every move, and the whole page with it.
"""

from __future__ import annotations

from typing import Any

from textual.screen import ModalScreen, Screen

from tui.in_order import InOrder


class Covering(InOrder):
    """Only a question lets what is behind it be seen."""

    @property
    def _background_screens(self) -> list[Screen[Any]]:
        if not self.screen_stack or not isinstance(self.screen, ModalScreen):
            return []
        return super()._background_screens
