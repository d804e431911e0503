"""The one door for every value that is not ours: file names, columns, customers, answers.

A terminal obeys what it is shown. An escape sequence in a first name can move the cursor, write
the clipboard or restyle the screen, and a bidirectional mark can turn a sentence round. So each
such character is shown as a picture of itself and none is sent on. Square brackets are markup to
Textual; text made here is never parsed for it.

Nothing heavy is imported at module level: the command line uses `safe` too.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from rich.text import Text
    from textual.content import Content

# C0, DEL and C1; bidirectional marks, zero width characters, byte order mark; lone surrogates.
_UNSAFE: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)
_REPLACEMENT: Final = "\ufffd"


def safe(value: object) -> str:
    """The value as one line of text in which nothing can act on a terminal."""
    return _UNSAFE.sub(_picture, value if isinstance(value, str) else str(value))


def safe_text(value: object, style: str = "", width: int | None = None) -> Text:
    """The value for a table cell: safe, never parsed as markup, cut to `width` cells."""
    from rich.text import Text

    text = Text(safe(value), style=style, no_wrap=True, end="")
    if width is not None:
        text.truncate(width, overflow="ellipsis")
    return text


def safe_content(value: object) -> Content:
    """The value for a label, an option or a toast: safe, never parsed as markup."""
    from textual.content import Content

    return Content(safe(value))


def safe_lines(value: object) -> str:
    """The same as `safe` for text of several lines: line ends stay what they are."""
    return "\n".join(safe(line) for line in str(value).split("\n"))


def safe_lines_content(value: object) -> Content:
    """The same as `safe_content` for text of several lines."""
    from textual.content import Content

    return Content(safe_lines(value))


def _picture(found: re.Match[str]) -> str:
    """The Unicode picture of a C0 control character or DEL; a replacement mark for the others."""
    code = ord(found[0])
    if code < 0x20:
        return chr(0x2400 + code)
    return "\u2421" if code == 0x7F else _REPLACEMENT
