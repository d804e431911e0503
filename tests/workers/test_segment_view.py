"""A segment as an operator sees it: what is personal is masked, what groups share is not."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from store import documents, exports, masks, settings
from store.errors import NotPermitted
from store.journal import audit
from store.people.operators import Operator
from store.segments.common import Common
from tui.words.growth import line, rows, spark
from workers.actions import segments
from workers.actions.desk import Desk
from workers.schedule.upstream import being_written


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
    assert view.personal == ["email", "name", "FirstName", "note"]
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


def test_an_export_sends_a_segment_whatever_the_case_in_which_it_names_it(bench):
    """So `find` has it, and with it a run."""
    path = bench.people("vip", range(100), x=lambda n: "abc"[n % 3])
    bench.connect()
    slug = bench.export("VIP", fields={"Email": "email", "LastName": "x"})
    view = segments.view(bench.desk, "vip")
    assert "x" in view.personal
    assert view.exports == ["Weekly"]
    assert list(settings.load(bench.workspace).segments) == ["vip"]
    export = exports.load(bench.workspace, slug).value
    told = being_written(bench.workspace, export, datetime.now(UTC))
    assert told is not None
    assert path.name in told


def test_an_export_whose_file_names_no_address_hides_no_segment(bench):
    bench.people("vip", range(3))
    export = exports.Export(id=exports.new_id(), name="Bare", fields={"LastName": "name"},
                            segments=[exports.SegmentChoice("vip")])  # fmt: skip
    documents.create(exports.path_of(bench.workspace, "bare"), export)
    assert segments.view(bench.desk, "vip").exports == ["Bare"]


@pytest.mark.parametrize(
    ("name", "ends", "personal"),
    [
        ("visits", ("1", "99"), False),
        ("spent", ("-3.50", "99,5"), False),
        ("seen", ("2026-01-01", "2026-02-01 10:00:00"), False),
        ("birth", ("1950-01-01", "2001-02-01"), True),
        ("zip", ("10115", "99999"), True),
        ("reach", ("0049301234567", "0049309999999"), True),
        ("reach", ("1", "unknown"), True),
    ],
)
def test_numbers_and_dates_in_a_file_of_text_are_what_they_look_like(name, ends, personal):
    assert masks.is_personal_column(name, "VARCHAR", 100, 90, ends) is personal


def test_an_address_is_masked_wherever_it_stands(bench):
    bench.people("vip", range(3), customer_id=lambda n: f"x{n}@example.com")
    view = segments.view(bench.desk, "vip")
    assert view.personal == ["email", "name"]
    assert view.facts.sample_rows[0][2] == view.facts.columns[2].min == "x***@e***.com"
    contact = {"Email": "a@b.example", "custom": {"string--Customer id": "x1@example.com"}}
    assert masks.sent_contact(contact)["custom"] == {"string--Customer id": "x***@e***.com"}


@pytest.mark.parametrize(
    ("key", "value", "shown"),
    [
        ("MailingCity", "Berlin", "B***"),
        ("MailingCountry", "Germany", "Germany"),
        ("Company", "Acme", "Acme"),
        ("unsubscribed", True, True),
        ("integer--Age", 41, 41),
        ("string--Customer id", "C-17", "C-17"),
        ("string--Favourite", "tea", "t***"),
        ("date--Birthday", "1990-01-01", "1***"),
        ("date--Last order", "2026-01-01", "2026-01-01"),
        ("integer--Zip", 10115, "1***"),
        ("string--SocialSecurityNumber", "123-45-6789", "1***"),
        ("integer--SocialSecurityNumber", 123456789, "1***"),
        ("string--StoreManagerName", "Ann Lee", "A***"),
    ],
)
def test_what_was_sent_is_masked_by_the_same_rule(key, value, shown):
    assert masks.sent_value(key, value) == shown


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
        # By its kind: names, addresses, phones, birthdays, official numbers, links, free text.
        ("first_name", "VARCHAR", 100000, 10, True),
        ("MailingCity", "VARCHAR", 1000, 3, True),
        ("city", "VARCHAR", 1000, 3, True),
        ("zip", "INTEGER", 1000, 3, True),
        ("homePhone", "BIGINT", 1000, 3, True),
        ("birthday", "DATE", 10, 10, True),
        ("birth_year", "INTEGER", 1000, 10, True),
        ("Message", "VARCHAR", 1000, 2, True),
        ("passport_number", "VARCHAR", 10, 10, True),
        ("social_security_number", "VARCHAR", 10, 10, True),
        ("SocialSecurityNumber", "BIGINT", 10, 10, True),
        ("patient_number", "VARCHAR", 10, 10, True),
        ("insurance_no", "VARCHAR", 10, 10, True),
        ("member_nr", "VARCHAR", 10, 10, True),
        ("telefon", "BIGINT", 10, 10, True),
        ("telefono", "BIGINT", 10, 10, True),
        # One word of a thing makes nobody's name a thing's.
        ("salutation_name", "VARCHAR", 10, 10, True),
        ("company_contact_name", "VARCHAR", 10, 10, True),
        ("company_contact", "VARCHAR", 10, 10, True),
        ("store_manager_name", "VARCHAR", 10, 10, True),
        ("contact_type_name", "VARCHAR", 10, 10, True),
        ("event_comment", "VARCHAR", 10, 10, True),
        # Keys, counts, measures, dates, flags, companies and things are nobody.
        ("CustomerId", "BIGINT", 100000, 100000, False),
        ("customer_id", "VARCHAR", 10, 10, False),
        ("order_number", "VARCHAR", 10, 10, False),
        ("customer_no", "VARCHAR", 10, 10, False),
        ("product_category_name", "VARCHAR", 10, 10, False),
        ("preferred_language", "VARCHAR", 10, 10, False),
        ("contact_type", "VARCHAR", 10, 10, False),
        ("age", "INTEGER", 10, 10, False),
        ("orders", "INTEGER", 10, 10, False),
        ("paid", "BOOLEAN", 3, 2, False),
        ("email_opt_in", "BOOLEAN", 3, 2, False),
        ("updated_at", "TIMESTAMP", 10, 10, False),
        ("emailed_at", "TIMESTAMP", 10, 10, False),
        ("country", "VARCHAR", 100, 20, False),
        ("company_name", "VARCHAR", 10, 10, False),
        ("status", "VARCHAR", 100000, 101, False),
        # In doubt it is text about somebody, unless groups of people share it.
        ("estate", "VARCHAR", 1000, 20, False),
        ("estate", "VARCHAR", 100, 20, True),
        ("capacity", "VARCHAR", 100000, 101, True),
        ("姓名", "VARCHAR", 100, 100, True),
    ],
)
def test_a_column_is_personal_by_its_kind_and_in_doubt(name, kind, rows, different, personal):
    assert masks.is_personal_column(name, kind, rows, different) is personal


def test_no_screen_and_no_command_reads_rows_past_the_mask():
    floor = Path(__file__).parents[2] / "tui"
    reads = re.compile(r"from store\.facts import .*\b(facts|sample)\b|\bfacts\.(facts|sample)\(")
    found = [str(path) for path in floor.rglob("*.py") if reads.search(path.read_text("utf-8"))]
    assert found == []
