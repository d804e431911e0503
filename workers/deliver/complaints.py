"""What is said of requests that are tried again: each cause once in a while, and how often it was."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

_QUIET: Final = 5.0


@dataclass(slots=True)
class Complaints:
    """Says a complaint at once, and the next of the same cause only after some seconds."""

    say: Callable[[str, str], None]
    clock: Callable[[], float] = time.monotonic
    _said: dict[str, float] = field(default_factory=dict)
    _held: dict[str, int] = field(default_factory=dict)

    def add(self, who: str, cause: str) -> None:
        """Complain that `cause` befell `who`."""
        now = self.clock()
        if now - self._said.get(cause, float("-inf")) < _QUIET:
            self._held[cause] = self._held.get(cause, 0) + 1
            return
        held = self._held.pop(cause, 0)
        more = f"; {held:,} more before it likewise" if held else ""
        self._said[cause] = now
        self.say(f"{who}: {cause}{more}.", "warning")
