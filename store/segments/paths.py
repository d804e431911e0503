"""Relative file names in an operator's SQL: seen from the workspace, wherever Segport was started.

DuckDB sees them from the working directory, which is another one on the command line, in the app and
in a run; its `file_search_path` does not help, since what is allowed is decided before.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from store.sql import no_pattern

if TYPE_CHECKING:
    import duckdb

_FILE: Final = re.compile(r"\.(csv|tsv|json|jsonl|ndjson|parquet)(\.gz|\.zst)?$", re.IGNORECASE)
_READS: Final = re.compile(r"^(read_|parquet_|glob$|sniff_)", re.IGNORECASE)
_QUOTED: Final = re.compile(rb"""'(?:[^']|'')*'|"(?:[^"]|"")*\"""")
_ABSOLUTE: Final = re.compile(r"^(/|~|\w+:)")


def from_workspace(connection: duckdb.DuckDBPyConnection, text: str, root: Path) -> str:
    """The SQL with each relative name of a file that it reads made absolute.

    Args:
        connection: parses; nothing is run.
        text: one SELECT. Text that cannot be parsed comes back as it is.
        root: the workspace's folder.
    """
    import duckdb

    try:
        row = connection.execute("SELECT json_serialize_sql(?::varchar)", [text]).fetchone()
    except duckdb.Error:
        return text
    tree = msgspec.json.decode(row[0]) if row else None
    before = f"{no_pattern(root)}/"
    sql = text.encode()
    # From the end, so that the places before stay right. They count bytes.
    for place in sorted(set(_places(tree)), reverse=True):
        found = _QUOTED.match(sql, place)
        if found is None:
            continue
        mark, name = found[0][:1].decode(), found[0][1:-1].decode()
        if not _ABSOLUTE.match(name):
            put = f"{mark}{before.replace(mark, mark * 2)}{name}{mark}"
            sql = sql[:place] + put.encode() + sql[found.end() :]
    return sql.decode()


def _places(node: Any) -> Iterator[int]:  # noqa: ANN401 - DuckDB's tree, whatever is in it
    """Where the text names a file: as a table, or as what a reading function is given."""
    if isinstance(node, list):
        for each in node:
            yield from _places(each)
    if not isinstance(node, dict):
        return
    if node.get("type") == "BASE_TABLE" and _FILE.search(str(node.get("table_name", ""))):
        yield node["query_location"]
    function = node.get("function") if node.get("type") == "TABLE_FUNCTION" else None
    if isinstance(function, dict) and _READS.match(str(function.get("function_name", ""))):
        yield from _constants(_given(function)[:1])
    for each in node.values():
        yield from _places(each)


def _constants(node: Any) -> Iterator[int]:  # noqa: ANN401 - as above
    """Texts, by themselves or in a list; not what is put together from several."""
    if isinstance(node, list):
        for each in node:
            yield from _constants(each)
    elif isinstance(node, dict):
        if node.get("class") == "CONSTANT":
            yield node["query_location"]
        yield from _constants(node.get("expression"))
        if node.get("function_name") == "list_value":
            yield from _constants(_given(node))


def _given(node: dict[str, Any]) -> list[Any]:
    """What a function is given; DuckDB's versions call it differently."""
    return node.get("arguments") or node.get("children") or []
