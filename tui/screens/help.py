"""What a screen is for, and its keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tui.screens.modal import Modal
from tui.text import safe

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from tui.registry import Offer


class HelpScreen(Modal[bool]):
    """Any of the usual keys closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,q,enter", "dismiss(False)", "Close", id="help.close"),
    ]

    def __init__(self, purpose: str, offers: Sequence[Offer]) -> None:
        super().__init__()
        self._purpose = purpose
        self._offers = offers

    def compose(self) -> ComposeResult:
        """Purpose, keys, how to close."""
        here = [offer for offer in self._offers if not offer.everywhere]
        everywhere = [offer for offer in self._offers if offer.everywhere]
        with VerticalScroll():
            yield Static(Content(self._purpose), markup=False)
            yield Static(_keys("On this screen", here), markup=False)
            yield Static(_keys("Everywhere", everywhere), markup=False)
            yield Static(Content("esc closes this.").stylize("dim"), markup=False)


def _keys(title: str, offers: Sequence[Offer]) -> Content:
    lines = [Content.assemble("\n", (title, "bold"))]
    for offer in offers:
        more = (f"  {safe(offer.sentence)}", "dim") if offer.sentence else ""
        lines.append(
            Content.assemble((f"{safe(offer.keys):>11}", "bold"), f"  {safe(offer.label)}", more)
        )
    return Content("\n").join(lines)
