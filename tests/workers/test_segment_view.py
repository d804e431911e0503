"""A segment as an operator sees it: what is personal is masked, what groups share is not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from store import masks
from store.errors import NotPermitted
from store.journal import audit
from store.people.operators import Operator
from store.segments.common import Common
from tui.words.growth import line, rows, spark
from workers.actions import segments
from workers.actions.desk import Desk


def test_values_are_masked_unless_groups_share_them(bench):
    bench.people(
        "vip",
        range(200),
        country=lambda n: ["France", "Japan"][n % 2],
        FirstName=lambda n: "Ann",
        total=lambda n: n * 1000,
        note=lambda n: "same",
    )
    view = segments.view(bench.desk, "vip", sample=2)
    assert view.personal == ["email", "name", "FirstName", "total", "note"]
    assert view.masked
    told = {column.name: column for column in view.facts.columns}
    assert (told["country"].min, told["country"].max) == ("France", "Japan")
    assert told["country"].common == [Common("France", 100), Common("Japan", 100)]
    assert told["FirstName"].common == [Common("A***", 200)]
    assert told["email"].min == "p***@e***.com"
    assert told["email"].common == []
    assert view.facts.sample_rows[0][:3] == ("p***@e***.com", "N***", "France")

    clear = segments.view(bench.desk, "vip", sample=1, revealed=True)
    assert clear.facts.sample_rows == [("p0@example.com", "N0", "France", "Ann", "0", "same")]
    found = segments.page(bench.desk, "vip", limit=2, offset=10)
    assert [row[0] for row in found.rows] == ["p***@e***.com"] * 2
    found = segments.page(bench.desk, "vip", limit=1, offset=10, revealed=True)
    assert found.rows[0][0] == "p10@example.com"
    with bench.desk.journal() as journal:
        told_of = [deed.subject for deed in audit.deeds(journal) if "revealed" in deed.action]
    assert told_of == ["segment vip, rows 11 to 11", "segment vip, columns and the first 1 rows"]


def test_a_column_that_is_sent_as_a_personal_field_is_personal_whatever_it_is_called(bench):
    bench.people("vip", range(100), x=lambda n: "abc"[n % 3])
    assert "x" not in segments.view(bench.desk, "vip").personal
    bench.connect()
    bench.export("vip", fields={"Email": "email", "LastName": "x"})
    view = segments.view(bench.desk, "vip")
    assert "x" in view.personal
    assert view.exports == ["Weekly"]


def test_a_viewer_sees_it_masked_and_reveals_nothing(bench):
    bench.people("vip", range(3))
    viewer = Desk(bench.workspace, Operator("eve", "viewer"), "app")
    assert segments.view(viewer, "vip").facts.sample_rows[0] == ("p***@e***.com", "N***")
    for act in (segments.view, segments.page):
        with pytest.raises(NotPermitted):
            act(viewer, "vip", revealed=True)


def test_growth_is_read_from_the_runs_that_planned_it(bench):
    bench.people("other", range(5))
    bench.ready(30)
    assert segments.grown(bench.desk, "vip") == []
    for count in (30, 28, 40):
        bench.people("vip", range(count))
        bench.run()
    found = segments.grown(bench.desk, "vip")
    assert [(one.run, one.rows, one.contacts) for one in found] == [
        (1, 30, 30), (2, 28, 28), (3, 40, 40),
    ]  # fmt: skip
    assert line(found, 10) == "▂▁█ 28 to 40 rows over 3 runs"
    assert [(row[0], row[5]) for row in rows(found)] == [("3", "+12"), ("2", "-2"), ("1", "")]
    assert segments.grown(bench.desk, "other") == []


@pytest.mark.parametrize(
    ("values", "shown"), [([], ""), ([5], "▄"), ([5, 5], "▄▄"), ([0, 7], "▁█"), ([1, 2, 3], "▁▅█")]
)
def test_the_least_is_at_the_bottom(values, shown):
    assert spark(values) == shown


@pytest.mark.parametrize(
    ("name", "kind", "rows", "different", "personal"),
    [
        ("country", "VARCHAR", 1000, 20, False),
        ("country", "VARCHAR", 100, 20, True),
        ("status", "VARCHAR", 100000, 101, True),
        ("first_name", "VARCHAR", 100000, 10, True),
        ("CustomerId", "BIGINT", 100000, 10, True),
        ("paid", "BOOLEAN", 3, 2, False),
        ("orders", "INTEGER", 10, 10, True),
        ("updated_at", "TIMESTAMP", 10, 10, False),
        ("birthday", "DATE", 10, 10, True),
        ("Message", "VARCHAR", 1000, 2, False),
    ],
)
def test_in_doubt_a_column_is_personal(name, kind, rows, different, personal):
    assert masks.is_personal_column(name, kind, rows, different) is personal


def test_no_screen_and_no_command_reads_rows_past_the_mask():
    floor = Path(__file__).parents[2] / "tui"
    reads = re.compile(r"from store\.facts import .*\b(facts|sample)\b|\bfacts\.(facts|sample)\(")
    found = [str(path) for path in floor.rglob("*.py") if reads.search(path.read_text("utf-8"))]
    assert found == []
