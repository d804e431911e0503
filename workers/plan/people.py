"""Where in a frozen plan a person stands: an index beside it, so that a look-up reads a few pages.

`people.parquet` has a row for each row of the plan and each excluded one that has an address: `mark` (a
hash of what `address.sought` makes of it) and `n`, in the order of the mark. Two people may share a
mark, so the address itself is compared afterwards. A plan without the file is looked through instead.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from store.duck import PARQUET, explained
from store.sql import quote_file, quote_text
from workers.plan import address
from workers.plan.freeze import EXCLUDED, PLAN, ROW_GROUP

if TYPE_CHECKING:
    import duckdb

PEOPLE: Final = "people.parquet"


def mark(expression: str) -> str:
    """The mark of a sought address, the same in every version of DuckDB."""
    # What `md5_number_lower` gives, which gets there by way of text and takes five times as long.
    return f"(md5_number({expression}) >> 64)::ubigint"


def index(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Write the index of the plan in a run's folder, whole or not at all."""
    fresh = folder / f".{PEOPLE}"
    plan, excluded = (quote_file(folder / name) for name in (PLAN, EXCLUDED))
    with explained("The plan"):
        connection.execute(
            f"""copy (
                select {mark("email")} as mark, n from read_parquet({plan})
                union all
                select {mark(address.sought("address"))}, n from read_parquet({excluded})
                where address is not null
                order by mark
            ) to {quote_text(str(fresh))}
            ({PARQUET}, row_group_size {ROW_GROUP})"""
        )
    fresh.chmod(0o600)
    fresh.replace(folder / PEOPLE)
