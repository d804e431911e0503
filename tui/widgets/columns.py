"""How wide the columns of a table are: names come first, and what can be missed gives way to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

# Of padding, a column.
PADDING: Final = 2


@dataclass(frozen=True)
class Column:
    """A column.

    Attributes:
        title: its heading.
        width: in cells: the most it takes; where it stretches, the least that it is cut to.
        stretch: its share of what nobody needs.
        right: numbers stand to the right.
        gives_way: 0 for what is always there; of the others the greatest goes first, once names and
            other columns do not have the room that they need.
        most: cells of a name that others give way to; a longer one is cut where room is short.
        usual: cells that others leave to it even while it holds less, so that the columns that are
            there stay when a state takes a longer word; all of `width` unless told otherwise.
    """

    title: str
    width: int
    stretch: int = 0
    right: bool = False
    gives_way: int = 0
    most: int = 32
    usual: int | None = None

    @property
    def reserved(self) -> int:
        """The cells that others leave to it, whatever it holds."""
        return self.width if self.usual is None else self.usual


def fit(columns: Sequence[Column], contents: Sequence[int], room: int) -> dict[int, int]:
    """The columns that are shown, by their place, and how wide each is.

    Args:
        columns: all of them.
        contents: the cells that each one's widest cell takes, its heading too.
        room: cells in all.
    """
    least = [min(column.width, content) for column, content in zip(columns, contents, strict=True)]
    wanted = [
        max(column.reserved, min(column.most, content) if _is_name(column) else floor)
        for column, content, floor in zip(columns, contents, least, strict=True)
    ]
    # What is always there; then the others, as long as there is room: a narrow one also beside a wide
    # one that found none.
    shown = {place for place, column in enumerate(columns) if not column.gives_way}
    left = room - sum(wanted[place] + PADDING for place in shown)
    others = sorted(set(range(len(columns))) - shown, key=lambda place: columns[place].gives_way)
    for place in others:
        if wanted[place] + PADDING <= left:
            shown.add(place)
            left -= wanted[place] + PADDING
    kept = sorted(shown)
    widths = {place: least[place] for place in kept}
    spare = max(0, room - sum(width + PADDING for width in widths.values()))
    stretching = [place for place in kept if columns[place].stretch]
    names = [place for place in stretching if _is_name(columns[place])]
    # Names up to what others gave way for; then whatever is cut still, the narrowest first, so that one
    # very long name does not take it all; then all alike.
    for place in names:
        more = min(spare, max(0, wanted[place] - widths[place]))
        widths[place] += more
        spare -= more
    while spare and (cut := [place for place in stretching if widths[place] < contents[place]]):
        widths[min(cut, key=lambda place: widths[place])] += 1
        spare -= 1
    shares = sum(columns[place].stretch for place in stretching) or 1
    return {
        place: width + spare * columns[place].stretch // shares for place, width in widths.items()
    }


def _is_name(column: Column) -> bool:
    return bool(column.stretch) and not column.gives_way
