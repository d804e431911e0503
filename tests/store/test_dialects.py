from __future__ import annotations

import csv
import gzip
import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store import settings as settings_file
from store.duck import explained, session
from store.errors import SegmentError
from store.segments.catalogue import find
from store.segments.dialects import settle_dialect
from store.segments.malformed import MalformedRow, count_malformed, malformed
from store.segments.relations import relation
from store.settings import CsvDialect


@pytest.fixture
def put(workspace):
    def write(text: str | bytes, name: str = "vip.csv"):
        path = workspace.segments_folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    return write


@pytest.fixture
def read(workspace):
    """Read a CSV segment whole: its names, its rows, and the lines that could not be read."""

    def reader(name: str = "vip"):
        with session(readable=[workspace.data], scratch=workspace.state, threads=1) as connection:
            known = settings_file.load(workspace)
            found = relation(connection, workspace, find(workspace, name), known)
            with explained(found.what):
                rows = connection.execute(found.numbered).fetchall()
            assert [row[0] for row in rows] == list(range(1, len(rows) + 1))
            bad = malformed(connection, found)
            assert count_malformed(connection, found) == len(bad)
            return list(found.names), [row[1:] for row in rows], bad

    return reader


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("bom", ["", "\ufeff"])
def test_usual_dialects(put, read, mark, end, bom):
    lines = ["Email,First name,zip", 'a@x.org,"Ann, dear",01234', '"b@x.org","B ""b""",007']
    put(bom + end.join(line.replace(",", mark) for line in lines) + end)
    names, rows, bad = read()
    assert names == ["Email", "First name", "zip"]
    assert rows == [
        ("a@x.org", f"Ann{mark} dear", "01234"),
        ("b@x.org", 'B "b"', "007"),
    ]
    assert bad == []


def test_a_line_end_inside_quotes(put, read):
    put('Email,Note\na@x.org,"one\ntwo"\nb@x.org,three\n')
    assert read()[1] == [("a@x.org", "one\ntwo"), ("b@x.org", "three")]


def test_backslash_escapes(put, read):
    put('Email,Note\na@x.org,"say \\"hi\\""\n')
    assert read()[1] == [("a@x.org", 'say "hi"')]


def test_a_backslash_at_the_end_of_a_value_is_no_escape(put, read):
    put('Email,Path\n"a@x.org","C:\\"\nb@x.org,"say ""x"""\n')
    assert read()[1] == [("a@x.org", "C:\\"), ("b@x.org", 'say "x"')]


def test_single_quotes(put, read):
    put("'Email','Note'\n'a@x.org','one, two'\n")
    assert read()[:2] == (["Email", "Note"], [("a@x.org", "one, two")])


@pytest.mark.parametrize("name", ["vip.tsv", "vip.csv.gz", "vip.tsv.gz", "VIP.CSV"])
def test_other_suffixes(put, read, name):
    text = b"Email\tName\na@x.org\tAnn\n"
    put(gzip.compress(text) if name.endswith(".gz") else text, name)
    assert read()[1] == [("a@x.org", "Ann")]


def test_utf16_and_a_header_in_chinese(put, read):
    put("邮箱,名字\na@x.org,王\n".encode("utf-16"))
    assert read()[:2] == (["邮箱", "名字"], [("a@x.org", "王")])


def test_a_comma_in_the_values_does_not_win_over_the_semicolon(put, read):
    put("Email;Name\na@x.org;Lee, Ann\nb@x.org;Ray, Bob\n")
    assert read()[0] == ["Email", "Name"]


@pytest.mark.parametrize("text", ["Email,Name\n", "Email,Name", "Email\n"])
def test_a_header_alone_is_no_rows(put, read, text):
    put(text)
    names, rows, bad = read()
    assert (names[0], rows, bad) == ("Email", [], [])


@pytest.mark.parametrize("text", ["CustomerId\n007\n8\n", "e-mail\na@x.org\n", "Customer Id\n1\n"])
def test_one_column_of_keys_or_addresses(put, read, text):
    put(text)
    assert read()[0] == [text.split("\n")[0]]


@pytest.mark.parametrize(
    "text",
    [
        "Email:Name\na@x.org:Ann\n",
        "Email^Name\na@x.org^Ann\n",
        "Email Name\na@x.org Ann\n",
        "Email\na@x.org,Ann\nb@x.org,Bob\n",
        "Email\na@x.org;Ann\n",
        "Email\na@x.org\n" + "b@x.org\n" * 500 + "c@x.org\tCid\n",
        "12\n13\n",
    ],
)
def test_a_dialect_that_comes_out_as_one_column_is_an_error(put, read, text):
    put(text)
    with pytest.raises(SegmentError, match="one column"):
        read()


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "is empty"),
        ("\n\n", "is empty"),
        ("Email,Email\na,b\n", "two columns of one name"),
        ("Email,email\na,b\n", "two columns of one name"),
        ("Email,,Name\na,b,c\n", "no name for column 2 of 3"),
        ("a@x.org,Ann\nb@x.org,Bob\n", "begins with data"),
        ("Email,Name\na@x.org\nb@x.org\n", "no line below it has as many"),
        ("Email,__row\na,1\n", "kept for Segport"),
        ("\nEmail,Name\na@x.org,A\n", "begins with an empty line"),
        ("\r\n\r\nEmail\r\na@x.org\r\n", "begins with an empty line"),
        ("sep=;\nEmail;Name\na@x.org;A\n", "a line for a spreadsheet"),
        (b"\xff\xfeE\x00,\x00N\x00\n", "not in utf-16"),
        (b"\xfe\xff\x00E\x00,\x00N\x00\n", "UTF-16"),
    ],
)
def test_a_header_that_cannot_be_used(put, read, text, part):
    put(text)
    with pytest.raises(SegmentError, match=part) as told:
        read()
    assert "x.org" not in str(told.value)


def test_mixed_line_ends(put, read):
    put("Email,Name\r\na@x.org,A\nb@x.org,B\r\nc@x.org,C\n")
    with pytest.raises(SegmentError, match="line ends"):
        read()


def test_a_gzip_file_cut_short(put, read):
    put(gzip.compress(b"Email,Name\na@x.org,Ann\n" * 50)[:-20], "vip.csv.gz")
    with pytest.raises(SegmentError, match="gzip"):
        read()


def test_no_gzip_at_all(put, read):
    put("Email,Name\na@x.org,Ann\n", "vip.csv.gz")
    with pytest.raises(SegmentError, match="gzip"):
        read()


def test_malformed_lines_are_set_aside_and_counted(workspace, put, read):
    path = put('Email,Name\na@x.org,A\nb@x.org\nc@x.org,C,D\n"d"x@x.org,D\ne@x.org,E\nf@x.org,"F')
    _, rows, bad = read()
    assert rows == [("a@x.org", "A"), ("e@x.org", "E")]
    assert bad == [
        MalformedRow(str(path), 3, "too few columns"),
        MalformedRow(str(path), 4, "too many columns"),
        MalformedRow(str(path), 5, "a quote where none belongs"),
        MalformedRow(str(path), 7, "a quote where none belongs"),
    ]


@pytest.mark.parametrize(
    "tail",
    [
        '"b@x.org,B\nc@x.org,C\nd@x.org,D\n',
        '"b@x.org,B\nc@x.org,C\nd@x.org,"D"\ne@x.org,E\n',
        '"b@x.org,B\n"c@x.org",C\n',
    ],
)
def test_a_quote_that_is_not_closed_refuses_the_file(put, read, tail):
    put("Email,Name\na@x.org,A\n" + tail)
    with pytest.raises(SegmentError, match="not closed") as told:
        read()
    assert "x.org" not in str(told.value)


def test_an_open_quote_far_down_a_large_file(put, read):
    put("Email,Name\n" + "a@x.org,A\n" * 60_000 + '"b@x.org,B\n' + "c@x.org,C\n" * 60_000)
    with pytest.raises(SegmentError, match=r"line 60002 .* not closed"):
        read()


def test_latin_1_needs_a_word_and_the_hint_is_that_word(workspace, put, read):
    put("Email;Name\na@x.org;José\n".encode("latin-1"), "été 1.csv")
    with pytest.raises(SegmentError, match="not UTF-8") as told:
        read("été 1")
    hint = told.value.hint
    assert '[segments."été 1".csv]' in hint
    lines = [part for part in hint.split("`") if " = " in part]
    with workspace.settings_path.open("a", encoding="utf-8") as file:
        file.write('\n[segments."été 1".csv]\n' + "\n".join(lines) + "\n")
    assert read("été 1")[:2] == (["Email", "Name"], [("a@x.org", "José")])


def test_windows_1252_is_never_taken_for_latin_1(workspace, put, read):
    put("Email;Name\na@x.org;€\n".encode("cp1252"))
    with pytest.raises(SegmentError, match="not UTF-8") as told:
        read()
    assert told.value.hint == "Save it as UTF-8."
    with workspace.settings_path.open("a", encoding="utf-8") as file:
        file.write('\n[segments.vip.csv]\nencoding = "latin-1"\ndelimiter = ";"\n')
    words = "letters that Latin-1 has not"
    with pytest.raises(SegmentError, match=words):
        read()
    put(b"Email;Name\n" + b"a@x.org;A\n" * 40_000 + "b@x.org;€\n".encode("cp1252"))
    with pytest.raises(SegmentError, match=words):
        read()


def test_a_file_without_a_header_is_read_once_its_hint_is_followed(workspace, put, read):
    put("a@x.org\tAnn\nb@x.org\tBob\n")
    with pytest.raises(SegmentError, match="begins with data") as told:
        read()
    lines = [part for part in told.value.hint.split("`") if " = " in part]
    with workspace.settings_path.open("a", encoding="utf-8") as file:
        file.write("\n".join(["", "[segments.vip.csv]", *lines, 'columns = ["Email", "Name"]', ""]))
    assert read()[:2] == (["Email", "Name"], [("a@x.org", "Ann"), ("b@x.org", "Bob")])


def test_a_line_that_is_too_long_is_not_said_to_be_an_open_quote_alone(put, read):
    put("Email,Name\na@x.org," + "x" * 2_500_000 + "\nb@x.org,B\n")
    with pytest.raises(SegmentError, match=r"longer than 2 MB.*: line 2 of vip\.csv"):
        read()


def test_latin_1_far_down_is_refused_too(put, read):
    put(b"Email,Name\n" + b"a@x.org,Ann\n" * 40_000 + "b@x.org,José\n".encode("latin-1"))
    with pytest.raises(SegmentError, match="not UTF-8 text: see line 40002"):
        read()


VALUES = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12
) | st.sampled_from(["a,b", "x;y", '"', "\\", '\\"', "a\\", "it's", "\r\n", "|", " ", "#x", "\\N"])
TABLES = st.integers(2, 4).flatmap(
    lambda width: st.lists(st.lists(VALUES, min_size=width, max_size=width), max_size=6)
)


@given(st.sampled_from(",;\t|"), st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]), TABLES)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_what_a_csv_writer_writes_is_read_as_it_was(put, read, mark, quoting, table):
    names = ["Email", "First name", "Größe", "zip"][: len(table[0]) if table else 2]
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=mark, quoting=quoting).writerows([names, *table])
    put(text.getvalue())
    rows = [tuple(value or None for value in row) for row in table]
    assert read() == (names, rows, [])


# --- settled once ---------------------------------------------------------------------------------


def test_settled_when_an_export_is_saved_and_then_kept(workspace, put, read):
    put("Email;Name\na@x.org;Ann\n", "my vip.csv")
    settled = settle_dialect(workspace, find(workspace, "my vip"))
    assert settled == CsvDialect(delimiter=";", columns=["Email", "Name"])
    settings_file.keep_dialect(workspace, "my vip", settled)
    assert settle_dialect(workspace, find(workspace, "my vip")) == settled
    # Alone, this line would be read with a comma; the stored dialect holds.
    put("Email;Name\na@x.org;1,2,3\n", "my vip.csv")
    assert read("my vip")[1] == [("a@x.org", "1,2,3")]


def test_another_order_of_columns_is_read_by_name(workspace, put, read):
    put("Email;Name\na@x.org;Ann\n")
    settings_file.keep_dialect(workspace, "vip", settle_dialect(workspace, find(workspace, "vip")))
    put("Name;Email\nAnn;a@x.org\n")
    assert read()[:2] == (["Name", "Email"], [("Ann", "a@x.org")])


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("Email;City\na@x.org;Bonn\n", "missing: Name; new: City"),
        ("Email\na@x.org\n", "missing: Name"),
        ("Email;Name;City\na;b;c\n", "new: City"),
        ("Email,Name\na@x.org,Ann\n", "missing: Email, Name|one column"),
        ("", "is empty"),
    ],
)
def test_a_header_that_no_longer_fits_is_refused(workspace, put, read, text, part):
    put("Email;Name\na@x.org;Ann\n")
    settings_file.keep_dialect(workspace, "vip", settle_dialect(workspace, find(workspace, "vip")))
    put(text)
    with pytest.raises(SegmentError, match=part) as told:
        read()
    assert told.value.hint


def test_a_file_without_a_header_when_the_columns_are_given(workspace, put, read):
    put("a@x.org,Ann\nb@x.org,Bob\n")
    dialect = CsvDialect(delimiter=",", header=False, columns=["Email", "Name"])
    settings_file.keep_dialect(workspace, "vip", dialect)
    assert read()[1] == [("a@x.org", "Ann"), ("b@x.org", "Bob")]
    put("a@x.org,Ann,1\n")
    with pytest.raises(SegmentError, match="3 columns, but 2"):
        read()


@pytest.mark.parametrize(
    ("field", "value"), [("delimiter", ";;"), ("delimiter", ""), ("encoding", "cp1252")]
)
def test_a_dialect_written_wrongly_by_hand(workspace, put, read, field, value):
    put("Email;Name\na@x.org;Ann\n")
    dialect = CsvDialect(delimiter=";", columns=["Email", "Name"])
    setattr(dialect, field, value)
    settings_file.keep_dialect(workspace, "vip", dialect)
    with pytest.raises(SegmentError):
        read()


def test_part_files_have_one_header(put, read):
    put("Email,Name\na@x.org,A\n", "parts/1.csv")
    put("Email,Name\nb@x.org,B\n", "parts/2.csv")
    assert read("parts")[1] == [("a@x.org", "A"), ("b@x.org", "B")]
    put("Name,Email\nC,c@x.org\n", "parts/3.csv")
    with pytest.raises(SegmentError, match=r"3\.csv"):
        read("parts")
