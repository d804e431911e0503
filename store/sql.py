"""Quoting for DuckDB SQL: every name and text that we did not write passes through here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from store.errors import SegmentError


def quote_name(name: str) -> str:
    """A name of a column, table or view, as an SQL identifier."""
    _refuse_nul(name)
    return '"' + name.replace('"', '""') + '"'


def quote_text(text: str) -> str:
    """A text as an SQL literal; DuckDB knows no backslash escapes in plain literals."""
    _refuse_nul(text)
    return "'" + text.replace("'", "''") + "'"


def no_pattern(file: Path) -> str:
    """A path as DuckDB reads it: `[`, `*` and `?` in a name are not patterns. Not for COPY TO."""
    return re.sub(r"[\[*?]", lambda mark: f"[{mark[0]}]", str(file))


def quote_file(file: Path) -> str:
    """The same as an SQL literal, as for `read_parquet`."""
    return quote_text(no_pattern(file))


def quote_list(texts: Iterable[str]) -> str:
    """A list of texts: `['a', 'b']`."""
    return "[" + ", ".join(quote_text(text) for text in texts) + "]"


def quote_map(pairs: Mapping[str, str]) -> str:
    """A struct of texts, as `read_csv(columns = ...)` wants it: `{'a': 'VARCHAR'}`."""
    return (
        "{" + ", ".join(f"{quote_text(key)}: {quote_text(val)}" for key, val in pairs.items()) + "}"
    )


def quote_names(names: Iterable[str]) -> str:
    """Several identifiers, separated by commas."""
    return ", ".join(quote_name(name) for name in names)


def as_text(expression: str) -> str:
    """The expression cast to text."""
    return f"CAST({expression} AS VARCHAR)"


def as_key(expression: str, kind: str = "VARCHAR") -> str:
    """The expression as a profile key: text, trimmed, and NULL when nothing is left.

    A whole number is the same key in a type with fractions, as programs keep it that know no empty
    whole number; and what is not a number there is no key.
    """
    text = as_text(expression)
    if kind.startswith(("DOUBLE", "FLOAT", "DECIMAL")):
        text = (
            f"CASE WHEN {expression} = trunc({expression}) AND abs({expression}) < 1e16 "
            f"THEN {as_text(f'CAST({expression} AS BIGINT)')} "
            f"WHEN isnan(CAST({expression} AS DOUBLE)) THEN NULL ELSE {text} END"
        )
    return f"nullif(trim({text}), '')"


def subquery(text: str, alias: str) -> str:
    """A SELECT as a source of another; on its own lines, so that a comment ends with its line."""
    return f"(\n{text}\n) AS {quote_name(alias)}"


def _refuse_nul(text: str) -> None:
    if "\0" in text:
        raise SegmentError("A name holds a NUL character.", "Rename the column or the file.")
