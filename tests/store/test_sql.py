from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store.duck import session
from store.errors import SegmentError
from store.segments.queries import gated, mentions
from store.sql import as_key, quote_list, quote_map, quote_name, quote_text, subquery

TEXT = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=30
)


@pytest.fixture(scope="module")
def connection():
    with duckdb.connect(":memory:") as opened:
        yield opened


@given(TEXT)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_texts_and_names_come_back_as_they_were(connection, text):
    found = connection.execute(f"SELECT {quote_text(text)} AS {quote_name(text)}")
    assert found.description[0][0] == text
    assert found.fetchone() == (text,)


def test_lists_and_maps_of_nasty_texts(connection):
    nasty = ["it's", 'say "x"', "back\\slash", "客户", "a;b--c/*"]
    assert connection.execute(f"SELECT {quote_list(nasty)}").fetchone() == (nasty,)
    pairs = dict.fromkeys(nasty, "VARCHAR")
    assert connection.execute(f"SELECT {quote_map(pairs)}").fetchone() == (pairs,)


@pytest.mark.parametrize("quote", [quote_name, quote_text])
def test_nul_is_refused(quote):
    with pytest.raises(SegmentError):
        quote("a\0b")


def test_a_comment_cannot_eat_what_follows(connection):
    sql = f"SELECT * FROM {subquery('SELECT 1 AS a -- end', 'q')} WHERE a = 1"
    assert connection.execute(sql).fetchall() == [(1,)]


@pytest.mark.parametrize(
    ("value", "key"), [("7", "7"), ("'  x '", "x"), ("'   '", None), ("NULL", None)]
)
def test_keys_are_trimmed_text(connection, value, key):
    assert connection.execute(f"SELECT {as_key(value)}").fetchone() == (key,)


# --- the gate before operators' SQL -------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    data = tmp_path / "data"
    data.mkdir()
    (data / "source.csv").write_text("a\n1\n")
    return data


@pytest.fixture
def locked(folder: Path, tmp_path: Path):
    with session(readable=[folder], scratch=tmp_path / "scratch") as opened:
        opened.execute("CREATE TEMP TABLE t AS SELECT 1 AS a, 'x' AS b")
        yield opened


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("SELECT 1", [(1,)]),
        ("SELECT 1;", [(1,)]),
        ("-- who\nSELECT 1 -- one\n; -- done", [(1,)]),
        ("/* ; */ SELECT 1 /* ; */ ;;", [(1,)]),
        ("SELECT ';--'", [(";--",)]),
        ("SELECT ';--' ;", [(";--",)]),
        ("FROM t", [(1, "x")]),
        ("WITH x AS (SELECT a FROM t) SELECT * FROM x", [(1,)]),
        ("VALUES (1), (2)", [(1,), (2,)]),
        ("SELECT a FROM t ORDER BY a LIMIT 1", [(1,)]),
        ("SELECT 1 AS a UNION ALL SELECT 2", [(1,), (2,)]),
    ],
)
def test_a_select_passes_and_runs(locked, text, rows):
    assert locked.execute(gated(locked, text, "The query")).fetchall() == rows


ATTACKS = [
    "COPY (SELECT 1) TO '{out}'",
    "WITH x AS (COPY (SELECT 1) TO '{out}') SELECT 1",
    "WITH x AS (COPY t TO '{out}') SELECT * FROM x",
    "SELECT 1) AS q; COPY (SELECT 1) TO '{out}'; SELECT * FROM (SELECT 1",
    "SELECT 1) AS q; COPY (SELECT 1) TO '{out}' --",
    "SELECT 1; COPY (SELECT 1) TO '{out}'",
    "SELECT * FROM query('COPY (SELECT 1) TO ''{out}''')",
    "WITH x AS (INSERT INTO t VALUES (2, 'y') RETURNING a) SELECT * FROM x",
    "WITH x AS (DELETE FROM t RETURNING a) SELECT * FROM x",
    "WITH x AS (UPDATE t SET a = 5 RETURNING a) SELECT * FROM x",
    "INSERT INTO t VALUES (2, 'y')",
    "DELETE FROM t",
    "DROP TABLE t",
    "CREATE TABLE u AS SELECT 1",
    "ATTACH '{out}' AS other",
    "EXPORT DATABASE '{out}'",
    "PIVOT t ON b USING sum(a)",
    "SET lock_configuration = false",
    "RESET memory_limit",
    "SET VARIABLE a = 1",
    "PRAGMA database_list",
    "PRAGMA enable_profiling",
    "INSTALL httpfs",
    "LOAD httpfs",
    "CALL pragma_version()",
    "CONNECT",
    "DISCONNECT",
    "EXPLAIN SELECT 1",
    "EXPLAIN ANALYZE COPY (SELECT 1) TO '{out}'",
    "PREPARE p AS SELECT 1",
    "EXECUTE p",
    "CHECKPOINT",
    "BEGIN",
    "VACUUM",
    "SELECT 1; SELECT 2",
    "",
    " ; ",
    "-- nothing",
    "SELECT 1 /* open",
    "SELECT 'open",
    "SELECT 1 \0",
    "not sql at all",
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM read_blob('/proc/self/environ')",
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM read_json('/etc/passwd')",
    "SELECT * FROM '/etc/passwd'",
    "SELECT * FROM sniff_csv('/etc/passwd')",
    "SELECT * FROM parquet_metadata('/etc/passwd')",
    "SELECT * FROM read_text('{data}/../secret')",
    "SELECT * FROM read_text('{data}_evil/secret')",
    "SELECT * FROM read_text('{data}/link')",
    "SELECT * FROM read_text('{data}/folder/secret')",
    "SELECT * FROM glob('/etc/*')",
    "SELECT * FROM read_csv('https://example.org/a.csv')",
    "SELECT getenv('HOME')",
    "SELECT * FROM folder",
    "SELECT * FROM locked",
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_refused_in_one_sentence(locked, folder, attack):
    evil = folder.with_name("data_evil")
    evil.mkdir()
    (evil / "secret").write_text("secret")
    (folder.parent / "secret").write_text("secret")
    (folder / "link").symlink_to(folder.parent / "secret")
    (folder / "folder").symlink_to(evil)
    out = folder / "out.csv"
    text = attack.replace("{out}", str(out)).replace("{data}", str(folder))
    with pytest.raises(SegmentError) as refused:  # noqa: PT012 - refused at either step
        sql = gated(locked, text, "The query")
        try:
            locked.execute(sql).fetchall()
        except duckdb.PermissionException as error:
            raise SegmentError("refused when run") from error
    assert "\n" not in str(refused.value)
    assert "secret" not in refused.value.message
    assert not out.exists()
    assert locked.execute("SELECT * FROM t").fetchall() == [(1, "x")]


def test_reading_the_names_of_the_data_folder_stays_inside(locked, folder):
    sql = gated(locked, f"SELECT file FROM glob('{folder}/*')", "The query")
    assert locked.execute(sql).fetchall() == [(str(folder / "source.csv"),)]


@pytest.mark.parametrize(
    ("text", "name", "answer"),
    [
        ("FROM profiles", "profiles", True),
        ("FROM Profiles", "profiles", True),
        ('FROM "VIP 客户"', "VIP 客户", True),
        ("SELECT email FROM x", "mail", False),
        ("FROM a.b", "a", True),
    ],
)
def test_mentions(text, name, answer):
    assert mentions(text, name) is answer
