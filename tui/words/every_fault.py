"""All that is wrong with something of several parts, though whoever makes it stops at the first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from store.errors import SegportError, UsageError, refuse

T = TypeVar("T")


def made(
    make: Callable[[dict[str, Any]], T], parts: Mapping[str, Any], right: Mapping[str, Any]
) -> T:
    """Make it of its parts; each wrong one is replaced by a right one, so that the next is found.

    Args:
        make: raises a `UsageError` that is `about` a part.
        parts: as they were typed.
        right: for each part that can be wrong, something that is right in its place.

    Raises:
        SegportError: everything that is wrong.
    """
    faults: dict[str, SegportError] = {}
    tried = dict(parts)
    while True:
        try:
            found = make(tried)
        except UsageError as error:
            if error.about not in right or error.about in faults:
                raise
            faults[error.about] = error
            tried[error.about] = right[error.about]
        else:
            refuse(list(faults.values()))
            return found
