"""Sets of numbers as ranges, held against sets."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from store.journal.delivery import Span
from workers.deliver.items import Ranges

spans = st.lists(
    st.tuples(st.integers(0, 1), st.integers(0, 30), st.integers(0, 6)).map(
        lambda drawn: Span(drawn[0], drawn[1], drawn[1] + drawn[2])
    ),
    max_size=6,
)


def numbers(found: list[Span]) -> set[tuple[int, int]]:
    return {(span.part, n) for span in found for n in range(span.first, span.last + 1)}


@given(spans, spans)
def test_what_is_in_one_set_and_not_in_another(one, other):
    left = Ranges.of(one).without(Ranges.of(other))
    assert numbers(left) == numbers(one) - numbers(other)
    assert all(span.first <= span.last for span in left)
