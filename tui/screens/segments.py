"""Segments: the list."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text

from store.errors import SegportError
from store.exports import senders
from store.segments.catalogue import BrokenSegment, Segment, catalogue
from tui.colours import ERROR
from tui.screens.listing import Listing
from tui.text import safe_lines_content
from tui.widgets.columns import Column
from tui.widgets.static import Static
from tui.widgets.table import Row
from tui.words.figures import joined, moment, number, rows_words, size

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
        "\ninto this folder; then press {app.segments} to look again."
    )
    COLUMNS: ClassVar = [
        Column("Segment", 20, stretch=3, most=40),
        Column("Kind", 7),
        Column("Rows", 24, right=True, usual=11),
        Column("Columns", 7, right=True, gives_way=3),
        Column("Size", 8, right=True, gives_way=4),
        Column("Changed", 12, gives_way=1),
        Column("Sent by", 10, stretch=2, gives_way=2),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._rows: dict[str, Row] = {}
        self._asked: list[Segment | BrokenSegment] | None = None
        self._senders: dict[str, list[str]] = {}

    def reload(self) -> None:
        """The folder first; the data, once it is known which segments there are."""

        def look() -> tuple[list[Segment | BrokenSegment], dict[str, list[str]]]:
            workspace = self.segport.workspace
            return catalogue(workspace), senders(workspace)

        self.ask(look, self._listed, group="rows", failed=self.not_read)

    def _listed(self, found: tuple[list[Segment | BrokenSegment], dict[str, list[str]]]) -> None:
        segments, senders = found
        if segments == self._asked and senders == self._senders:
            self.has_come()
            return
        self._asked, self._senders = segments, senders
        self._rows = {segment.name: self._row(segment) for segment in segments}
        self.show_rows(list(self._rows.values()))
        if segments:
            self.ask(self._count, lambda _: None, group="count", failed=self.not_read)

    def show_rows(self, rows: list[Row]) -> None:
        """Show them, or where they belong."""
        super().show_rows(rows)
        if not rows:
            words = f"{self.keyed(self.EMPTY)}\n\n{self.segport.workspace.segments_folder}"
            self.query_one(".empty", Static).update(safe_lines_content(words))

    def _count(self) -> None:
        from store.segments.facts import overviews

        for one in overviews(self.segport.workspace):
            if isinstance(one, BrokenSegment):
                row = self._row(one)
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
                        self._sent_by(one.name),
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

    def _row(self, segment: Segment | BrokenSegment) -> Row:
        sent_by = self._sent_by(segment.name)
        if isinstance(segment, BrokenSegment):
            broken = Text("broken", style=ERROR)
            return Row(segment.name, (segment.name, broken, "-", "-", "-", "enter: why", sent_by))
        return Row(
            segment.name,
            (
                segment.name,
                segment.kind,
                COUNTING,
                "-",
                size(segment.size),
                moment(segment.modified),
                sent_by,
            ),
            {4: segment.size, 5: segment.modified.timestamp()},
        )

    def _sent_by(self, name: str) -> str:
        return joined(self._senders.get(name, []))
