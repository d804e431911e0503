"""The state of a run in a word; the colour only repeats what the word says."""

from __future__ import annotations

from typing import Final

from rich.text import Text

from store.journal.runs import State
from tui.text import safe

_STYLES: Final[dict[str, str]] = {
    State.QUEUED: "cyan",
    State.PLANNING: "cyan",
    State.NEEDS_APPROVAL: "bold yellow",
    State.SENDING: "bold cyan",
    State.SUCCESSFUL: "green",
    State.WITH_REJECTS: "yellow",
    State.FAILED: "bold red",
    State.CANCELED: "yellow",
    State.INTERRUPTED: "bold red",
    State.SKIPPED: "dim",
}


def state_text(state: str) -> Text:
    """The word, and its colour."""
    return Text(safe(state), style=_STYLES.get(state, ""), no_wrap=True, end="")
