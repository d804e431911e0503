"""Whether the terminal is still there: a line that broke does not always send a signal."""

from __future__ import annotations

import os
import select
import sys
import threading
import time
from typing import Final

# Seconds in which the app may end by itself.
_ORDERLY: Final = 3.0


def terminal_is_gone() -> bool:
    """Whether the other end of the terminal was closed.

    Without a controlling terminal, as behind some SSH set-ups, no SIGHUP comes, and Textual would
    read the end of its input over and over.
    """
    try:
        return _hung_up(0)
    except (AttributeError, OSError, ValueError):
        return True


def _hung_up(patience: int | None) -> bool:
    """Whether it was closed, at once or by the end of so many milliseconds; None waits until it is."""
    poll = select.poll()
    # Nobody asks for input: only what goes wrong wakes it.
    poll.register(sys.__stdin__.fileno(), 0)  # type: ignore[union-attr]  # who asks bears with None
    return any(event & select.POLLHUP for _, event in poll.poll(patience))


def end_with_terminal() -> None:
    """End this process soon after its terminal is closed, whatever it is at.

    What Textual writes then has nowhere to go and nobody who takes it from its queue, so that an app
    with much to write would stand still there, and read the end of its input over and over.
    """
    threading.Thread(target=_end_after_hangup, name="hangup", daemon=True).start()


def _end_after_hangup() -> None:
    while not _hung_up(None):
        time.sleep(1)
    time.sleep(_ORDERLY)
    os._exit(0)


def let_go() -> None:
    """Point what would be written yet at nothing: Python ends with an error for what it cannot flush."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for output in (1, 2):
        os.dup2(nowhere, output)
    os.close(nowhere)
