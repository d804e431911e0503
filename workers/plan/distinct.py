"""Several rows of one address become one contact.

The row with the greatest deciding value gives the fields, else the first row of the first segment; the
contact is in the segments of all its rows. Only rows whose address occurs twice are compared: a narrow
pass finds them by hash, and the comparison is by the address itself, so a collision costs time and no
truth.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from store.sql import no_pattern, quote_text

if TYPE_CHECKING:
    import duckdb


def prepare(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Make the tables `staged` (a view of all rows), `loser` and `winner`, in place of those before."""
    files = quote_text(f"{no_pattern(folder)}/stage-*.parquet")
    # The files of segments may differ in their misfit flags, so columns go by name.
    connection.execute(
        f"""create or replace temp view staged as select n, place, email, payload, newest, newest_exactly,
                reason, raw
            from read_parquet({files}, union_by_name = true)"""
    )
    connection.execute(
        """create or replace temp table twice as
           select hash(email) as h from staged where reason is null
           group by all having count(*) > 1"""
    )
    connection.execute(
        """create or replace temp table rival as
           select n, email, place,
               row_number() over (partition by email
                   order by newest desc nulls last, newest_exactly desc nulls last, n) as rank
           from staged where reason is null and hash(email) in (select h from twice)"""
    )
    connection.execute(
        "create or replace temp table loser as select n, email from rival where rank > 1"
    )
    connection.execute(
        """create or replace temp table winner as
           select min(n) filter (rank = 1) as n, bit_or(1::bigint << place) as segments
           from rival group by email having count(*) > 1"""
    )


CONTACTS = """
    select s.n, s.email, s.payload,
        coalesce(w.segments, 1::bigint << s.place) as segments
    from staged as s left join winner as w on w.n = s.n
    where s.reason is null and s.n not in (select n from loser)
"""
"""One row a contact: `n`, `email`, `payload`, and a bit for each segment it is in."""
