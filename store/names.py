"""Display names, of connections and exports: what a file, a list and a screen can carry."""

from __future__ import annotations

from typing import Final

from store.errors import UsageError

LONGEST_NAME: Final = 200


def is_plain(name: str) -> bool:
    """Whether it is something, on one line, without a slash, and not too long."""
    return bool(name.strip()) and name.isprintable() and "/" not in name and not is_long(name)


def is_long(name: str) -> bool:
    """Whether it is too long."""
    return len(name) > LONGEST_NAME


def unplain(what: str, name: str) -> UsageError | None:
    """Why `what`, as in "A connection", cannot have this name; None where it can."""
    if is_plain(name):
        return None
    return UsageError(
        f"{what} needs a plain name, without / or control characters.",
        f"{LONGEST_NAME} letters are the most." if is_long(name) else "",
        about="name",
    )
