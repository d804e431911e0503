"""An app that writes to a terminal of its own, which a test can read."""

from __future__ import annotations

from itertools import zip_longest

import pyte
from textual._compositor import CompositorUpdate

from tests.tui.painted import strips
from tui.app import SegportApp


class Shown(SegportApp):
    """What leaves for the terminal is kept, and what stands there after it.

    Attributes:
        frames: all that was written, a frame each.
        terminal: as somebody sees it.
    """

    def __init__(self, *given, size=(80, 24)) -> None:
        super().__init__(*given)
        self.frames: list[str] = []
        self.terminal = pyte.Screen(*size)
        self._stream = pyte.Stream(self.terminal)

    def _display(self, screen, renderable) -> None:
        if isinstance(renderable, CompositorUpdate) and not self._batch_count:
            self.frames.append(renderable.render_segments(self.console))
            self._stream.feed(self.frames[-1].replace("\n", "\r\n"))
        super()._display(screen, renderable)

    def differences(self) -> list[tuple[str, str]]:
        """The lines that stand on the terminal otherwise than they should."""
        meant = (strip.text.rstrip() for strip in strips(self))
        seen = (line.rstrip() for line in self.terminal.display)
        # A screen that has not been laid out yet has no lines.
        return [pair for pair in zip_longest(meant, seen, fillvalue="") if pair[0] != pair[1]]
