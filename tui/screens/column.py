"""One column of a segment."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content

from tui.screens.modal import Modal
from tui.text import safe
from tui.widgets.facts import Fact, facts_content
from tui.widgets.reading import Reading
from tui.widgets.static import Static
from tui.words.figures import number

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from store.segments.facts import ColumnFacts


class ColumnScreen(Modal[bool]):
    """Type, filled, different, least, greatest, and the most frequent values."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q", "dismiss(False)", "Close", id="column.close"),
    ]

    def __init__(self, column: ColumnFacts, rows: int, *, masked: bool) -> None:
        super().__init__()
        self._column = column
        self._rows = rows
        self._masked = masked

    def compose(self) -> ComposeResult:
        """The column in lines."""
        column = self._column
        filled = round(self._rows * (1 - column.null_share))
        facts: list[Fact] = [
            ("Type", column.type),
            ("Filled", f"{number(filled)} of {number(self._rows)}"),
            ("Different", number(column.distinct)),
            ("Least", column.min or "-"),
            ("Greatest", column.max or "-"),
            ("",),
            ("Most frequent values",),
        ]
        facts += [(f"{number(one.rows):>14}", one.value) for one in column.common]
        if not column.common:
            facts.append(("", "none: hardly any value occurs twice"))
        if self._masked:
            facts += [("",), ("", "Masked; v on the segment shows values as they are.")]
        with Reading():
            yield Static(Content.assemble((safe(column.name), "bold"), "\n"), markup=False)
            yield Static(facts_content(facts), markup=False)
            yield Static(Content("\nesc closes this."), markup=False)
