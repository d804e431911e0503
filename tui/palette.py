"""The palette: everything that this screen and the app offer, found by a few letters."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from rich.text import Text
from textual.await_complete import AwaitComplete
from textual.command import CommandPalette, DiscoveryHit, Hit, Provider

from tui.registry import Offer, offers
from tui.text import safe_text

if TYPE_CHECKING:
    from textual.command import Hits

_LABEL = 22
_KEYS = 12
# What the palette keeps free to the left and right, with its scrollbar.
_EDGE = 6


class Palette(CommandPalette):
    """Closed once: two clicks beside it would end the app, or close the screen below."""

    def dismiss(self, result: None = None) -> AwaitComplete:
        """Close it, the first time."""
        return super().dismiss(result) if self.is_active else AwaitComplete()


class Actions(Provider):
    """One line an action: what it is called, its key, and a sentence where there is one."""

    async def discover(self) -> Hits:
        """Everything, before anything is typed."""
        for offer in self._offers():
            yield DiscoveryHit(self._line(offer), partial(self._do, offer), text=offer.label)

    async def search(self, query: str) -> Hits:
        """Those whose label holds the letters, or whose sentence holds the words."""
        matcher = self.matcher(query)
        words = query.casefold().split()
        for offer in self._offers():
            score = matcher.match(offer.label)
            # A hit in the label counts for more. Single letters stand in every long sentence.
            if all(word in offer.sentence.casefold() for word in words):
                score = max(score, matcher.match(offer.sentence) / 2)
            if score > 0:
                yield Hit(score, self._line(offer), partial(self._do, offer), text=offer.label)

    def _offers(self) -> list[Offer]:
        return [offer for offer in offers(self.screen) if offer.action != "command_palette"]

    async def _do(self, offer: Offer) -> None:
        await self.app.run_action(offer.action, default_namespace=offer.node)

    def _line(self, offer: Offer) -> Text:
        """What it is called, its keys, and as much of its sentence as fits."""
        line = Text()
        line.append_text(_padded(offer.label, _LABEL))
        line.append_text(_padded(offer.keys, _KEYS, "bold"))
        room = max(0, self.app.size.width - _LABEL - _KEYS - _EDGE)
        line.append_text(safe_text(offer.sentence, "dim", room))
        return line


def _padded(words: str, width: int, style: str = "") -> Text:
    text = safe_text(words, style, width - 1)
    text.pad_right(max(0, width - text.cell_len))
    return text
