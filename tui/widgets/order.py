"""The order of a table's rows: by what a cell stands for, not by how it is written."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from tui.widgets.columns import Column
    from tui.widgets.table import Row

SortKey: TypeAlias = str | float | None
_NOTHING = frozenset({"", "-"})


@dataclass(frozen=True, slots=True)
class Order:
    """By which column, and which way; `place` None leaves rows as they came."""

    place: int | None = None
    down: bool = False

    @property
    def arrow(self) -> str:
        """Which way, in one cell."""
        return "▼" if self.down else "▲"

    def after(self, places: list[int], columns: list[Column]) -> Order:
        """By the next column, and after the last one as the rows came."""
        at = places.index(self.place) + 1 if self.place in places else 0
        return self.of(places[at], columns) if at < len(places) else Order()

    def of(self, place: int, columns: list[Column]) -> Order:
        """By this column; the other way if it is that one already. Large numbers come first."""
        if place == self.place:
            return self.turned()
        return Order(place, columns[place].right)

    def turned(self) -> Order:
        """The other way round."""
        return Order(self.place, not self.down)

    def sort(self, rows: list[Row], columns: list[Column]) -> list[Row]:
        """The rows in this order; those with nothing in the column come last, either way."""
        if self.place is None:
            return rows
        keys = [(_key(row, self.place, number=columns[self.place].right), row) for row in rows]
        some = [(key, row) for key, row in keys if key is not None]
        some.sort(key=lambda pair: _ranked(pair[0]), reverse=self.down)
        return [row for _, row in some] + [row for key, row in keys if key is None]


def _key(row: Row, place: int, *, number: bool) -> SortKey:
    if place in row.by:
        return row.by[place]
    text = str(row.cells[place]).strip()
    if text in _NOTHING:
        return None
    found = _number(text) if number else None
    return text.casefold() if found is None else found


def _number(text: str) -> float | None:
    try:
        return float(text.replace(",", "").removeprefix("~").removesuffix("%"))
    except ValueError:
        return None


def _ranked(key: SortKey) -> tuple[bool, float, str]:
    """Numbers before words, where a column holds both."""
    return (False, key, "") if isinstance(key, int | float) else (True, 0.0, key or "")


def copied(rows: Iterable[Row]) -> str:
    """Rows as text for a clipboard: a line each, cells apart by a tab."""
    return "\n".join("\t".join(str(cell) for cell in row.cells) for row in rows)
