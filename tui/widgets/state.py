"""The state of a run in a word; the colour only repeats what the word says."""

from __future__ import annotations

from typing import Final

from rich.text import Text

from store.journal.runs import State
from tui.colours import CAUTION, ERROR, GOOD, LIVE, QUIET, WARNING
from tui.text import safe

_STYLES: Final[dict[str, str]] = {
    State.NEEDS_APPROVAL: WARNING,
    State.SENDING: LIVE,
    State.SUCCESSFUL: GOOD,
    State.WITH_REJECTS: CAUTION,
    State.FAILED: ERROR,
    State.CANCELED: CAUTION,
    State.INTERRUPTED: ERROR,
    State.SKIPPED: QUIET,
}


def state_style(state: str) -> str:
    """The colour of a state, as the theme has it; empty for those that want nobody."""
    return _STYLES.get(state, "")


def state_text(state: str) -> Text:
    """The word, and its colour; for a table, which knows the theme."""
    return Text(safe(state), style=state_style(state), no_wrap=True, end="")
