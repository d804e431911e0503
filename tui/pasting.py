"""Pastes as they were meant: text, whatever is in it.

A terminal puts marks around a paste. Textual goes on to look for keys inside, so that of a paste with
an escape character in it, as tmux and some terminals pass it on, the letters after it are taken for
keys: an `r` and a `y` would run an export.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from textual._xterm_parser import BRACKETED_PASTE_END, BRACKETED_PASTE_START, XTermParser
from textual.drivers import linux_driver

if TYPE_CHECKING:
    from textual.message import Message

_ESCAPE: Final = "\x1b"


class PlainPastes(XTermParser):
    """Takes the escape characters out of what is pasted, before it is parsed."""

    def __init__(self, debug: bool = False) -> None:
        super().__init__(debug)
        self._is_within = False
        # What may be part of a mark whose rest is yet to come.
        self._seen = ""

    def feed(self, data: str) -> Iterable[Message]:
        """Parse what came; nothing is the end of all."""
        told = "".join(self._plain(data))
        return super().feed(told) if told or not data else ()

    def _plain(self, data: str) -> Iterable[str]:
        while data:
            told, data = (self._inside if self._is_within else self._outside)(data)
            yield told

    def _outside(self, data: str) -> tuple[str, str]:
        """What is told up to a paste, at once, since an escape may be a key; and what is left."""
        seen = self._seen + data
        at = seen.find(BRACKETED_PASTE_START)
        if at < 0:
            self._seen = seen[1 - len(BRACKETED_PASTE_START) :]
            return data, ""
        end = at + len(BRACKETED_PASTE_START) - len(self._seen)
        self._is_within, self._seen = True, ""
        return data[:end], data[end:]

    def _inside(self, data: str) -> tuple[str, str]:
        """What is told of a paste, without what may be the beginning of its end; and what is left."""
        text = self._seen + data
        pasted, mark, left = text.partition(BRACKETED_PASTE_END)
        self._is_within, self._seen = not mark, "" if mark else _begun(text)
        pasted = pasted.removesuffix(self._seen)
        return pasted.replace(_ESCAPE, "") + mark, left


def _begun(text: str) -> str:
    """The beginning of an end of a paste that the text ends with."""
    mark = BRACKETED_PASTE_END
    return next((mark[:n] for n in range(len(mark) - 1, 0, -1) if text.endswith(mark[:n])), "")


def keep_plain() -> None:
    """Have Textual use it: it names its parser, and takes no other."""
    setattr(linux_driver, "XTermParser", PlainPastes)  # noqa: B010 - a class is no variable to mypy
