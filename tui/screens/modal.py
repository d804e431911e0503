"""A question over the screen below it, answered once."""

from __future__ import annotations

from textual.await_complete import AwaitComplete
from textual.screen import ModalScreen, ScreenResultType

from tui.screens.base import Asking


class Modal(ModalScreen[ScreenResultType], Asking):
    """Keys that were typed ahead must not answer a second time: that closes the screen below."""

    answered = False
    DEFAULT_CSS = """
    Modal { align: center middle; background: $background 60%; layers: default over; }
    Modal > Vertical, Modal > VerticalScroll {
        width: 70; max-width: 95%; height: auto; max-height: 90%;
        border: solid $primary; padding: 0 1; background: $surface;
    }
    Modal .buttons { height: auto; align-horizontal: right; margin-top: 1; }
    Modal .buttons Button { margin-left: 2; }
    """

    def dismiss(self, result: ScreenResultType | None = None) -> AwaitComplete:
        """Answer, the first time."""
        if self.answered:
            return AwaitComplete()
        self.answered = True
        return super().dismiss(result)
