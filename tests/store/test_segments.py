from __future__ import annotations

import gzip
import json
import os
import time
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from store import settings as settings_file
from store import workspace as workspaces
from store.duck import explained, session
from store.errors import ConfigurationError, NotFound, SegmentError, StorageError
from store.segments import sources
from store.segments.catalogue import BrokenSegment, catalogue, find, names, profiles, suppressed
from store.segments.common import Common
from store.segments.facts import ColumnFacts, Overview, facts, overviews, sample
from store.segments.joins import joined
from store.segments.malformed import malformed
from store.segments.relations import Column, hold, relation

NASTY_NAMES = [
    "two words",
    "it's",
    'say "x"',
    "客户 VIP",
    "été",
    "a[1]*?",
    "a;b--c",
    "{x,y}",
    "50%",
]


@pytest.fixture
def put(workspace):
    """Write a file into the data folder: text, bytes, or the SELECT of a Parquet file."""

    def write(name: str, content: str | bytes) -> Path:
        path = workspace.data / name
        path.parent.mkdir(exist_ok=True, parents=True)
        if isinstance(content, bytes):
            path.write_bytes(content)
        elif path.suffix == ".parquet":
            spare = workspace.root / "spare.parquet"
            with duckdb.connect() as plain:
                plain.execute(f"COPY ({content}) TO '{spare}'")
            spare.rename(path)
        else:
            path.write_text(content, encoding="utf-8")
        return path

    return write


@pytest.fixture
def connection(workspace):
    with session(readable=[workspace.data], scratch=workspace.state, threads=2) as opened:
        yield opened


@pytest.fixture
def rows(workspace, connection):
    """All rows of a segment, in order; what is wrong with it comes as it does to an operator."""

    def read(name: str = "vip"):
        found = relation(
            connection, workspace, find(workspace, name), settings_file.load(workspace)
        )
        with explained(found.what):
            told = connection.execute(f"{found.numbered} ORDER BY 1").fetchall()
            assert sorted(connection.execute(found.sql).fetchall(), key=str) == sorted(
                (row[1:] for row in told), key=str
            )
        assert [row[0] for row in told] == list(range(1, len(told) + 1))
        malformed(connection, found)
        return [row[1:] for row in told]

    return read


@pytest.fixture
def join(workspace, connection):
    def read(wanted: list[str], name: str = "vip"):
        settings = settings_file.load(workspace)
        found = joined(connection, workspace, find(workspace, name), settings, wanted)
        assert found.names == ("__row", *wanted, "__no_profile")
        return connection.execute(f"SELECT * FROM ({found.sql}) ORDER BY __row").fetchall()

    return read


PEOPLE = "SELECT i AS id, 'u' || i || '@x.org' AS Email FROM range(3) r(i)"
THREE = [(0, "u0@x.org"), (1, "u1@x.org"), (2, "u2@x.org")]


# --- the catalogue ------------------------------------------------------------------------------


def test_every_kind_is_found_by_its_stem(workspace, put):
    put("segments/a.parquet", PEOPLE)
    put("segments/b.csv", "Email\n")
    put("segments/c.tsv", "Email\n")
    put("segments/d.csv.gz", gzip.compress(b"Email\n"))
    put("segments/e.jsonl", "{}\n")
    put("segments/f.ndjson.gz", gzip.compress(b"{}\n"))
    put("segments/g.sql", "SELECT 1")
    put("segments/h/part-0.parquet", PEOPLE)
    put("segments/h/part-1.parquet", PEOPLE)
    put("segments/h/_SUCCESS", "")
    put("segments/.hidden.csv", "Email\n")
    put("segments/_tmp.csv", "Email\n")
    put("segments/README.md", "about")
    found = catalogue(workspace)
    assert [(s.name, s.kind, s.format) for s in found] == [
        ("a", "parquet", "parquet"),
        ("b", "csv", "csv"),
        ("c", "csv", "csv"),
        ("d", "csv", "csv"),
        ("e", "jsonl", "jsonl"),
        ("f", "jsonl", "jsonl"),
        ("g", "sql", "sql"),
        ("h", "folder", "parquet"),
    ]
    assert len(found[-1].files) == 2
    assert found[1].size == 6
    assert abs((datetime.now(UTC) - found[1].modified).total_seconds()) < 60


def test_an_empty_workspace_has_no_segments(workspace):
    assert catalogue(workspace) == []
    assert names(workspace) == []
    workspace.segments_folder.rmdir()
    assert catalogue(workspace) == []
    assert profiles(workspace) is None
    assert suppressed(workspace) == []


@pytest.mark.parametrize(
    ("files", "part"),
    [
        (["segments/x.csv", "segments/x.parquet"], "Several files"),
        (["segments/x.csv", "segments/X.csv"], "Several files"),
        (["segments/x.csv", "segments/x/a.csv"], "Several files"),
        (["segments/x/a.csv", "segments/x/b.jsonl"], "mixes"),
        (["segments/x/a.txt"], "mixes"),
        (["segments/x/a.sql"], "mixes"),
        (["segments/x/_SUCCESS"], "no part files"),
        (["segments/x/y/a.csv"], "another folder"),
        (["segments/x.xlsx"], "no kind"),
        (["segments/Profiles.csv"], "profile table"),
    ],
)
def test_what_cannot_be_a_segment_is_listed_with_the_reason(workspace, put, files, part):
    for file in files:
        put(file, b"Email\n")
    (broken,) = catalogue(workspace)
    assert isinstance(broken, BrokenSegment)
    assert part in broken.reason
    assert broken.hint
    with pytest.raises(SegmentError, match=part):
        find(workspace, broken.name)


def test_a_file_name_that_is_not_utf_8_is_listed_with_the_reason(workspace, put):
    name = os.fsdecode(b"\xff.csv")
    put(f"segments/{name}", b"Email\n")
    put(f"segments/parts/{name}", b"Email\n")
    found = catalogue(workspace)
    assert len(found) == 2
    for broken in found:
        assert isinstance(broken, BrokenSegment)
        assert "is not UTF-8" in broken.reason


def test_a_name_not_found_lists_close_ones(workspace, put):
    put("segments/newsletter.csv", "Email\n")
    assert find(workspace, "Newsletter").name == "newsletter"
    with pytest.raises(NotFound) as told:
        find(workspace, "newsleter")
    assert 'Did you mean "newsletter"' in told.value.hint
    with pytest.raises(NotFound) as told:
        find(workspace, "zzz")
    assert "segment list" in told.value.hint


def test_one_among_many_is_found_without_looking_at_the_others(workspace, put, monkeypatch):
    for number in range(20):
        put(f"segments/s{number}.csv", "Email\n")
    looked_at = []

    def of_path(path, *more):
        looked_at.append(path.name)
        return sources.of_path(path, *more)

    monkeypatch.setattr("store.segments.catalogue.of_path", of_path)
    assert find(workspace, "S7").name == "s7"
    assert looked_at == ["s7.csv"]
    assert sorted(names(workspace)) == sorted(f"s{number}" for number in range(20))
    assert looked_at == ["s7.csv"]


def test_links(workspace, put, rows):
    target = put("segments/.real.csv", "Email\na@x.org\n")
    (workspace.segments_folder / "inside.csv").symlink_to(target)
    outside = workspace.root / "outside.csv"
    outside.write_text("Email\nsecret@x.org\n")
    (workspace.segments_folder / "out.csv").symlink_to(outside)
    (workspace.segments_folder / "lost.csv").symlink_to(workspace.data / "nothing.csv")
    (workspace.segments_folder / "parts").mkdir()
    (workspace.segments_folder / "parts" / "1.csv").symlink_to(outside)
    (workspace.segments_folder / "dir").symlink_to(workspace.root)
    assert rows("inside") == [("a@x.org",)]
    for name in ("out", "parts", "dir"):
        with pytest.raises(SegmentError, match="out of the data folder"):
            find(workspace, name)
    with pytest.raises(SegmentError, match="leads nowhere"):
        find(workspace, "lost")


def test_a_link_put_in_place_after_the_look_is_still_refused(workspace, put, connection):
    path = put("segments/vip.csv", "Email\na@x.org\n")
    found = find(workspace, "vip")
    outside = workspace.root / "outside.csv"
    outside.write_text("Email\nsecret@x.org\n")
    path.unlink()
    path.symlink_to(outside)
    with pytest.raises(SegmentError, match="out of the data folder"):
        relation(connection, workspace, found, settings_file.load(workspace))


def test_a_pipe_is_not_waited_for(workspace, rows):
    os.mkfifo(workspace.segments_folder / "vip.csv")
    with pytest.raises(SegmentError, match="not a plain file"):
        rows()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(put, rows):
    put("segments/vip.csv", "Email\n").chmod(0)
    with pytest.raises(SegmentError, match="may not be read"):
        rows()


def test_a_file_that_went_away(workspace, put, connection):
    path = put("segments/vip.csv", "Email\na@x.org\n")
    found = find(workspace, "vip")
    path.unlink()
    with pytest.raises(SegmentError, match="not there"):
        relation(connection, workspace, found, settings_file.load(workspace))


def test_a_data_folder_that_holds_the_keys_is_refused(workspace, put, connection):
    put("segments/vip.csv", "Email\na@x.org\n")
    wide = workspaces.Workspace(root=workspace.root, data=workspace.root)
    with pytest.raises(ConfigurationError, match="where keys are kept"):
        relation(connection, wide, find(workspace, "vip"), settings_file.load(workspace))


# --- reading each kind --------------------------------------------------------------------------


@pytest.mark.parametrize("name", NASTY_NAMES)
def test_nasty_names_in_every_kind(workspace, put, rows, name):
    put(f"segments/{name} 1.parquet", PEOPLE)
    put(f"segments/{name} 2.csv", "id,Email\n0,u0@x.org\n1,u1@x.org\n2,u2@x.org\n")
    put(f"segments/{name} 3/a {name}.parquet", PEOPLE)
    put(f"segments/{name} 4.jsonl", '{"id": 0, "Email": "u0@x.org"}\n')
    quoted = f"{name} 1".replace('"', '""')
    put(f"segments/{name} 5.sql", f'SELECT * FROM "{quoted}" ORDER BY id')
    assert rows(f"{name} 1") == THREE
    assert rows(f"{name} 2") == [(str(key), email) for key, email in THREE]
    assert rows(f"{name} 3") == THREE
    assert rows(f"{name} 4") == [("0", "u0@x.org")]
    assert rows(f"{name} 5") == THREE
    assert [seen.name for seen in overviews(workspace)] == names(workspace)


@pytest.mark.parametrize("column", [*NASTY_NAMES, "select", "select * from x", "Straße"])
def test_nasty_column_names(put, rows, join, column):
    quoted = column.replace('"', '""')
    put("segments/p.parquet", f"""SELECT 'v' AS "{quoted}", 1 AS other""")
    put("segments/j.jsonl", json.dumps({column: "v", "other": 1}) + "\n")
    told = column.replace('"', '""')
    put("segments/c.csv", f'"{told}"|other\nv|1\n')
    for name in ("p", "j", "c"):
        assert join([column], name) == [(1, "v", False)]


def test_a_pattern_in_a_name_reads_that_file_alone(put, rows):
    put("segments/*.csv", "Email\nstar@x.org\n")
    put("segments/a.csv", "Email\na@x.org\n")
    assert rows("*") == [("star@x.org",)]


def test_a_folder_named_like_a_partition_adds_no_column(put, rows):
    put("segments/land=AT/1.parquet", PEOPLE)
    put("segments/land=DE/1.csv", "Email\na@x.org\n")
    put("segments/land=CH/1.jsonl", '{"Email":"a@x.org"}\n')
    assert rows("land=AT") == THREE
    assert rows("land=DE") == [("a@x.org",)]
    assert rows("land=CH") == [("a@x.org",)]


def test_part_files_keep_their_order_and_are_numbered_through(put, rows):
    for part in range(5):
        put(
            f"segments/vip/part-{part}.parquet",
            f"SELECT {part} * 10 + i AS id FROM range({part}) r(i)",
        )
    assert rows() == [(10,), (20,), (21,), (30,), (31,), (32,), (40,), (41,), (42,), (43,)]


def test_part_files_of_other_types_meet_in_the_wider_one(put, rows):
    put("segments/vip/1.parquet", "SELECT 7 AS id, 'a' AS b")
    put("segments/vip/2.parquet", "SELECT 'b' AS b, '007' AS id")
    assert rows() == [("7", "a"), ("007", "b")]


def test_part_files_with_other_columns_are_refused_by_name(put, rows):
    put("segments/vip/1.parquet", "SELECT 1 AS id, 'a' AS b")
    put("segments/vip/2.parquet", "SELECT 1 AS id, 'a' AS c")
    with pytest.raises(SegmentError, match=r"file 2\.parquet, has other columns .* b, c"):
        rows()


def test_json_lines_give_the_union_of_keys_as_text(put, rows):
    put(
        "segments/vip.jsonl",
        '{"id": "007", "big": 12345678901234567890123, "o": {"a": [1, "x"]}, "t": true}\n'
        "\n"
        '{"late": "é", "id": null}',
    )
    assert rows() == [
        ("007", "12345678901234567890123", '{"a":[1,"x"]}', "true", None),
        (None, None, None, None, "é"),
    ]


def test_numbers_in_json_lines_are_as_from_a_column_of_numbers(put, rows):
    values = '["7.0", 7.0, -0.0, 2.50, 12345678901234567890123, NaN, "NaN", -Infinity, [NaN, 7.0]]'
    names = "abcdefghi"
    keys = ", ".join(f'"{n}": {v}' for n, v in zip(names, values[1:-1].split(", ", 8), strict=True))
    put("segments/vip.jsonl", f"{{{keys}}}\n")
    assert rows() == [
        ("7.0", "7", "0", "2.5", "12345678901234567890123", None, "NaN", None, "[NaN,7.0]")
    ]


def test_json_lines_may_begin_with_a_byte_order_mark(put, rows):
    put("segments/vip.jsonl", b"\xef\xbb\xbf" + b'{"a": 1}\n{"a": 2}\n')
    assert rows() == [("1",), ("2",)]


def test_json_part_files_may_lack_a_key(put, rows):
    put("segments/vip/1.jsonl", '{"a": 1}\n')
    put("segments/vip/2.jsonl", '{"b": 2}\n')
    assert rows() == [("1", None), (None, "2")]


@pytest.mark.parametrize(
    ("text", "part"),
    [
        (b"", "is empty"),
        (b'{"a": 1}\n{"a":\n{"a": 3}\n', "line 2"),
        (b'{"a": 1}\n' * 9 + b"ann@x.org\n" + b'{"a": 1}\n', "line 10"),
        (b'{"a": 1} {"a": 2}\n', "line 1"),
        (b'{"a": "\xe9"}\n', "line 1"),
        (b'{"a": 1}\n[1, 2]\n', "not a JSON object"),
        (b'{"a": 1}\nnull\n', "not a JSON object"),
        (b'{"a": 1, "A": 2}\n', "two columns of one name"),
        (b"{}\n", "no columns"),
        (b'{"a": 1}\n{"a": "\\ud83d"}\n{"a": 3}\n', "line 2"),
        (b'{"a": 1, "": 2}\n', "a field without a name"),
        (b'{"a": 1}\n{"b": 1, "a": 2, "b": 3}\n', 'the field "b" twice'),
    ],
)
def test_damaged_json_lines(put, rows, text, part):
    put("segments/vip.jsonl", text)
    with pytest.raises(SegmentError, match=part) as told:
        rows()
    assert "ann@" not in str(told.value)


BIG = "SELECT md5(i::VARCHAR) AS id, 'u' || i || '@x.org' AS Email FROM range(100000) r(i)"


@pytest.mark.parametrize(
    ("damage", "part"),
    [
        (lambda raw: raw[: len(raw) // 2], "not a whole Parquet file"),
        (lambda raw: raw[:-3], "not a whole Parquet file"),
        (lambda _: b"", "not a whole Parquet file"),
        (lambda _: b"Email\na@x.org\n" * 20, "not a whole Parquet file"),
        (lambda raw: raw[:-60] + b"\xff" * 40 + raw[-20:], "Parquet|damaged|cannot be read"),
    ],
)
def test_damaged_parquet(put, rows, damage, part):
    path = put("segments/vip.parquet", BIG)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(SegmentError, match=part) as told:
        rows()
    assert "\n" not in str(told.value)


def test_a_hole_in_a_page_is_met_when_it_is_read(workspace, put, rows):
    path = put("segments/vip.parquet", BIG)
    raw = bytearray(path.read_bytes())
    raw[2000:12000] = bytes(10000)
    path.write_bytes(raw)
    with pytest.raises(SegmentError, match=r"damaged inside|cannot be read"):
        rows()
    with pytest.raises(SegmentError):
        facts(workspace, "vip")


def test_the_damaged_part_file_is_named(put, rows):
    put("segments/vip/1.parquet", PEOPLE)
    path = put("segments/vip/2.parquet", PEOPLE)
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(SegmentError, match=r"2\.parquet"):
        rows()


def test_types_are_those_of_the_file(workspace, put, connection):
    put("segments/vip.parquet", "SELECT 1 AS i, 1.5::DOUBLE AS d, DATE '2026-01-02' AS day")
    found = relation(connection, workspace, find(workspace, "vip"), settings_file.load(workspace))
    assert found.columns == (Column("i", "INTEGER"), Column("d", "DOUBLE"), Column("day", "DATE"))
    assert found.stable


# --- .sql segments ------------------------------------------------------------------------------


def test_sql_over_profiles_and_segments(put, rows):
    put("profiles.parquet", PEOPLE)
    put("segments/客户.csv", "id,level\n1,gold\n2,none\n")
    put(
        "segments/vip.sql",
        'SELECT p.Email, level FROM Profiles p JOIN "客户" k ON k.id = p.id::VARCHAR\n'
        "ORDER BY p.Email -- in order\n; -- done\n",
    )
    put("segments/gold.sql", "SELECT Email FROM vip WHERE level = 'gold'")
    assert rows() == [("u1@x.org", "gold"), ("u2@x.org", "none")]
    assert rows("gold") == [("u1@x.org",)]


def test_a_name_in_the_text_of_one_query_is_not_seen_by_another(put, rows):
    put("segments/a.sql", "WITH b AS (SELECT 1 AS x) SELECT * FROM b")
    put("segments/b.sql", "SELECT 2 AS x")
    put("segments/c.sql", "SELECT a.x AS one, b.x AS two FROM a, b")
    assert rows("c") == [(1, 2)]


def test_queries_that_lead_in_a_circle(put, rows):
    put("segments/a.sql", "SELECT * FROM b")
    put("segments/b.sql", "SELECT * FROM a")
    with pytest.raises(SegmentError, match="leads back to itself"):
        rows("a")
    put("segments/self.sql", "SELECT * FROM self")
    with pytest.raises(SegmentError, match="does not exist"):
        rows("self")


def test_a_table_that_cannot_be_read_gives_its_own_sentence(put, rows):
    put("segments/bad.parquet", PEOPLE).write_bytes(b"no")
    put("segments/vip.sql", "SELECT * FROM bad")
    with pytest.raises(SegmentError, match='segment "bad" is not a whole Parquet file'):
        rows()
    put("segments/fine.sql", "SELECT 'bad' AS word")
    assert rows("fine") == [("bad",)]


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("SELECT * FROM nowhere", "nowhere"),
        ("SELECT x FROM profiles", "x"),
        ("DELETE FROM profiles", "not a SELECT"),
        ("SELECT 1 AS a; SELECT 2", "2 statements"),
        ("", "0 statements"),
        ("SELECT * FROM read_text('/etc/passwd')", "outside the data folder"),
    ],
)
def test_queries_that_cannot_be_used(put, rows, text, part):
    put("profiles.parquet", PEOPLE)
    put("segments/vip.sql", text)
    with pytest.raises(SegmentError, match=part) as told:
        rows()
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    "source",
    ["'data/more.csv'", '"data/more.csv"', "read_csv(['data/more.csv'])", "'data/mo*.csv'"],
)
def test_relative_names_are_seen_from_the_workspace(workspace, put, rows, monkeypatch, source):
    put("more.csv", "a,b\n1,data/more.csv\n")
    put("segments/vip.sql", f"SELECT 'é', a, b FROM {source} WHERE b = 'data/more.csv'")
    for folder in ("/", workspace.root, workspace.data):
        monkeypatch.chdir(folder)
        assert rows() == [("é", 1, "data/more.csv")]


@pytest.mark.parametrize("source", ["'more.csv'", "read_csv('../more.csv')"])
def test_relative_names_outside_the_data_folder_are_refused(
    workspace, put, rows, monkeypatch, source
):
    put("more.csv", "a,b\n1,2\n")
    put("segments/vip.sql", f"SELECT * FROM {source}")
    for folder in ("/", workspace.root, workspace.data):
        monkeypatch.chdir(folder)
        with pytest.raises(SegmentError, match="outside the data folder"):
            rows()


def test_a_query_in_another_encoding(put, rows):
    put("segments/vip.sql", "SELECT 'é'".encode("latin-1"))
    with pytest.raises(SegmentError, match="UTF-8"):
        rows()


def test_a_query_that_fails_on_a_value_does_not_tell_the_value(put, rows):
    put("profiles.parquet", PEOPLE)
    put("segments/vip.sql", "SELECT Email::INTEGER AS x FROM profiles")
    with pytest.raises(SegmentError) as told:
        rows()
    assert "x.org" not in str(told.value)


def test_held_rows_stay_as_they_were(workspace, put, connection):
    put("segments/vip.sql", "SELECT random() AS a, i FROM range(1000) r(i) ORDER BY a")
    found = relation(connection, workspace, find(workspace, "vip"), settings_file.load(workspace))
    assert not found.stable
    kept = hold(connection, found)
    assert kept.stable
    once = connection.execute(f"{kept.numbered} ORDER BY 1").fetchall()
    assert connection.execute(f"{kept.numbered} ORDER BY 1").fetchall() == once


# --- joined to the profile table ----------------------------------------------------------------

PROFILES = """SELECT * FROM (VALUES ('1', 'a@x.org', 'Ann'), ('2', 'b@x.org', 'Bob'))
t(CustomerId, Email, FirstName)"""


@pytest.mark.parametrize("table", ["profiles.parquet", "profiles.csv", "profiles/1.parquet"])
def test_bare_keys_are_joined(put, join, table):
    csv = "CustomerId,Email,FirstName\n1,a@x.org,Ann\n2,b@x.org,Bob\n"
    put(table, csv if table.endswith("csv") else PROFILES)
    put("segments/vip.csv", "customerid\n2\n 1 \n9\n\n2\n")
    assert join(["Email", "firstname"]) == [
        (1, "b@x.org", "Bob", False),
        (2, "a@x.org", "Ann", False),
        (3, None, None, True),
        (4, None, None, True),
        (5, "b@x.org", "Bob", False),
    ]


def test_what_the_segment_has_wins_and_types_of_keys_may_differ(put, join):
    put("profiles.parquet", PROFILES)
    put("segments/vip.parquet", "SELECT 2 AS CustomerId, 'own@x.org' AS email")
    assert join(["FirstName", "Email"]) == [(1, "Bob", "own@x.org", False)]
    # Nothing is wanted from the profile table: it need not even be sound.
    put("profiles.parquet", PROFILES).write_bytes(b"no")
    assert join(["Email"]) == [(1, "own@x.org", False)]


def test_what_is_not_a_number_is_no_key(put, join):
    put("profiles.parquet", "SELECT 'nan'::DOUBLE AS CustomerId, 'Ann' AS FirstName FROM range(2)")
    put("segments/vip.parquet", "SELECT 'nan'::DOUBLE AS CustomerId")
    assert [row[1] for row in join(["FirstName"])] == [None]


def test_a_whole_number_in_json_lines_is_a_key(put, join):
    put("profiles.parquet", PROFILES)
    put("segments/vip.jsonl", '{"CustomerId": 2.0}\n{"CustomerId": NaN}\n')
    assert [row[1] for row in join(["FirstName"])] == ["Bob", None]


@pytest.mark.parametrize("kind", ["DOUBLE", "FLOAT", "DECIMAL(9, 2)"])
def test_a_whole_number_is_the_same_key_in_a_type_with_fractions(put, join, kind):
    put("profiles.parquet", PROFILES)
    keys = "SELECT * FROM (VALUES (2.0), (NULL), (1.5), (1)) t(CustomerId)"
    put("segments/vip.parquet", f"SELECT CustomerId::{kind} AS CustomerId FROM ({keys})")
    assert [row[1] for row in join(["FirstName"])] == ["Bob", None, None, "Ann"]
    # And the other way round, where no two are the same.
    profiles = PROFILES.replace("'1'", "1.0").replace("'2'", "2.5")
    put(
        "profiles.parquet",
        profiles.replace("SELECT *", f"SELECT * REPLACE (CustomerId::{kind} AS CustomerId)"),
    )
    put("segments/vip.parquet", "SELECT 1 AS CustomerId")
    assert [row[1] for row in join(["FirstName"])] == ["Ann"]


def test_a_query_is_run_once_for_a_plan(workspace, put, connection):
    put("profiles.parquet", PROFILES)
    put("segments/vip.sql", "SELECT CustomerId, random() AS r FROM profiles ORDER BY r")
    settings = settings_file.load(workspace)
    found = joined(connection, workspace, find(workspace, "vip"), settings, ["Email", "r"])
    assert found.stable
    once = connection.execute(f"SELECT * FROM ({found.sql}) ORDER BY __row").fetchall()
    assert connection.execute(f"SELECT * FROM ({found.sql}) ORDER BY __row").fetchall() == once


def test_a_column_found_nowhere(put, join):
    put("segments/vip.csv", "CustomerId,Emial\n1,a@x.org\n")
    with pytest.raises(SegmentError, match=r'"vip" has no column Email, and there is no') as told:
        join(["Email"])
    assert "Emial" in told.value.hint
    put("profiles.parquet", PROFILES)
    with pytest.raises(SegmentError, match="LastName, and the profile table has not") as told:
        join(["Email", "LastName"])
    assert "FirstName" in told.value.hint


def test_no_key_to_join_by(put, join):
    put("profiles.parquet", PROFILES)
    put("segments/vip.csv", "Id,x\n1,2\n")
    with pytest.raises(SegmentError, match="no column Email, and no column CustomerId to find it"):
        join(["Email"])
    # What was mistyped is named, though the rows could be found by a key that they have not.
    put("segments/vip.csv", "Email,First\na@x.org,A\n")
    with pytest.raises(SegmentError, match="no column FirstName, and no column CustomerId"):
        join(["Email", "FirstName"])
    put("segments/vip.csv", "CustomerId\n1\n")
    put("profiles.parquet", "SELECT 1 AS Id, 'a@x.org' AS Email")
    with pytest.raises(SegmentError, match=r"profile table .* has no column CustomerId"):
        join(["Email"])


def test_a_key_twice_in_the_profile_table(put, join):
    put(
        "profiles.csv",
        "CustomerId,Email\n1,a@x.org\n 1,b@x.org\n2,c@x.org\n2,d@x.org\n3,e@x.org\n"
        ",f@x.org\n,g@x.org\n",
    )
    put("segments/vip.csv", "CustomerId\n3\n")
    with pytest.raises(SegmentError, match="has 2 keys in CustomerId more than once"):
        join(["Email"])


def test_two_profile_tables_or_one_of_a_foreign_kind(workspace, put):
    put("profiles.csv", "CustomerId\n")
    put("profiles.parquet", PROFILES)
    with pytest.raises(SegmentError, match=r"profiles\.csv and profiles\.parquet"):
        profiles(workspace)
    (workspace.data / "profiles.csv").unlink()
    (workspace.data / "profiles.parquet").rename(workspace.data / "profiles.xlsx")
    with pytest.raises(SegmentError, match="no kind"):
        profiles(workspace)


def test_suppressed_lists_are_never_passed_over(workspace, put):
    put("suppressed.csv", "Email\na@x.org\n")
    put("suppressed.parquet", PEOPLE)
    assert [s.path.name for s in suppressed(workspace)] == ["suppressed.csv", "suppressed.parquet"]
    put("suppressed.txt", "b@x.org\n")
    with pytest.raises(SegmentError, match=r"suppressed\.txt is of no kind"):
        suppressed(workspace)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("Email,Why\na@x.org,moved\nb@x.org\n", "number 3: too few columns"),
        ('Email,Why\na@x.org,moved\n"b@x.org,x\nc@x.org,y\n', "not closed"),
    ],
)
def test_a_suppressed_list_is_read_as_a_whole_or_not_at_all(workspace, put, connection, text, part):
    put("suppressed.csv", text)
    (source,) = suppressed(workspace)
    with pytest.raises(SegmentError, match=part) as told:
        relation(connection, workspace, source, settings_file.load(workspace))
    assert "x.org" not in str(told.value)


def test_lost_lines_of_the_profile_table_are_no_rows_of_the_segment(workspace, put, connection):
    put("segments/vip.csv", "CustomerId,x\n1,1\n2,2\n3\n")
    put("profiles.csv", "CustomerId,Email\n1,a@x.org\n2\n")
    settings = settings_file.load(workspace)
    found = joined(connection, workspace, find(workspace, "vip"), settings, ["Email"])
    rows = connection.execute(f"SELECT * FROM ({found.sql}) ORDER BY __row").fetchall()
    assert rows == [(1, "a@x.org", False), (2, None, True)]
    assert [Path(lost.file).name for lost in malformed(connection, found)] == ["vip.csv"]
    put("profiles.csv", 'CustomerId,Email\n1,a@x.org\n2,"b@x.org\n3,c@x.org\n')
    found = joined(connection, workspace, find(workspace, "vip"), settings, ["Email"])
    connection.execute(found.sql).fetchall()
    with pytest.raises(SegmentError, match=r"profiles\.csv that is not closed"):
        malformed(connection, found)


# --- facts --------------------------------------------------------------------------------------


def test_overview(workspace, put):
    path = put("segments/vip.parquet", PEOPLE)
    (found,) = overviews(workspace)
    modified = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    assert found == Overview("vip", "parquet", 3, 2, path.stat().st_size, modified)


def test_overviews_go_on_after_a_broken_one(workspace, put):
    put("segments/a.csv", "Email\na@x.org\n")
    put("segments/b.parquet", b"no")
    put("segments/c.xlsx", b"no")
    put("segments/d.csv", 'Email,Name\na@x.org,A\n"b@x.org,B\nc@x.org,C\n')
    put("segments/e.sql", "SELECT count(*) AS n FROM range(10000000) a, range(10000000) b")
    found = {line.name: line for line in overviews(workspace, seconds=0.3)}
    assert isinstance(found["a"], Overview)
    assert found["a"].rows == 1
    reasons = {n: line.reason for n, line in found.items() if isinstance(line, BrokenSegment)}
    assert sorted(reasons) == ["b", "c", "d", "e"]
    assert "not closed" in reasons["d"]
    assert "stopped" in reasons["e"]


def test_facts(workspace, put):
    put(
        "segments/vip.csv",
        'Email,zip,empty\na@x.org,007,\nb@x.org, ,\nA@x.org,"",\nb@x.org,12345,\nlost\n',
    )
    found = facts(workspace, "vip", sample=2)
    assert found.rows == 4
    assert found.malformed == 1
    assert not found.distinct_is_estimate
    assert found.columns == [
        ColumnFacts("Email", "VARCHAR", 0.0, 0.0, 3, "A@x.org", "b@x.org",
                    [Common("b@x.org", 2)]),
        ColumnFacts("zip", "VARCHAR", 0.5, 0.25, 3, "007", "12345"),
        ColumnFacts("empty", "VARCHAR", 1.0, 0.0, 0, None, None),
    ]  # fmt: skip
    assert found.sample_rows == [("a@x.org", "007", None), ("b@x.org", " ", None)]


def test_facts_of_every_type(workspace, put):
    put(
        "segments/vip.parquet",
        """SELECT 10 AS i, 1.5 AS d, TIMESTAMPTZ '2026-01-02 03:04:05+02' AS t, true AS b,
        [1, 2] AS l, {'a': 1} AS s, MAP {'k': 'v'} AS m, '\\xAA'::BLOB AS x, 'inf'::DOUBLE AS f,
        UUID '00000000-0000-0000-0000-000000000001' AS u, INTERVAL 1 DAY AS v, NULL AS n
        UNION ALL SELECT 9, 2.5, NULL, false, [3], {'a': 2}, MAP {}, '', 'nan', NULL, NULL, NULL""",
    )
    found = facts(workspace, "vip")
    told = {column.name: column for column in found.columns}
    assert (told["i"].min, told["i"].max) == ("9", "10")
    assert told["t"].min == "2026-01-02 01:04:05+00"
    assert told["n"].null_share == 1.0
    assert all(isinstance(v, str | None) for row in found.sample_rows for v in row)


def test_facts_of_no_rows(workspace, put):
    put("segments/vip.csv", "Email,Name\n")
    found = facts(workspace, "vip")
    assert (found.rows, found.sample_rows) == (0, [])
    assert found.columns[0] == ColumnFacts("Email", "VARCHAR", 0.0, 0.0, 0, None, None)


def test_long_values_are_cut_where_they_are_shown(workspace, put):
    put("segments/vip.csv", f"Email\n{'x' * 1000}\n")
    found = facts(workspace, "vip")
    shown = "x" * 199 + "…"
    assert found.sample_rows == [(shown,)]
    assert found.columns[0].max == shown


def test_a_sample_from_further_down(workspace, put):
    put("segments/vip.csv", "n\n" + "".join(f"{n}\n" for n in "abcdefgh"))
    found = sample(workspace, "vip", limit=2, offset=5)
    assert found.columns == ["n"]
    assert found.rows == [("f",), ("g",)]


def test_a_query_that_takes_too_long_is_stopped(workspace, put):
    put("segments/vip.sql", "SELECT count(*) AS n FROM range(10000000) a, range(10000000) b")
    started = time.monotonic()
    with pytest.raises(StorageError, match="stopped"):
        facts(workspace, "vip", seconds=0.2)
    assert time.monotonic() - started < 5


def test_nothing_is_left_in_the_workspace(workspace, put):
    put("segments/vip.csv", "Email\na@x.org\n")
    before = sorted(workspace.root.rglob("*"))
    facts(workspace, "vip")
    assert sorted(workspace.root.rglob("*")) == before


def test_many_rows_are_estimated_and_quick(workspace, put):
    put("profiles.parquet", "SELECT i AS CustomerId, 'u' || i AS Email FROM range(300000) r(i)")
    put("segments/vip.parquet", "SELECT i AS CustomerId FROM range(300000) r(i)")
    found = facts(workspace, "vip")
    assert found.distinct_is_estimate
    assert abs(found.columns[0].distinct - 300_000) < 60_000


def test_a_column_is_found_whatever_blanks_its_name_ends_with(workspace, put, connection):
    put("segments/vip.jsonl", '{" E-Mail ": "a@x.org"}\n')
    settings = settings_file.load(workspace)
    found = joined(connection, workspace, find(workspace, "vip"), settings, ["e-mail"])
    assert connection.execute(f"SELECT * FROM ({found.sql})").fetchall() == [(1, "a@x.org", False)]
