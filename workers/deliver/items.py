"""What is sent of one contact in one request, and batches of it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import msgspec

from store.journal.delivery import Span


class Item(msgspec.Struct, frozen=True, gc=False):
    """One contact's share of a request.

    Attributes:
        n: its number in the plan.
        email: its address.
        body: the finished JSON text.
        size: its bytes.
        covers: the parts that an acknowledgement covers.
        final: nothing more is sent for this contact afterwards.
        list_id: the list it joins, for a call of its own.
        rode: the list rode along with the fields, and it is to be looked up whether that worked.
    """

    n: int
    email: str
    body: str
    size: int
    covers: tuple[int, ...]
    final: bool
    list_id: str | None = None
    rode: bool = False


@dataclass(frozen=True, slots=True)
class Batch:
    """Items that go in one request. `kind` is "bulk", "single" or "join"."""

    kind: str
    items: Sequence[Item]

    @property
    def part(self) -> int:
        """The first part that it covers."""
        return self.items[0].covers[0]

    def halves(self) -> tuple[Batch, Batch]:
        """The same items in two batches."""
        middle = len(self.items) // 2
        return tuple(
            Batch("bulk" if len(half) > 1 else "single", half)
            for half in (self.items[:middle], self.items[middle:])
        )  # type: ignore[return-value]  # two by construction


def spans(items: Sequence[Item], taken: Sequence[bool]) -> list[Span]:
    """The accepted numbers as ranges; `items` are neighbours in the plan."""
    if all(taken) and len({item.covers for item in items}) == 1:
        return [Span(part, items[0].n, items[-1].n) for part in sorted(items[0].covers)]
    found: list[Span] = []
    for part in sorted({part for item in items for part in item.covers}):
        first = last = None
        for item, good in zip(items, taken, strict=True):
            if good and part in item.covers:
                first = item.n if first is None else first
                last = item.n
            elif first is not None and last is not None:
                found.append(Span(part, first, last))
                first = last = None
        if first is not None and last is not None:
            found.append(Span(part, first, last))
    return found


@dataclass(slots=True)
class Ranges:
    """Which numbers of which part are in a set of spans."""

    _starts: dict[int, list[int]] = field(default_factory=dict)
    _ends: dict[int, list[int]] = field(default_factory=dict)

    @classmethod
    def of(cls, found: Iterable[Span]) -> Ranges:
        """Collect spans, which may overlap; neighbours become one."""
        ranges = cls()
        for span in sorted(found, key=lambda span: (span.part, span.first)):
            starts = ranges._starts.setdefault(span.part, [])
            ends = ranges._ends.setdefault(span.part, [])
            if ends and span.first <= ends[-1] + 1:
                ends[-1] = max(ends[-1], span.last)
            else:
                starts.append(span.first)
                ends.append(span.last)
        return ranges

    def spans(self) -> list[Span]:
        """The spans, none overlapping another."""
        return [
            Span(part, first, last)
            for part, starts in self._starts.items()
            for first, last in zip(starts, self._ends[part], strict=True)
        ]

    def without(self, other: Ranges) -> list[Span]:
        """What is in this set and not in `other`."""
        left: list[Span] = []
        for span in self.spans():
            at = span.first
            starts, ends = other._starts.get(span.part, []), other._ends.get(span.part, [])
            for place in range(max(0, bisect_right(starts, at) - 1), len(starts)):
                if starts[place] > span.last:
                    break
                if starts[place] > at:
                    left.append(Span(span.part, at, starts[place] - 1))
                at = max(at, ends[place] + 1)
            if at <= span.last:
                left.append(Span(span.part, at, span.last))
        return left

    def __bool__(self) -> bool:
        """Whether it holds anything."""
        return bool(self._starts)

    def any_of(self, part: int) -> bool:
        """Whether it holds any number of `part`."""
        return part in self._starts

    def holds(self, part: int, n: int) -> bool:
        """Whether number `n` of `part` is in it."""
        starts = self._starts.get(part)
        if not starts:
            return False
        at = bisect_right(starts, n) - 1
        return at >= 0 and n <= self._ends[part][at]
