"""What commands print: tables, facts, numbers and JSON. What is not ours goes through `safe`."""

from __future__ import annotations

import dataclasses
import re
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import click

from tui.text import safe
from tui.words.figures import number

_NUMBER = re.compile(r"[-+]?[\d,]+(\.\d+)?( ?%| [KMGT]?B)?|-")
# Valid JSON may hold these as they are; a terminal had better not see them.
_UNSEEN = re.compile(r"[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


def say(text: object = "", *, err: bool = False) -> None:
    """One line."""
    click.echo(safe(text), err=err)


def say_json(value: object) -> None:
    """A value as JSON, whole and unchanged; characters that steer a terminal are escaped in it."""
    import msgspec

    text = msgspec.json.format(msgspec.json.encode(_plain(value), enc_hook=str), indent=2).decode()
    click.echo(_UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text))


def say_table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Rows under their heads; columns of numbers to the right."""
    head = [safe(name) for name in head]
    body = [[shown(cell) for cell in row] for row in rows]
    if not body:
        return
    right = [all(_NUMBER.fullmatch(row[n]) for row in body) for n in range(len(head))]
    widths = [max(_cells(line[n]) for line in [list(head), *body]) for n in range(len(head))]
    for place, line in enumerate([list(head), *body]):
        cells = [_pad(*each) for each in zip(line, widths, right, strict=True)]
        text = "  ".join(cells).rstrip()
        click.echo(click.style(text, bold=True) if place == 0 else text)


def say_facts(facts: Iterable[tuple[str, object]]) -> None:
    """Names and values, one a line; those without a value are left out."""
    kept = [(name, value) for name, value in facts if value not in (None, "")]
    width = max((len(name) for name, _ in kept), default=0)
    for name, value in kept:
        click.echo(f"{name:<{width}}  {shown(value)}")


def shown(value: object) -> str:
    """A value as a cell: numbers with thousands, nothing as a dash."""
    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return number(value) if isinstance(value, int) else safe(value)


def ask(question: str) -> bool:
    """Yes or no, asked on a terminal; without one the answer is no."""
    return on_terminal() and click.confirm(safe(question), err=True)


def on_terminal() -> bool:
    """Whether somebody can be asked."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def _plain(value: Any) -> Any:  # noqa: ANN401 - JSON
    """What msgspec cannot encode by itself: properties are not shown, paths are text."""
    if isinstance(value, Path):
        return str(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = [each.name for each in dataclasses.fields(value) if not each.name.startswith("_")]
        return {name: _plain(getattr(value, name)) for name in names}
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    return value


def _cells(text: str) -> int:
    """How many columns of a terminal a text takes."""
    if text.isascii():
        return len(text)
    return sum(map(_width, text))


def _width(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _pad(text: str, width: int, right: bool) -> str:
    space = " " * (width - _cells(text))
    return space + text if right else text + space
