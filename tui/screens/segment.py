"""One segment: its columns, and a sample."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import DataTable, Footer, Static

from store.errors import SegportError
from tui.screens.base import Page
from tui.text import safe, safe_text
from tui.widgets.table import Column, Row, Table
from tui.widgets.title import TitleBar
from tui.words import many, number

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from store.facts import Facts

_WIDEST = 28


class SegmentScreen(Page):
    """Columns above, the first rows below; tab goes from one to the other."""

    MODE = "segments"
    PURPOSE = (
        "What is in a segment. Above: each column, how much of it is empty, how many different "
        "values. Below: the first rows. tab goes between them; arrows scroll sideways."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "app.focus_next", "Columns/sample", id="segment.other"),
    ]
    DEFAULT_CSS = """
    SegmentScreen .heading { height: auto; max-height: 4; padding: 0 1; color: $text-muted; }
    SegmentScreen #columns { height: 1fr; }
    SegmentScreen .between { height: 1; padding: 0 1; color: $text-muted; }
    SegmentScreen #sample { height: 1fr; }
    """
    COLUMNS: ClassVar = [
        Column("Column", 18, stretch=2),
        Column("Type", 10),
        Column("Empty", 6, right=True),
        Column("Different", 10, right=True),
        Column("Least", 10, stretch=1),
        Column("Greatest", 10, stretch=1, wide_only=True),
    ]

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name_of_segment = name

    def compose(self) -> ComposeResult:
        """Heading, columns, sample."""
        yield TitleBar(self.MODE, self.segport.workspace.root.name)
        yield Static(
            Content(f"{safe(self._name_of_segment)}: reading..."), classes="heading", markup=False
        )
        yield Table(self.COLUMNS, opens=False, name="columns")
        yield Static("The first rows", classes="between", markup=False)
        yield DataTable(id="sample", cursor_type="cell", cell_padding=1)
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        """Read it in a thread."""
        self.ask(self._read, self._show)

    def _read(self) -> Facts:
        from store.facts import facts

        return facts(self.segport.workspace, self._name_of_segment)

    def problem(self, error: SegportError) -> None:
        """A segment that cannot be read says why in its own place, for as long as it is open."""
        self._head(f"{error.message} {error.hint}")

    def _show(self, found: Facts) -> None:
        words = many(found.rows, "row") + ", " + many(len(found.columns), "column")
        if found.malformed:
            words += f"; {many(found.malformed, 'line')} could not be read"
        self._head(words)
        about = "~" if found.distinct_is_estimate else ""
        self.query_one("#columns", Table).show(
            [
                Row(
                    str(n),
                    (
                        column.name,
                        column.type,
                        f"{column.null_share:.0%}",
                        about + number(column.distinct),
                        column.min or "",
                        column.max or "",
                    ),
                )
                for n, column in enumerate(found.columns)
            ]
        )
        sample = self.query_one("#sample", DataTable)
        for n, column in enumerate(found.columns):
            sample.add_column(safe_text(column.name, width=_WIDEST), key=str(n))
        sample.add_rows(
            [safe_text("" if cell is None else cell, width=_WIDEST) for cell in row]
            for row in found.sample_rows
        )

    def _head(self, words: str) -> None:
        line = Content.assemble((safe(self._name_of_segment), "bold"), ": ", safe(words))
        self.query_one(".heading", Static).update(line)
