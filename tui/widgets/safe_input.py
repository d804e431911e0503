"""Where a line of text is typed: what stands in it may be another's, and acts on no terminal."""

from __future__ import annotations

from rich.text import Text
from textual import events
from textual.widgets import Input

from tui.text import safe


class SafeInput(Input):
    """Holds its text as it is, and shows it safe: one picture for each character.

    Attributes:
        takes_keys: off while it is asked what else could be done, as by the palette.
    """

    takes_keys = True

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Letters are typed, and mean nothing else here."""
        return self.takes_keys and super().check_consume_key(key, character)

    @property
    def _value(self) -> Text:
        shown = "•" * len(self.value) if self.password else safe(self.value)
        return Text(shown, no_wrap=True, overflow="ignore", end="")

    def _on_paste(self, event: events.Paste) -> None:
        """Lines become one: copied text has line ends around it, and Textual takes the first line."""
        event.prevent_default()
        event.stop()
        lines = (line.strip() for line in event.text.splitlines())
        self.replace(" ".join(line for line in lines if line), *self.selection)
