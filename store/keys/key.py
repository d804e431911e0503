"""What holds an API key."""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import Final, NoReturn

from store.errors import KeyProblem

_MASK: Final = "****"
_LONGEST_KEY: Final = 4096


class Key:
    """An API key that cannot be shown, logged, copied or pickled by accident."""

    __slots__ = ("__value",)

    def __init__(self, value: str) -> None:
        """Take a key as it was typed or read, without the white space around it.

        Raises:
            KeyProblem: it is empty, or holds what no key holds.
        """
        value = value.strip()
        if not value:
            raise KeyProblem("The API key is empty.", "Copy it from the account's settings.")
        if len(value) > _LONGEST_KEY or not re.fullmatch(r"[\x21-\x7e]+", value):
            raise KeyProblem(
                "The API key holds a space, a line break or a character that no key holds.",
                "Copy it again from the account's settings.",
            )
        self.__value = value

    def reveal(self) -> str:
        """The key itself. Only where it leaves for what it belongs to, and for its own file."""
        return self.__value

    def fingerprint(self, workspace_secret: bytes) -> str:
        """Eight hex digits that stand for the key in this workspace, and tell nothing about it."""
        return hmac.new(workspace_secret, self.__value.encode(), hashlib.sha256).hexdigest()[:8]

    def __repr__(self) -> str:
        return f"Key({_MASK})"

    def __str__(self) -> str:
        return _MASK

    def __format__(self, spec: str) -> str:
        return format(_MASK, spec)

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a key is not pickled or copied")
