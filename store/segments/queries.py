"""`.sql` segments: an operator's SELECT, and the gate that keeps it one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from store.duck import translate
from store.errors import SegmentError
from store.figures import many
from store.sql import subquery

if TYPE_CHECKING:
    import duckdb

_ONE_SELECT = "Write exactly one SELECT over `profiles` and the segments."
_LONGEST = 1_000_000


def gated(connection: duckdb.DuckDBPyConnection, text: str, what: str, prelude: str = "") -> str:
    """The operator's text as a sub-query of ours, or a refusal.

    A statement of the type SELECT can still write files (`WITH x AS (COPY …) SELECT`), but not
    as a sub-query: DuckDB wants such a clause at the top level. So the text is always wrapped.

    Args:
        connection: parses; nothing is run.
        text: what the operator wrote.
        what: the subject of the sentence.
        prelude: a WITH clause that gives the tables their names.

    Raises:
        SegmentError: it is not exactly one SELECT.
    """
    import duckdb

    if len(text) > _LONGEST or "\0" in text:
        raise SegmentError(f"{what} is not a text of SQL.", _ONE_SELECT)
    inner = _single(connection, text, what)
    begin = f"{prelude}SELECT * FROM "
    wrapped = f"{begin}{subquery(inner, 'q')}"
    # Its bracket opens on a line of ours; the operator's begin below it.
    above = begin.count("\n") + 1
    _single(connection, wrapped, what, above)
    try:
        connection.execute(f"DESCRIBE {wrapped}").fetchall()
    except duckdb.Error as error:
        raise translate(error, what, above) from None
    return wrapped


def _single(connection: duckdb.DuckDBPyConnection, text: str, what: str, above: int = 0) -> str:
    """The text of its one statement, without the semicolon that may end it."""
    import duckdb

    try:
        # Reading the type may raise too: the one of CONNECT is not among those it knows.
        types = [statement.type for statement in connection.extract_statements(text)]
    except duckdb.Error as error:
        raise translate(error, what, above) from None
    except Exception as error:
        # A bare ValueError, as a rule; whatever it is, it is a refusal.
        raise SegmentError(f"{what} is not a SELECT.", _ONE_SELECT) from error
    if len(types) != 1:
        raise SegmentError(f"{what} holds {many(len(types), 'statement')}.", _ONE_SELECT)
    if types[0] != duckdb.StatementType.SELECT:
        raise SegmentError(f"{what} is not a SELECT.", _ONE_SELECT)
    return _without_semicolon(connection, text)


def _without_semicolon(connection: duckdb.DuckDBPyConnection, text: str) -> str:
    """Cut the semicolon at the end, if what is left still parses as one statement in brackets."""
    import duckdb

    ends = [found.start() for found in re.finditer(";", text)]
    for end in (len(text), *ends):
        try:
            if (
                len(connection.extract_statements(f"SELECT * FROM {subquery(text[:end], 'q')}"))
                == 1
            ):
                return text[:end]
        except duckdb.Error:
            continue
    return text


def mentions(text: str, name: str) -> bool:
    """Whether the text may speak of that table; generous, since a table too many costs little."""
    written = {name, name.replace('"', '""')}
    return any(
        re.search(rf"(?<!\w){re.escape(form)}(?!\w)", text, re.IGNORECASE) for form in written
    )
