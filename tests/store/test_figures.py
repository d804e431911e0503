"""One and several are told apart in one place, and every floor goes there."""

from __future__ import annotations

import re
from pathlib import Path

from store.figures import many, per_second

ROOT = Path(__file__).parents[2]
# A number that is put before what it counts, by hand.
BY_HAND = re.compile(
    r"\{[^{}]*:,\} (?:request|contact|profile|row|run|export|list|column|segment|people|value|record)s?\b"
)


def test_one_is_one_and_the_others_are_several():
    assert [many(n, "request") for n in (0, 1, 2, 1234)] == [
        "0 requests", "1 request", "2 requests", "1,234 requests",
    ]  # fmt: skip
    assert [many(n, "row has", "rows have") for n in (1, 2)] == ["1 row has", "2 rows have"]
    assert [per_second(n) for n in (1, 1.0, 0.5, 4)] == [
        "1 request a second", "1 request a second", "0.5 requests a second", "4 requests a second",
    ]  # fmt: skip


def test_nobody_counts_by_hand():
    for floor in ("store", "workers", "tui"):
        for path in (ROOT / floor).rglob("*.py"):
            assert not BY_HAND.search(path.read_text(encoding="utf-8")), path
