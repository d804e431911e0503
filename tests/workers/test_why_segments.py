"""What the next runs would do with a person, of whom every segment is read once for all exports."""

from __future__ import annotations

from collections import Counter

import pytest

from store import documents, exports
from store.exports import Export, SegmentChoice
from store.segments import relations
from workers.actions import people


@pytest.fixture
def why(bench):
    return lambda address: people.why(bench.desk, address, revealed=True)


def verdicts(told):
    return {one.slug: (one.verdict, one.fields) for one in told.exports}


def test_each_segment_is_read_once_however_many_exports_send_it(bench, why, monkeypatch):
    bench.people("vip", range(5), city=lambda n: f"C{n}")
    bench.people("gold", range(3, 9), city=lambda n: f"G{n}")
    bench.people("tin", range(50, 60))
    bench.connect()
    bench.export("vip", "gold", name="Both")
    bench.export("gold", "vip", name="Turned")
    bench.export("vip", name="City", fields={"Email": "email", "MailingCity": "city"})
    bench.export("tin", name="Others")
    reads: Counter[str] = Counter()

    def reading(connection, source, dialect):
        reads[source.name] += 1
        return found(connection, source, dialect)

    found = relations.reading
    monkeypatch.setattr(relations, "reading", reading)
    told = why("p4@example.com")
    assert verdicts(told) == {
        "both": ("add", {"FirstName": "N4"}),
        "turned": ("add", {"FirstName": "N4"}),
        "city": ("add", {"MailingCity": "C4"}),
        "others": ("not in a segment", {}),
    }
    both, turned = (next(one for one in told.exports if one.slug == slug)
                    for slug in ("both", "turned"))  # fmt: skip
    assert [(one.segment, one.row) for one in both.merged] == [("gold", 2)]
    assert [(one.segment, one.row) for one in turned.merged] == [("vip", 5)]
    assert reads == {"vip": 1, "gold": 1, "tin": 1}


def test_rows_that_only_hold_the_address_as_a_part_are_somebody_elses(bench, why):
    addresses = ["xp1@example.com", "p1@example.com.au", " P1@EXAMPLE.com\u2003", "p1@example.com"]
    bench.csv("vip", [{"email": one, "name": f"N{n}"} for n, one in enumerate(addresses)])
    bench.connect()
    bench.export("vip")
    told = why("p1@example.com")
    [segment] = told.segments
    assert (segment.rows, segment.count) == ([3, 4], 2)
    [export] = told.exports
    assert (export.verdict, export.fields) == ("add", {"FirstName": "N2"})
    assert [one.row for one in export.merged] == [4]


def test_keys_queries_and_several_columns_of_addresses(bench, why):
    bench.parquet(
        "../profiles",
        "select 'k' || i as CustomerId, 'p' || i || '@example.com' as email, 'N' || i as name,"
        " 'w' || i || '@work.example' as work from range(20) t(i)",
    )
    bench.csv("keys", [{"CustomerId": key, "city": f"C{key}"} for key in ("k7", "k3", "lost")])
    (bench.workspace.segments_folder / "even.sql").write_text(
        "select * from profiles where substr(CustomerId, 2)::int % 2 = 1"
    )
    bench.connect()
    fields = {"Email": "email", "FirstName": "name", "MailingCity": "city"}
    bench.export("keys", name="Keys", fields=fields)
    bench.export("even", name="Query")
    bench.export("even", "keys", name="Work", fields={"Email": "work", "FirstName": "name"})
    told = why("p3@example.com")
    assert [(one.segment, one.column, one.rows, one.exports) for one in told.segments] == [
        ("even", "email", [2], ["query"]),
        ("keys", "email", [2], ["keys"]),
    ]
    assert verdicts(told) == {
        "keys": ("add", {"FirstName": "N3", "MailingCity": "Ck3"}),
        "query": ("add", {"FirstName": "N3"}),
        "work": ("not in a segment", {}),
    }
    told = why("w3@work.example")
    assert [(one.segment, one.column, one.exports) for one in told.segments] == [
        ("even", "work", ["work"]),
        ("keys", "work", ["work"]),
    ]
    assert verdicts(told)["work"] == ("add", {"FirstName": "N3"})


def test_a_damaged_column_concerns_the_export_that_sends_it_and_no_other(bench, why):
    path = bench.parquet(
        "vip",
        "select 'p' || i || '@example.com' as email, 'N' || i as name, md5(i::varchar) as city"
        " from range(3000) t(i)",
    )
    raw = bytearray(path.read_bytes())
    # The last column's data stands before the footer, whose length the file's end tells.
    footer = len(raw) - 8 - int.from_bytes(raw[-8:-4], "little")
    raw[footer - 40_000 : footer - 2_000] = b"\xff" * 38_000
    path.write_bytes(raw)
    bench.connect()
    bench.export("vip", name="Name")
    bench.export("vip", name="City", fields={"Email": "email", "MailingCity": "city"})
    told = why("p7@example.com")
    assert [(one.segment, one.rows) for one in told.segments] == [("vip", [8])]
    assert told.unread == []
    name, city = sorted(told.exports, key=lambda one: one.name != "Name")
    assert (name.verdict, name.fields) == ("add", {"FirstName": "N7"})
    assert city.verdict == "unknown"
    assert 'segment "vip"' in city.problem


def test_what_a_segment_of_an_export_lacks_is_told_though_another_holds_the_person(bench, why):
    bench.people("vip", range(5))
    bench.people("gold", range(50, 60))
    bench.people("tin", range(50, 60))
    bench.connect()
    bench.export("vip", "gold", name="Lacking")
    bench.export("vip", "tin", name="Broken")
    bench.csv("gold", [{"email": "p50@example.com", "nickname": "N"}])
    (bench.workspace.segments_folder / "tin.csv").write_text(
        'email,name\np50@example.com,"N\np51@example.com,N\n' + "x@example.com,N\n" * 50
    )
    told = {one.slug: one.problem for one in why("p1@example.com").exports}
    assert 'The segment "gold" no longer fits' in told["lacking"]
    assert 'The segment "tin" has a quote' in told["broken"]


def test_an_export_is_found_whatever_the_case_in_which_it_names_its_segment(bench, why):
    bench.people("vip", range(5))
    bench.connect()
    bench.export("VIP")
    [segment] = why("p1@example.com").segments
    assert segment.exports == ["weekly"]
    assert verdicts(why("p1@example.com")) == {"weekly": ("add", {"FirstName": "N1"})}


def test_an_export_whose_file_names_no_address_says_so(bench, why):
    bench.people("vip", range(5))
    export = Export(id=exports.new_id(), name="Bare", segments=[SegmentChoice("vip")],
                    fields={"FirstName": "name"})  # fmt: skip
    documents.create(exports.path_of(bench.workspace, "bare"), export)
    [told] = why("p1@example.com").exports
    assert (told.verdict, told.problem) == ("unknown", "The data matching has no Email.")
