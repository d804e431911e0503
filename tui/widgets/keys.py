"""The bottom line: the keys of this screen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from rich.cells import cell_len
from textual.binding import BindingsMap
from textual.widgets import Footer
from textual.widgets._footer import FooterKey

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult

# The way out and the way to all other keys: there in the narrowest terminal.
_ALWAYS: Final = frozenset({"back", "help", "leave"})
# After all else that can be done here, where there is room: last what every list can do.
_LATER: Final = ("find", "account_lists", "propose", "drop", "tick", "order", "copy", "write")
# Where they stand: at the end, in this order.
_LAST: Final = {action: n for n, action in enumerate((*_LATER, "back", "help", "leave"), 1)}


class Keys(Footer):
    """Textual's footer, made anew only when it says something new.

    A footer is composed again at every change of focus or screen, and each of its keys is styled when
    it comes and once more when it turns compact: that was a quarter of the time to the first frame.
    """

    def __init__(self) -> None:
        super().__init__(compact=True, show_command_palette=False)
        self._said: tuple[int, list[tuple[str, str, bool]]] | None = None

    def compose(self) -> ComposeResult:
        """The keys that there is room for, compact from the start."""
        keys = [each for each in super().compose() if isinstance(each, FooterKey)]
        # Of several keys the last is the app's own: "?", but where text is typed.
        usual = {
            active.binding.action: active.binding
            for active in self.screen.active_bindings.values()
            if active.binding.show
        }
        for key in keys:
            if key.action in _ALWAYS:
                key.key = usual[key.action].key
                key.key_display = self.app.get_key_display(usual[key.action])
        places = self._places()
        keys.sort(key=lambda key: (_LAST.get(key.action, 0), places.get(key.action, 0)))
        for key in _fitting(keys, self.app.size.width):
            key.add_class("-compact", update=False)
            yield key

    def _places(self) -> dict[str, int]:
        """Where each action was declared to stand: Textual puts one with another key at the end."""
        if not self.app.wanted.keys:  # type: ignore[attr-defined]  # the app is ours
            return {}
        nodes = {active.node: None for active in self.screen.active_bindings.values()}
        declared = [
            binding.action
            for node in nodes
            # As the class has them, before an operator's own keys.
            for bindings in (type(node)._merged_bindings or BindingsMap()).key_to_bindings.values()  # noqa: SLF001
            for binding in bindings
        ]
        return {action: place for place, action in reversed(list(enumerate(declared)))}

    def on_resize(self, event: events.Resize) -> None:
        """More or fewer keys have room."""
        if self._said is not None and self._said[0] != self.app.size.width:
            self.call_after_refresh(self.recompose)

    async def recompose(self) -> None:
        """Compose again, if other keys are to be shown, or in another way."""
        if not self.is_attached:
            return
        says = [
            (self.app.get_key_display(active.binding), active.binding.description, active.enabled)
            for active in self.screen.active_bindings.values()
            if active.binding.show
        ]
        if (said := (self.app.size.width, says)) != self._said:
            self._said = said
            await super().recompose()


def _fitting(keys: Sequence[FooterKey], room: int) -> list[FooterKey]:
    """The first ones, whole; those that are always there have their room before others."""

    def cells(key: FooterKey) -> int:
        return cell_len(f"{key.key_display} {key.description} ")

    # After the last one there is no gap.
    room += 1 - sum(cells(key) for key in keys if key.action in _ALWAYS)
    kept = []
    for key in keys:
        if key.action not in _ALWAYS:
            room -= cells(key)
        if key.action in _ALWAYS or room >= 0:
            kept.append(key)
    return kept
