"""Named places at which a test can kill the process, as a power cut would.

`SEGPORT_SEAM=after-commit:3` kills the process at the third passing of the seam `after-commit`;
`SEGPORT_SEAM=after-commit:3:stop` makes it stand still there.
Seams: before-commit, after-commit, before-send, after-receive, before-settle, after-settle, planned,
read (a segment, by a plan); in a scheduler claimed, asked; where a person is erased, erasing.
"""

from __future__ import annotations

import os
import signal
import threading
from typing import Final

VARIABLE: Final = "SEGPORT_SEAM"

_name, _count, _signal, *_ = [*os.environ.get(VARIABLE, "").split(":"), "", ""]
_left = int(_count or "1")


def seam(name: str) -> None:
    """Pass a seam; costs a comparison unless a test armed it."""
    global _left  # noqa: PLW0603 - a count of passings belongs to the process
    if name != _name:
        return
    _left -= 1
    if _left == 0:
        # To this thread, which gets no further: one to the process may first arrive at another.
        signal.pthread_kill(
            threading.get_ident(), signal.SIGSTOP if _signal == "stop" else signal.SIGKILL
        )
