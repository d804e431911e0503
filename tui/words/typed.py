"""Numbers as people type them."""

from __future__ import annotations

import re

_GROUPED = re.compile(r"\d{1,3}(,\d{3})+(\.\d*)?", re.ASCII)


def without_groups(text: str) -> str:
    """`1,000` without its comma; any other comma stays: `2,5` is not 25, and is refused as a number."""
    return text.replace(",", "") if _GROUPED.fullmatch(text) else text
