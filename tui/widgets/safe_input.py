"""Where a line of text is typed: what stands in it may be another's, and acts on no terminal."""

from __future__ import annotations

from rich.text import Text
from textual.widgets import Input

from tui.text import safe


class SafeInput(Input):
    """Holds its text as it is, and shows it safe: one picture for each character."""

    @property
    def _value(self) -> Text:
        shown = "•" * len(self.value) if self.password else safe(self.value)
        return Text(shown, no_wrap=True, overflow="ignore", end="")
