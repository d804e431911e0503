"""What can be done and by which key: made from BINDINGS alone, wherever it is shown.

The footer reads the same bindings; help, palette and the keyboard reference come through here. So a
binding with an id, a label and, where one word is not enough, a tooltip is all that a screen or a
widget writes down.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from textual.app import App
from textual.binding import Binding, BindingType
from textual.dom import DOMNode
from textual.keys import format_key
from textual.screen import Screen

if TYPE_CHECKING:
    from textual.binding import ActiveBinding

_PLACES: Final = ("tui.screens", "tui.widgets")


@dataclass(frozen=True, slots=True)
class Offer:
    """Something that can be done right now.

    Attributes:
        id: of its binding, which a keymap may name.
        keys: as they are shown, one or several.
        label: a word or two.
        sentence: more about it; may be empty.
        action: for `App.run_action`, with `node` as its namespace.
        node: who does it.
        everywhere: it belongs to the app and not to a screen.
    """

    id: str
    keys: str
    label: str
    sentence: str
    action: str
    node: DOMNode
    everywhere: bool


@dataclass(frozen=True, slots=True)
class Part:
    """A screen, a widget or the app, and the bindings that it declares itself."""

    name: str
    about: str
    bindings: list[Binding]
    owner: type[DOMNode]


def offers(screen: Screen[object]) -> list[Offer]:
    """What is offered with the focus where it is: by the screen, by the widget, by the app."""
    found: dict[str, Offer] = {}
    for active in screen.active_bindings.values():
        # Textual's own bindings carry no id: arrows, tab and editing need no explanation.
        if _explained(active):
            offer = _offer(screen.app, active)
            before = found.get(offer.id)
            if before and before.keys != offer.keys:
                offer = replace(offer, keys=f"{before.keys} {offer.keys}")
            found[offer.id] = offer
    return sorted(found.values(), key=lambda offer: (offer.everywhere, offer.node is not screen))


def parts() -> list[Part]:
    """The app, every screen and every widget that declares bindings, in this order."""
    from tui.app import SegportApp

    owners: list[type[DOMNode]] = [SegportApp, *classes()]
    made = [
        Part(_name(each), _about(each), list(_own(each)), each)
        for each in owners
        if "BINDINGS" in each.__dict__
    ]
    return sorted(made, key=_rank)


def key_words(binding: Binding) -> str:
    """The keys of a binding as they are shown everywhere: `?`, `ctrl+p`, `left right`."""
    if binding.key_display:
        return binding.key_display
    return " ".join(map(_key_word, binding.key.split(",")))


def _key_word(key: str) -> str:
    *modifiers, last = key.strip().split("+")
    return "+".join([*modifiers, "enter" if last == "enter" else format_key(last)])


def _explained(active: ActiveBinding) -> bool:
    binding = active.binding
    return bool(binding.id and binding.description and active.enabled)


def _offer(app: App[object], active: ActiveBinding) -> Offer:
    binding = active.binding
    return Offer(
        binding.id or "",
        key_words(binding),
        binding.description,
        binding.tooltip,
        binding.action,
        active.node,
        active.node is app,
    )


def classes() -> Iterator[type[DOMNode]]:
    """Every screen and widget of ours."""
    for place in _PLACES:
        package = importlib.import_module(place)
        for found in pkgutil.iter_modules(package.__path__, f"{place}."):
            for each in vars(importlib.import_module(found.name)).values():
                if _is_ours(each) and each.__module__ == found.name:
                    yield each


def _is_ours(each: object) -> bool:
    return isinstance(each, type) and issubclass(each, DOMNode)


def _own(owner: type[DOMNode]) -> Iterator[Binding]:
    declared: list[BindingType] = owner.__dict__["BINDINGS"]
    for binding in declared:
        yield binding if isinstance(binding, Binding) else Binding(*binding)


def _name(owner: type[DOMNode]) -> str:
    """`ExportForm` is shown as "Export form"; a screen does without the word."""
    if issubclass(owner, App):
        return "Everywhere"
    words = re.findall(r"[A-Z][a-z]*", owner.__name__)
    if len(words) > 1 and words[-1] == "Screen":
        words.pop()
    return " ".join(words).capitalize()


def _about(owner: type[DOMNode]) -> str:
    purpose = getattr(owner, "PURPOSE", "")
    if not purpose and owner.__doc__:
        purpose = owner.__doc__.strip().split("\n")[0]
    return " ".join(purpose.split())


def _rank(part: Part) -> tuple[int, str]:
    if issubclass(part.owner, App):
        return 0, ""
    return (1 if issubclass(part.owner, Screen) else 2), part.name
