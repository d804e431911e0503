"""Standard streams that the caller closed, as some daemons and `>&-` do, lead to nothing."""

from __future__ import annotations

import os
import sys


def complete() -> None:
    """Put nothing where a stream is missing, before any file is opened.

    The next file would get its number, and whatever is printed or read by number would then go into
    that file, or come out of it.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is not None:
            continue
        nowhere = os.open(os.devnull, os.O_RDWR)
        if nowhere != number and not _is_open(number):
            os.dup2(nowhere, number)
            os.close(nowhere)
            nowhere = number
        os.set_inheritable(nowhere, nowhere == number)
        stream = os.fdopen(nowhere, "w" if number else "r", encoding="utf-8", errors="replace")
        setattr(sys, name, stream)


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True
