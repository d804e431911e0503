"""Whether the terminal is still there: a line that broke does not always send a signal."""

from __future__ import annotations

import select
import sys


def terminal_is_gone() -> bool:
    """Whether the other end of the terminal was closed.

    Without a controlling terminal, as behind some SSH set-ups, no SIGHUP comes, and Textual would
    read the end of its input over and over.
    """
    try:
        poll = select.poll()
        poll.register(sys.__stdin__.fileno(), 0)  # type: ignore[union-attr]  # None is caught below
        return any(event & select.POLLHUP for _, event in poll.poll(0))
    except (AttributeError, OSError, ValueError):
        return True
