"""The data of the sample workspace: a profile table, overlapping segments, suppressed addresses.

Made by DuckDB from a seed, so that the same call gives the same people on every machine. Every
address is under a name that is reserved for examples.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import duckdb

from store.sql import quote_text
from workers.sandbox.names import COMPANIES, PLACES

if TYPE_CHECKING:
    from pathlib import Path

# `pick` draws a number below `below` for a profile; a salt keeps the draws for its columns apart.
# MD5 stays the same across versions of DuckDB, which its own hash does not.
_MACROS = """
CREATE MACRO pick(i, salt, below) AS
    (md5_number_lower({seed} || ':' || salt || ':' || i) % below)::INTEGER;
CREATE MACRO drawn(options, i, salt) AS options[pick(i, salt, len(options)) + 1];
CREATE MACRO written(name) AS replace(split_part(name, ' ', 1), '~', ' ');
CREATE MACRO latin(name) AS lower(split_part(name, ' ', 2));
"""

_PLACES = """
CREATE TABLE places AS
SELECT country, string_split(cities, '|') AS cities, dial, string_split(given, '|') AS given,
    string_split(family, '|') AS family, upper_bound - share AS low, upper_bound AS high
FROM (SELECT *, sum(share) OVER (ORDER BY n)::INTEGER AS upper_bound FROM (VALUES {rows})
    AS rows(n, country, cities, dial, given, family, share))
"""

_PROFILES = """
CREATE TABLE profiles AS
WITH people AS (
    SELECT i, country, drawn(cities, i, 'city') AS city, dial,
        drawn(given, i, 'given') AS given, drawn(family, i, 'family') AS family,
        drawn(['example.com', 'example.org', 'example.net', 'mail.example', 'post.test'], i, 'host')
            AS host
    FROM range(1, {count} + 1) AS numbers(i)
    JOIN places ON pick(i, 'place', 100) >= low AND pick(i, 'place', 100) < high
)
SELECT
    'C' || lpad(i::VARCHAR, 7, '0') AS CustomerId,
    -- A few have no address; a few share the one of the profile before.
    CASE WHEN pick(i, 'none', 400) = 0 THEN NULL
        WHEN pick(i, 'shared', 500) = 0
            THEN lag(address, 1, address) OVER (ORDER BY i)
        ELSE address END AS email,
    written(given) AS first_name,
    written(family) AS last_name,
    CASE WHEN pick(i, 'phone?', 10) < 7
        THEN dial || ' ' || lpad(pick(i, 'phone', 10000)::VARCHAR, 4, '0') END AS phone,
    city,
    country,
    CASE WHEN pick(i, 'company?', 10) < 6
        THEN drawn(string_split({companies}, '|'), i, 'company') END AS company,
    CASE WHEN pick(i, 'birthday?', 10) < 8
        THEN DATE '1946-01-01' + pick(i, 'birthday', 21915) END AS birthday,
    CASE WHEN pick(i, 'nps?', 10) < 7 THEN pick(i, 'nps', 11) END AS nps,
    TIMESTAMP '2026-01-31 18:00:00' - to_seconds(pick(i, 'updated', 63072000)) AS updated_at
FROM (SELECT *, latin(given) || '.' || latin(family) || i || '@' || host AS address FROM people)
ORDER BY i
"""

_VIP = """
SELECT * FROM profiles WHERE country = 'Hong Kong' AND nps >= 8 ORDER BY CustomerId
"""

# As a sign-up form leaves them: one person in several spellings, blanks, and what is no address.
_NEWSLETTER = """
WITH readers AS (
    SELECT *, row_number() OVER (ORDER BY CustomerId) AS n FROM profiles
    WHERE pick(CustomerId, 'newsletter', 100) < 60 AND email IS NOT NULL
),
rows AS (
    SELECT 0 AS part, n, email, first_name, last_name, country FROM readers
    UNION ALL SELECT 1, n, upper(email), first_name, last_name, country
        FROM readers WHERE n % 120 = 7
    UNION ALL SELECT 2, n, '  ' || email || ' ', first_name, last_name, country
        FROM readers WHERE n % 150 = 11
    UNION ALL SELECT 3, n, '', first_name, last_name, country FROM readers WHERE n % 300 = 13
    UNION ALL SELECT 4, n,
        drawn(['n/a', 'nobody', 'a@b', 'two@@example.com', 'with space@example.com',
            'unknown@', '@example.org', 'jürgen@example.com'], n, 'bad'),
        first_name, last_name, country FROM readers WHERE n % 200 = 17
    UNION ALL SELECT 5, 0, 'annie.example@example.com', 'Ann "Annie"', 'Example, Jr.', 'Ireland'
)
SELECT email, first_name, last_name, country FROM rows ORDER BY n, part
"""

_LAPSED = """
SELECT CustomerId FROM profiles
WHERE updated_at < (SELECT max(updated_at) - INTERVAL 500 DAY FROM profiles) ORDER BY CustomerId
"""

_SUPPRESSED = """
SELECT email FROM (
    SELECT email, 0 AS part, CustomerId FROM profiles
    WHERE email IS NOT NULL AND pick(CustomerId, 'suppressed', 250) = 0
    UNION ALL SELECT 'asked.us.to.stop@example.com', 1, ''
) ORDER BY part, CustomerId
"""

RECENT_BUYERS = """\
-- The shop touches a profile with every purchase: these bought in the last thirty days of the data.
SELECT *
FROM profiles
WHERE updated_at >= (SELECT max(updated_at) - INTERVAL 30 DAY FROM profiles)
"""

_OFFLINE: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}
_CSV = "(FORMAT csv, HEADER)"
_FILES = (
    ("profiles.parquet", "FROM profiles", "(FORMAT parquet)"),
    ("suppressed.csv", _SUPPRESSED, _CSV),
    ("segments/VIP customers in Hong Kong.parquet", _VIP, "(FORMAT parquet)"),
    ("segments/Newsletter.csv", _NEWSLETTER, _CSV),
    ("segments/Lapsed.jsonl", _LAPSED, "(FORMAT json)"),
)


def write_sample(data_folder: Path, *, profiles: int = 5000, seed: int = 7) -> None:
    """Writes the sample data into a data folder; files of the same names are replaced.

    Args:
        data_folder: the workspace's `data`; made if it is missing.
        profiles: how many profiles there are.
        seed: another seed gives other people.
    """
    (data_folder / "segments").mkdir(parents=True, exist_ok=True)
    # A connection of its own: this makes files, where the workspace's connection only reads them.
    with contextlib.closing(duckdb.connect(config=_OFFLINE)) as db:
        db.execute(_MACROS.format(seed=quote_text(str(seed))))
        db.execute(_PLACES.format(rows=", ".join(_place_rows())))
        db.execute(_PROFILES.format(count=int(profiles), companies=quote_text(COMPANIES)))
        for name, query, options in _FILES:
            db.execute(f"COPY ({query}) TO {quote_text(str(data_folder / name))} {options}")
    recent_buyers = data_folder / "segments" / "Recent buyers.sql"
    recent_buyers.write_text(RECENT_BUYERS, encoding="utf-8")


def _place_rows() -> list[str]:
    rows = []
    for number, place in enumerate(PLACES):
        texts = (place.country, place.cities, place.dial, place.given, place.family)
        rows.append(f"({number}, {', '.join(map(quote_text, texts))}, {place.share})")
    return rows
