"""What a terminal shows that is too small for anything else."""

from __future__ import annotations

from typing import Final

from textual.content import Content

from tui.registry import with_keys
from tui.widgets.static import Static

WIDTH: Final = 60
HEIGHT: Final = 15


class TooSmall(Static):
    """Lies over a screen while it is too small; below it everything stays as it was.

    The app's CSS shows it, by the classes that the breakpoints give a screen.
    """

    DEFAULT_CSS = """
    TooSmall {
        layer: over; dock: top; display: none; width: 100%; height: 100%;
        background: $surface; color: $foreground;
    }
    """

    def __init__(self) -> None:
        super().__init__("", markup=False)

    def on_mount(self) -> None:
        """Say what it is about, and the one key that is taken."""
        words = (
            f"Terminal too small: {WIDTH} x {HEIGHT} at least. Segport goes on, and nothing that "
            "you typed is lost. Until there is room no key does anything, but {app.quit_anywhere} "
            "leaves."
        )
        self.update(Content(with_keys(words, self.screen)))
