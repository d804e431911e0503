"""An operator's own keys: checked against what there is, so that a mistake is told and not felt."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from textual.app import App
from textual.binding import Binding
from textual.keys import Keys, format_key, key_to_character

from tui.registry import Part, parts

_MODIFIERS: Final = frozenset({"ctrl", "shift", "alt", "super", "meta", "hyper"})
_NAMED: Final = frozenset(key.value for key in Keys)


class _Press(NamedTuple):
    """One key of one binding, as it is pressed under a keymap."""

    key: str
    part: Part
    binding: Binding


def complaints(keymap: Mapping[str, str]) -> list[str]:
    """What is wrong with a keymap, a sentence each, without the full stop."""
    known = parts()
    ids = {binding.id for part in known for binding in part.bindings}
    told = [f"there is no action {name}" for name in keymap if name not in ids]
    for name, keys in keymap.items():
        told += [f'"{key}" of {name} is no key' for key in _split(keys) if not _is_key(key)]
    return [*told, *_clashes(known, keymap)]


def _clashes(known: list[Part], keymap: Mapping[str, str]) -> Iterator[str]:
    """Keys that mean two things where both can be pressed."""
    presses = [
        _Press(format_key(key), part, binding)
        for part in known
        for binding in part.bindings
        for key in _split(keymap.get(binding.id or "", binding.key))
    ]
    told: set[frozenset[str | None]] = set()
    for mine in (press for press in presses if press.binding.id in keymap):
        for other in presses:
            pair = frozenset({mine.binding.id, other.binding.id})
            if mine.key != other.key or len(pair) == 1 or pair in told:
                continue
            if _meet(mine.part.owner, other.part.owner):
                told.add(pair)
                yield f"{mine.key} would be both {_named(mine)} and {_named(other)}"


def _named(press: _Press) -> str:
    return f'"{press.binding.description}" ({press.binding.id})'


def _split(keys: str) -> list[str]:
    return [key.strip() for key in keys.split(",")]


def _is_key(key: str) -> bool:
    *modifiers, last = key.split("+") if key != "+" else [key]
    known = last in _NAMED or key_to_character(last) is not None
    return known and set(modifiers) <= _MODIFIERS


def _meet(ours: type, theirs: type) -> bool:
    """Whether the bindings of both can be pressed at one time."""
    from tui.screens.listing import Listing
    from tui.screens.modal import Modal
    from tui.widgets.table import Table

    if issubclass(ours, Modal) or issubclass(theirs, Modal):
        return ours is theirs
    if issubclass(ours, theirs) or issubclass(theirs, ours):
        return True
    if issubclass(ours, App) or issubclass(theirs, App):
        return True
    return Table in (ours, theirs) and (issubclass(ours, Listing) or issubclass(theirs, Listing))
