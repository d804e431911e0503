"""What can be done and by which key: made from BINDINGS alone, wherever it is shown.

The footer reads the same bindings; help, palette and the keyboard reference come through here. So a
binding with an id, a label and, where one word is not enough, a tooltip is all that a screen or a
widget writes down.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, cast

from textual.app import App
from textual.binding import Binding, BindingType
from textual.dom import DOMNode
from textual.keys import format_key
from textual.screen import Screen

if TYPE_CHECKING:
    from textual.binding import ActiveBinding, BindingsMap

    from tui.app import SegportApp

_PLACES: Final = ("tui.screens", "tui.widgets")
# Where one goes from anywhere, and what only moves about in what is shown.
_GOES: Final = frozenset(
    f"app.{place}"
    for place in (
        *("exports", "connections", "segments", "runs"),
        *("why", "alerts", "operators", "audit"),
    )
)
_MOVING: Final = frozenset({"table", "log", "reading"})
_NAMED: Final = re.compile(r"\{([a-z_]+\.[a-z_]+)\}")


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
    for active in _active(screen):
        # Textual's own bindings carry no id: arrows, tab and editing need no explanation.
        if _explained(active):
            offer = _offer(screen.app, active)
            before = found.get(offer.id)
            if before and before.keys != offer.keys:
                offer = replace(offer, keys=f"{before.keys} {offer.keys}")
            found[offer.id] = offer
    return sorted(found.values(), key=lambda offer: _importance(offer, screen))


def _active(screen: Screen[object]) -> list[ActiveBinding]:
    """What can be done, also by letters that are typed into the field that has the focus."""
    from tui.widgets.safe_input import SafeInput

    box = screen.focused
    if not isinstance(box, SafeInput):
        return list(screen.active_bindings.values())
    box.takes_keys = False
    try:
        return list(screen.active_bindings.values())
    finally:
        box.takes_keys = True


def _importance(offer: Offer, screen: Screen[object]) -> int:
    """What is done to the chosen line comes first, then the screen, other places, and the rest."""
    if offer.everywhere:
        return 2 if offer.id in _GOES else 5
    room, _, name = offer.id.partition(".")
    if offer.id == "table.open" or offer.action in getattr(screen, "ON_A_LINE", ()):
        return 0
    if room in _MOVING or name in ("down", "up"):
        return 4
    return 3 if room == "list" else 1


def parts() -> list[Part]:
    """The app, every screen and every widget that declares bindings, in this order."""
    from tui.app import SegportApp

    owners: list[type[DOMNode]] = [SegportApp, *classes()]
    made = [
        Part(name_of(each), _about(each), list(_own(each)), each)
        for each in owners
        if "BINDINGS" in each.__dict__
    ]
    return sorted(made, key=_rank)


def with_keys(words: str, node: DOMNode, *owners: type[DOMNode]) -> str:
    """A sentence in which `{app.runs}` stands for the key of that action, as this operator has it.

    Args:
        words: with the ids of bindings of `node`, of the app or of `owners`.
        node: the screen that says it.
        owners: other screens and widgets that it speaks of.

    Raises:
        KeyError: none of them has such a binding.
    """
    app = cast("SegportApp", node.app)
    # What a class and its bases bind is together only there.
    known = (node._bindings, app._bindings, *(each._merged_bindings for each in owners))  # noqa: SLF001
    return _NAMED.sub(lambda found: _key_of(found[1], known, app.wanted.keys), words)


def with_default_keys(words: str, owner: type[DOMNode]) -> str:
    """The same as `with_keys` for those who have remapped nothing."""
    from tui.app import SegportApp

    known = (owner._merged_bindings, SegportApp._merged_bindings)  # noqa: SLF001 - as above
    return _NAMED.sub(lambda found: _key_of(found[1], known, {}), words)


def _key_of(name: str, known: Iterable[BindingsMap | None], remapped: Mapping[str, str]) -> str:
    for bindings in (each for many in known if many for each in many.key_to_bindings.values()):
        for binding in bindings:
            if binding.id == name:
                asked = remapped.get(name, binding.key).split(",")[0]
                return key_words(binding.with_key(asked, binding.key_display))
    raise KeyError(name)


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


def name_of(owner: type[DOMNode]) -> str:
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
    return with_default_keys(" ".join(purpose.split()), owner)


def _rank(part: Part) -> tuple[int, str]:
    if issubclass(part.owner, App):
        return 0, ""
    return (1 if issubclass(part.owner, Screen) else 2), part.name
