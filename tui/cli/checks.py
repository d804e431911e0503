"""One thing that `segport doctor` looked at."""

from __future__ import annotations

from typing import NamedTuple


class Check(NamedTuple):
    """What was looked at, what was found, and what to do about it."""

    what: str
    fine: bool
    found: str
    remedy: str = ""
