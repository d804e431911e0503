"""Segments: the list."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text

from store.errors import SegportError
from store.segments.catalogue import BrokenSegment, Segment, catalogue
from tui.colours import ERROR
from tui.screens.listing import Listing
from tui.widgets.columns import Column
from tui.widgets.table import Row
from tui.words.figures import moment, number, rows_words, size

COUNTING = "counting..."


class SegmentsScreen(Listing):
    """Names and sizes come at once from the folder; rows are counted afterwards, in a thread."""

    MODE = "segments"
    PLACE = ""
    ONE = "segment"
    PURPOSE = (
        "Segments are the files in data/segments of the workspace. Open one to see its columns, "
        "how much of each is empty, and a sample."
    )
    EMPTY = (
        "No segments yet.\n\nPut Parquet, CSV, JSON lines or .sql files, or a folder of part files,"
        "\ninto data/segments of the workspace; then press {app.segments} to look again."
    )
    COLUMNS: ClassVar = [
        Column("Segment", 20, stretch=3, most=40),
        Column("Kind", 7),
        Column("Rows", 24, right=True, usual=11),
        Column("Columns", 7, right=True, gives_way=2),
        Column("Size", 8, right=True, gives_way=3),
        Column("Changed", 12, gives_way=1),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._rows: dict[str, Row] = {}
        self._asked: list[Segment | BrokenSegment] | None = None

    def reload(self) -> None:
        """The folder first; the data, once it is known which segments there are."""
        self.ask(lambda: catalogue(self.segport.workspace), self._listed, group="rows",
                 failed=self.not_read)  # fmt: skip

    def _listed(self, segments: list[Segment | BrokenSegment]) -> None:
        if segments == self._asked:
            return
        self._asked = segments
        self._rows = {segment.name: _row(segment) for segment in segments}
        self.show_rows(list(self._rows.values()))
        if segments:
            self.ask(self._count, lambda _: None, group="count", failed=self.not_read)

    def _count(self) -> None:
        from store.segments.facts import overviews

        for one in overviews(self.segport.workspace):
            if isinstance(one, BrokenSegment):
                row = _row(one)
            else:
                row = Row(
                    one.name,
                    (
                        one.name,
                        one.kind,
                        rows_words(one.rows, one.malformed),
                        number(one.columns),
                        size(one.size),
                        moment(one.modified),
                    ),
                    {4: one.size, 5: one.modified.timestamp()},
                )
            self.app.call_from_thread(self._counted, row)

    def not_read(self, error: SegportError) -> None:
        """Say why; the next look at this screen tries again."""
        super().not_read(error)
        self._asked = None

    def _counted(self, row: Row) -> None:
        self._rows[row.key] = row
        self.show_rows(list(self._rows.values()))

    def open(self, key: str) -> None:
        """Show what is in it."""
        from tui.screens.segment import SegmentScreen

        self.app.push_screen(SegmentScreen(key))


def _row(segment: Segment | BrokenSegment) -> Row:
    if isinstance(segment, BrokenSegment):
        broken = Text("broken", style=ERROR)
        return Row(segment.name, (segment.name, broken, "-", "-", "-", "enter: why"))
    return Row(
        segment.name,
        (
            segment.name,
            segment.kind,
            COUNTING,
            "-",
            size(segment.size),
            moment(segment.modified),
        ),
        {4: segment.size, 5: segment.modified.timestamp()},
    )
