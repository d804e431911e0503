"""What a screen is for, and its keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from rich.table import Table
from rich.text import Text
from textual.binding import Binding, BindingType
from textual.content import Content

from tui.screens.modal import Modal
from tui.text import safe, safe_content, safe_text
from tui.widgets.reading import Reading
from tui.widgets.static import Static

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from tui.registry import Offer


class HelpScreen(Modal[bool]):
    """Any of the usual keys closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,q,enter", "dismiss(False)", "Close", id="help.close"),
    ]

    DEFAULT_CSS = """
    HelpScreen > VerticalScroll { width: 110; }
    HelpScreen Static { height: auto; }
    HelpScreen .title { text-style: bold; margin-top: 1; }
    """

    def __init__(self, purpose: str, offers: Sequence[Offer]) -> None:
        super().__init__()
        self._purpose = purpose
        self._offers = offers

    def compose(self) -> ComposeResult:
        """Purpose, keys of this screen, keys of everywhere."""
        here = [offer for offer in self._offers if not offer.everywhere]
        everywhere = [offer for offer in self._offers if offer.everywhere]
        with Reading() as scroll:
            scroll.border_subtitle = "esc closes this"
            yield Static(safe_content(self._purpose), markup=False)
            for title, offers in (("On this screen", here), ("Everywhere", everywhere)):
                yield Static(Content(title), classes="title", markup=False)
                yield Static(_keys(offers), markup=False)


def _keys(offers: Sequence[Offer]) -> Table:
    """Key, word and sentence, each in its column."""
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(justify="right", min_width=9, no_wrap=True)
    table.add_column(min_width=12, no_wrap=True)
    table.add_column(ratio=1)
    for offer in offers:
        table.add_row(
            safe_text(offer.keys, "bold"), safe_text(offer.label), _sentence(offer.sentence)
        )
    return table


def _sentence(words: str) -> Text:
    """A sentence that goes on in the next line where it must."""
    return Text(safe(words), style="dim")
