"""The most frequent values of columns: which they are by an estimate, how often they occur exactly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from store.duck import explained
from store.sql import as_text, quote_name, quote_text, subquery

if TYPE_CHECKING:
    import duckdb

    from store.segments.relations import Relation

MOST: Final = 5
_LONGEST: Final = 200


@dataclass(frozen=True, slots=True)
class Common:
    """A value that more than one row has, as text cut to a length that can be shown."""

    value: str
    rows: int


def common(
    connection: duckdb.DuckDBPyConnection, source: Relation, names: Sequence[str]
) -> dict[str, list[Common]]:
    """For each of these columns its most frequent values, the most frequent first."""
    if not names:
        return {}
    # One pass finds candidates without keeping every value, a second one counts them.
    texts = {name: f"left({as_text(quote_name(name))}, {_LONGEST})" for name in names}
    wanted = ", ".join(
        f"approx_top_k({text}, {MOST}) filter (where trim({text}) <> '')" for text in texts.values()
    )
    table = subquery(source.sql, "s")
    with explained(source.what):
        row = connection.execute(f"select {wanted} from {table}").fetchone() or ()
    candidates = [
        (name, str(value))
        for name, values in zip(names, row, strict=True)
        for value in values or []
        if "\0" not in value
    ]
    if not candidates:
        return {name: [] for name in names}
    counts = ", ".join(
        f"count(*) filter (where {texts[name]} = {quote_text(value)})" for name, value in candidates
    )
    with explained(source.what):
        told = connection.execute(f"select {counts} from {table}").fetchone() or ()
    found: dict[str, list[Common]] = {name: [] for name in names}
    for (name, value), rows in zip(candidates, told, strict=True):
        if rows > 1:
            found[name].append(Common(value, rows))
    return {name: sorted(each, key=lambda one: -one.rows) for name, each in found.items()}
