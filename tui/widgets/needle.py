"""What a filter looks for: a text, in whatever case, or what it means as a regular expression."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Needle:
    """Looked for in every cell of a row; an empty one is in all of them."""

    text: str = ""

    def is_in(self, cells: Sequence[str]) -> bool:
        """Whether one of the cells holds it."""
        return any(self.folded in cell.casefold() for cell in cells) or (
            self._pattern is not None and any(map(self._pattern.search, cells))
        )

    @cached_property
    def folded(self) -> str:
        """The text in lower case."""
        return self.text.casefold()

    @cached_property
    def _pattern(self) -> re.Pattern[str] | None:
        try:
            return re.compile(self.text, re.IGNORECASE)
        except re.error:
            # Not yet, or not at all: it is a text then.
            return None
