"""What leaves for the terminal: what is in front, once, and nothing of what it covers."""

from __future__ import annotations

from typing import Any, Final

from textual.screen import ModalScreen, Screen

from tui.in_order import InOrder
from tui.screens.painted import Painted

# Seconds; Textual's own 0.05 are longer than it takes to show a list that was read before.
_AT_ONCE: Final = 0.02


class Painting(InOrder):
    """An app whose pages are painted when somebody sees them."""

    @property
    def _background_screens(self) -> list[Screen[Any]]:
        # Textual counts the screen just below as seen, whatever covers it: a list that a run moves
        # behind the page of that run would be painted at every move, and the whole page with it.
        if not self.screen_stack or not isinstance(self.screen, ModalScreen):
            return []
        return super()._background_screens

    def delay_update(self, delay: float = _AT_ONCE) -> None:
        """Between two lists nothing is painted for so long, in which rows are read; see `_AT_ONCE`."""
        super().delay_update(delay)

    def _end_batch(self) -> None:
        super()._end_batch()
        if not self._batch_count:
            for screen in self._screen_stacks.get(self._current_mode, ()):
                if isinstance(screen, Painted):
                    screen.after_batch()
