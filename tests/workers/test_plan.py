"""What a plan says, held against what a run then does at the simulator."""

from __future__ import annotations

import json

import pytest

from store import ledger
from store.errors import DestinationError, SegmentError, Stopped, UsageError
from store.exports import CustomField, SegmentChoice
from store.journal import runs as journal_runs
from workers.actions import exports as doors
from workers.actions import rejects, runs
from workers.sandbox.server import running


def reasons(report) -> dict[str, int]:
    return {each.reason: each.rows for each in report.reasons}


def warned(report, text: str) -> bool:
    return any(text in warning for warning in report.warnings)


def first_names(bench) -> dict[str, str]:
    return {key: person.get("FirstName") for key, person in bench.sandbox.contacts().items()}


# --- identity -------------------------------------------------------------------------------


def test_an_address_is_trimmed_then_validated_then_folded(bench):
    taken = {
        " Ada@Example.com ": "ada@example.com",
        "\u00a0bob@example.com\u3000": "bob@example.com",
        "\u2003\tcy@EXAMPLE.com\r\n": "cy@example.com",
        "\ufeffdee@example.com\u200b": "dee@example.com",
        "o'brien+tag@sub.example.co.uk": "o'brien+tag@sub.example.co.uk",
        "a" * 64 + "@example.com": "a" * 64 + "@example.com",
    }
    left_out = {
        "": "no address",
        " \u00a0\u3000": "no address",
        "not-an-address": "not an address",
        "two@at@example.com": "not an address",
        "gap in@example.com": "not an address",
        "dash@-example.com": "not an address",
        "under@ex_ample.com": "not an address",
        # The Kelvin sign and the dotted I: folded first, they would be somebody else's address.
        "\u212aelly@example.com": "not an address",
        "\u0130da@example.com": "not an address",
        "zoë@example.com": "not an address",
        "b" * 65 + "@example.com": "address too long",
        "c@" + ".".join(["d" * 60] * 4) + ".example.com": "address too long",
    }
    bench.csv("vip", [{"email": text, "name": "N"} for text in [*taken, *left_out]])
    bench.connect()
    slug = bench.export("vip")
    bench.guards(slug, excluded_percent="off")

    report = bench.plan(offline=True)
    assert (report.rows, report.contacts, report.merged) == (18, 6, 0)
    counted: dict[str, int] = {}
    for reason in left_out.values():
        counted[reason] = counted.get(reason, 0) + 1
    assert reasons(report) == counted

    run = bench.run()
    bench.check_delivered(run, {"vip": set(taken.values())})
    told = [(row.row, row.reason) for row in rejects.excluded(bench.desk, run.id)]
    assert [reason for _, reason in told] == list(left_out.values())
    assert len({row for row, _ in told}) == len(left_out)
    bench.check_converged()


def test_of_rows_of_one_address_the_newest_wins_and_the_rest_are_merged(bench):
    bench.csv(
        "vip",
        [
            {"email": "Ada@example.com", "name": "old", "at": "2024-01-01"},
            {"email": "ada@example.com ", "name": "new", "at": "2024-03-01T10:00:00Z"},
            {"email": "ADA@EXAMPLE.COM", "name": "none", "at": ""},
            {"email": "bob@example.com", "name": "9", "at": "9"},
            {"email": "bob@example.com", "name": "10", "at": "10"},
            {"email": "cy@example.com", "name": "first", "at": ""},
            {"email": "cy@example.com", "name": "second", "at": ""},
            {"email": "dee@example.com", "name": "unclear", "at": "soon"},
            {"email": "dee@example.com", "name": "clear", "at": "1999-01-01"},
        ],
    )
    bench.connect()
    bench.export("vip", newest_by="at")
    report = bench.plan()
    assert (report.rows, report.contacts, report.merged) == (9, 4, 5)
    assert warned(report, "1 row has a at that is neither date nor number")
    bench.check_delivered(
        bench.run(),
        {"vip": {"ada@example.com", "bob@example.com", "cy@example.com", "dee@example.com"}},
    )
    assert first_names(bench) == {
        "ada@example.com": "new",
        "bob@example.com": "10",
        "cy@example.com": "first",
        "dee@example.com": "clear",
    }
    bench.check_converged()


@pytest.mark.parametrize(("kind", "least"), [("varchar", "2024-01-01"), ("double", "-1")])
def test_what_is_not_a_number_is_older_than_everything(bench, kind, least):
    rows = [
        f"select 'ada@example.com' as email, '{name}' as name, '{value}'::{kind} as at"
        for name, value in (("none", "nan"), ("new", least))
    ]
    bench.parquet("vip", " union all ".join(rows))
    bench.connect()
    bench.export("vip", newest_by="at")
    assert warned(bench.plan(), "1 row has a at that is neither date nor number")
    bench.check_delivered(bench.run(), {"vip": {"ada@example.com"}})
    assert first_names(bench) == {"ada@example.com": "new"}


LARGE = [(2**53, 2**53 + 1), (1_700_000_000_000_000_001, 1_700_000_000_000_000_002)]


@pytest.mark.parametrize("kind", ["varchar", "bigint", "ubigint"])
def test_large_whole_numbers_are_compared_exactly(bench, kind):
    rows = [
        f"select 'p{n}@example.com' as email, '{name}' as name, {value}::{kind} as at"
        for n, (older, newer) in enumerate(LARGE)
        for name, value in (("old", older), ("new", newer))
    ]
    bench.parquet("vip", " union all ".join(rows))
    bench.connect()
    bench.export("vip", newest_by="at")
    bench.check_delivered(bench.run(), {"vip": {"p0@example.com", "p1@example.com"}})
    assert set(first_names(bench).values()) == {"new"}


def test_custom_fields_that_are_new_there_are_told_in_one_line(bench):
    bench.people("vip", range(3))
    bench.connect()
    bench.export("vip", custom=[(name, "name", "string") for name in ("One", "Two", "Three")])
    told = [line for line in bench.plan().warnings if "custom field" in line]
    assert told == [
        "Autopilot has no custom fields One, Two, Three yet; they are made with the first contact."
    ]


def test_custom_fields_that_would_be_one_at_the_service_are_refused(bench):
    bench.people("vip", range(3))
    bench.connect()
    with pytest.raises(UsageError, match="would be one") as caught:
        bench.export("vip", custom=[("A B", "name", "string"), ("A\tB", "email", "string")])
    assert "'A\\tB'" in str(caught.value)


def test_without_a_deciding_column_the_first_segment_wins_and_all_lists_are_joined(bench):
    bench.csv("one", [{"email": "x@example.com", "name": "first"}])
    bench.csv(
        "two",
        [{"email": "X@example.com", "name": "second"}, {"email": "y@example.com", "name": "Y"}],
    )
    bench.csv("three", [{"email": "x@example.com", "name": "third"}])
    bench.connect()
    bench.export("one", ("two", "Both"), ("three", "Both"))
    report = bench.plan()
    assert (report.rows, report.contacts, report.merged) == (4, 2, 2)
    assert [(s.segment, s.rows, s.contacts) for s in report.segments] == [
        ("one", 1, 1), ("two", 2, 2), ("three", 1, 1),
    ]  # fmt: skip
    assert {(entry.title, entry.joins) for entry in report.lists} == {("one", 1), ("Both", 2)}
    run = bench.run()
    bench.check_delivered(
        run, {"one": {"x@example.com"}, "Both": {"x@example.com", "y@example.com"}}
    )
    assert run.requests_sent <= 4
    assert first_names(bench) == {"x@example.com": "first", "y@example.com": "Y"}
    bench.check_converged()


def test_a_person_on_many_lists_joins_them_all(bench, addresses):
    for k in range(5):
        bench.people(f"s{k}", range(k * 20, k * 20 + 120))
    bench.connect()
    bench.export(*(f"s{k}" for k in range(5)))
    report = bench.plan()
    assert (report.rows, report.contacts, report.merged) == (600, 200, 400)
    bench.check_delivered(
        bench.run(), {f"s{k}": addresses(range(k * 20, k * 20 + 120)) for k in range(5)}
    )
    bench.check_converged()


def test_keys_are_joined_to_profiles_and_a_key_without_one_is_left_out(bench):
    rows = ["CustomerId,email,name", "1,a@example.com,A", "2,b@example.com,B", "3,c@example.com,C"]
    (bench.workspace.data / "profiles.csv").write_text("\n".join(rows) + "\n")
    bench.csv("vip", [{"CustomerId": key} for key in (1, 2, 9)])
    bench.connect()
    slug = bench.export("vip")
    bench.guards(slug, excluded_percent=50)
    report = bench.plan()
    assert (report.rows, report.contacts, report.excluded) == (3, 2, 1)
    assert reasons(report) == {"no profile for its key": 1}
    bench.check_delivered(bench.run(), {"vip": {"a@example.com", "b@example.com"}})
    assert first_names(bench) == {"a@example.com": "A", "b@example.com": "B"}


# --- what changed ---------------------------------------------------------------------------


def test_a_second_run_sends_nothing_and_one_changed_row_is_one_request(bench, addresses):
    slug = bench.ready(250)
    first = bench.run()
    bench.check_delivered(first, {"vip": addresses(range(250))})
    assert (first.accepted, first.requests_sent) == (250, 3)

    bench.sandbox.forget()
    second = bench.run()
    assert (second.state, second.to_send, second.requests_sent) == ("successful", 0, 0)
    assert second.plan["unchanged"] == 250
    assert bench.sent() == []

    bench.people("vip", range(250), name=lambda n: "Changed" if n == 77 else f"N{n}")
    third = bench.run(slug)
    assert (third.plan["change"], third.to_send, third.accepted) == (1, 1, 1)
    [visit] = bench.sent()
    assert visit.contacts == 1
    assert bench.sandbox.accepted() == {"p77@example.com": 1}
    assert first_names(bench)["p77@example.com"] == "Changed"
    bench.check_holds({"vip": addresses(range(250))})
    bench.check_converged()


@pytest.mark.slow
def test_an_emptied_value_is_not_sent_and_the_destination_keeps_the_old_one(bench):
    def write(**names):
        rows = [{"email": f"{key}@example.com", "name": names[key], "city": "X"} for key in names]
        bench.csv("vip", rows)

    write(a="Ada", b="Bob")
    bench.connect()
    bench.export("vip", fields={"Email": "email", "FirstName": "name", "MailingCity": "city"})
    bench.run()

    write(a="  ", b="Bob")
    report = bench.plan()
    assert (report.unchanged, report.keeps_old, report.to_send) == (2, 1, 0)
    assert warned(report, "whose field is not sent any more; the destination keeps it")

    # A run in between changes nothing about what the destination holds, nor what is known of it.
    assert bench.run().requests_sent == 0
    write(a="Ada", b="Bob")
    assert bench.plan().to_send == 0
    write(a="Eve", b="Bob")
    assert bench.plan().change == 1
    run = bench.run()
    assert (run.accepted, run.requests_sent) == (1, 1)
    assert first_names(bench) == {"a@example.com": "Eve", "b@example.com": "Bob"}
    bench.check_converged()


def test_a_value_that_was_not_sent_with_a_change_is_still_known(bench):
    fields = {"Email": "email", "FirstName": "name", "MailingCity": "city"}
    bench.csv("vip", [{"email": "a@example.com", "name": "Ada", "city": "Delft"}])
    bench.connect()
    bench.export("vip", fields=fields)
    bench.run()
    bench.csv("vip", [{"email": "a@example.com", "name": "", "city": "Leiden"}])
    run = bench.run()
    assert (run.accepted, run.plan["keeps_old"]) == (1, 1)
    # The name is empty: the destination still says Ada, and the ledger still knows that.
    bench.csv("vip", [{"email": "a@example.com", "name": "Ada", "city": "Leiden"}])
    assert bench.plan().to_send == 0
    bench.csv("vip", [{"email": "a@example.com", "name": "Eve", "city": "Leiden"}])
    assert bench.plan().change == 1
    person = bench.sandbox.contacts()["a@example.com"]
    assert (person["FirstName"], person["MailingCity"]) == ("Ada", "Leiden")


@pytest.mark.slow
def test_a_removed_field_resends_nothing_and_an_added_one_everything(bench):
    bench.people("vip", range(120), city=lambda n: f"C{n % 7}" if n % 2 else "")
    bench.connect()
    slug = bench.export(
        "vip", fields={"Email": "email", "FirstName": "name", "MailingCity": "city"}
    )
    bench.run()
    bench.change(slug, fields={"Email": "email", "FirstName": "name"})
    report = bench.plan()
    assert report.to_send == 0
    assert warned(report, "data matching changed")
    assert bench.run().requests_sent == 0
    # What was sent before the field was removed is still there.
    bench.change(slug, fields={"Email": "email", "FirstName": "name", "MailingCity": "city"})
    assert bench.plan().to_send == 0
    bench.change(slug, fields={"Email": "email", "FirstName": "name", "Company": "city"})
    report = bench.plan()
    assert (report.change, report.to_send) == (60, 60)
    assert warned(report, "60 contacts change")
    run = bench.run()
    assert (run.accepted, run.requests_sent) == (60, 1)
    bench.check_converged()


def test_an_added_list_is_a_membership_alone_and_sends_no_field(bench, addresses):
    bench.people("vip", range(150))
    bench.people("gold", range(100, 130))
    bench.connect()
    slug = bench.export("vip")
    bench.run()
    bench.sandbox.forget()
    bench.change(slug, segments=[SegmentChoice("vip"), SegmentChoice("gold")])
    report = bench.plan()
    assert (report.membership, report.unchanged, report.to_send) == (30, 120, 30)
    run = bench.run()
    bench.check_delivered(run, {"vip": addresses(range(150)), "gold": addresses(range(100, 130))})
    assert set(bench.sandbox.accepted()) == addresses(range(100, 130))
    bench.check_converged()


@pytest.mark.slow
def test_a_segment_taken_out_and_put_back_sends_nothing(bench, addresses):
    bench.people("vip", range(30))
    bench.people("gold", range(20, 50))
    bench.connect()
    slug = bench.export("vip", "gold")
    bench.run()
    both = [SegmentChoice("vip"), SegmentChoice("gold")]
    bench.change(slug, segments=both[:1])
    run = bench.run()
    assert (run.requests_sent, run.plan["leavers"]) == (0, 30)
    bench.change(slug, segments=both[::-1])
    assert bench.plan().to_send == 0
    # Another list for the same segment is a list more, and the old one is left as it is.
    bench.change(slug, segments=[SegmentChoice("vip", "VIP 2"), SegmentChoice("gold")])
    run = bench.run()
    assert (run.plan["membership"], run.plan["unchanged"]) == (30, 20)
    vip = addresses(range(30))
    bench.check_delivered(run, {"vip": vip, "VIP 2": vip, "gold": addresses(range(20, 50))})
    bench.check_converged()


def test_leavers_are_counted_by_list_and_nothing_is_done_to_them(bench, addresses):
    bench.people("vip", range(100))
    bench.people("gold", range(50))
    bench.connect()
    slug = bench.export("vip", "gold")
    bench.run()
    bench.sandbox.forget()
    bench.people("vip", range(10, 100))
    bench.people("gold", range(20, 50))
    run = bench.run()
    assert run.requests_sent == 0
    left = {entry["title"]: entry["leavers"] for entry in run.plan["lists"]}
    assert left == {"vip": 10, "gold": 20}
    assert run.plan["leavers"] == 20
    bench.check_holds({"vip": addresses(range(100)), "gold": addresses(range(50))})

    bench.guards(slug, leavers=0)
    assert bench.plan().guards != []
    bench.guards(slug, leavers=20)
    assert bench.plan().guards == []


def test_a_changed_address_is_one_leaver_and_one_add(bench, addresses):
    bench.ready(10)
    bench.run()
    rows = [{"email": f"p{n}@example.com", "name": f"N{n}"} for n in range(9)]
    bench.csv("vip", [*rows, {"email": "moved@example.com", "name": "N9"}])
    report = bench.plan()
    assert (report.add, report.leavers, report.to_send) == (1, 1, 1)
    assert warned(report, "one leaver and one add")
    bench.check_delivered(bench.run(), {"vip": addresses(range(10)) | {"moved@example.com"}})


def test_suppressed_addresses_are_withheld_until_they_are_no_longer_suppressed(bench, addresses):
    bench.ready(20)
    file = bench.workspace.data / "suppressed.csv"
    file.write_text("email\n P3@Example.com \np5@example.com\nstranger@example.com\n")
    report = bench.plan()
    assert (report.contacts, report.withheld, report.to_send) == (20, 2, 18)
    assert [(each.file, each.contacts) for each in report.suppressed] == [("suppressed.csv", 2)]
    kept = addresses(range(20)) - addresses([3, 5])
    bench.check_delivered(bench.run(), {"vip": kept})
    bench.check_converged()
    # Also with --full, and also somebody who was sent before.
    file.write_text("email\np3@example.com\np5@example.com\np7@example.com\n")
    bench.sandbox.forget()
    run = bench.run(full=True)
    assert (run.plan["withheld"], run.accepted) == (3, 17)
    assert "p7@example.com" not in bench.sandbox.accepted()
    file.unlink()
    assert bench.plan().add == 2
    bench.check_delivered(bench.run(), {"vip": addresses(range(20))})


def test_entries_that_suppress_nobody_are_told(bench):
    bench.ready(3)
    entries = ("Ann <p1@example.com>", "@example.com", "p2@example.com", "")
    file = bench.workspace.data / "suppressed.csv"
    file.write_text("email,why\n" + "".join(f"{entry},asked\n" for entry in entries))
    report = bench.plan()
    assert report.withheld == 1
    assert warned(report, "2 entries of suppressed.csv are no addresses and withhold nobody.")


# --- limit and full -------------------------------------------------------------------------


def test_a_limit_sends_the_first_so_many_and_the_ledger_stays_true(bench, addresses):
    bench.ready(250)
    assert bench.plan(limit=0).to_send == 0
    run = bench.run(limit=120)
    assert (run.to_send, run.accepted, run.plan["held_back"]) == (120, 120, 130)
    bench.check_delivered(run, {"vip": addresses(range(120))})
    report = bench.plan()
    assert (report.unchanged, report.add, report.to_send) == (120, 130, 130)
    run = bench.run(limit=100)
    bench.check_delivered(run, {"vip": addresses(range(220))})
    run = bench.run(limit=1000)
    assert (run.accepted, run.plan["held_back"]) == (30, 0)
    bench.check_delivered(run, {"vip": addresses(range(250))})
    bench.check_converged()
    # The second run tries out with one of its contacts how lists are joined.
    assert sorted(bench.sandbox.accepted().values()) == [*[1] * 249, 2]


def test_full_sends_every_contact_and_membership_again(bench, addresses):
    bench.ready(150)
    bench.run()
    [list_id] = bench.sandbox.lists()
    bench.sandbox.forget()
    report = bench.plan(full=True)
    assert (report.unchanged, report.to_send, report.requests) == (150, 150, 2)
    assert warned(report, "--full")
    run = bench.run(full=True)
    assert run.accepted == 150
    bench.check_delivered(run, {"vip": addresses(range(150))})
    assert bench.sandbox.accepted().keys() == addresses(range(150))
    assert list(bench.sandbox.lists()) == [list_id]
    bench.check_converged()


def test_without_full_a_person_removed_by_hand_is_not_put_back(bench, addresses):
    import httpx

    bench.ready(20)
    bench.run()
    [list_id] = bench.sandbox.lists()
    gone = httpx.delete(
        f"{bench.sandbox.base_url}/list/{list_id}/contact/p4@example.com",
        headers=bench.sandbox.headers,
    )
    assert gone.status_code == 200
    bench.people("vip", range(20), name=lambda n: "Changed")
    report = bench.plan()
    assert warned(report, "holds 19 contacts; 20 are known")
    run = bench.run()
    assert run.accepted == 20
    assert bench.sandbox.members("vip") == addresses(range(20)) - addresses([4])
    bench.run(full=True)
    assert bench.sandbox.members("vip") == addresses(range(20))


# --- values ---------------------------------------------------------------------------------


def custom_of(bench, address: str) -> dict[str, tuple[str, object]]:
    person = bench.sandbox.contacts()[address]
    return {
        each["kind"]: (each["fieldType"], each["value"]) for each in person.get("custom_fields", [])
    }


TYPED = (
    ("Score", "score", "integer"),
    ("Ratio", "ratio", "float"),
    ("Member", "member", "boolean"),
    ("Last Order Date", "ordered", "date"),
    ("Code", "code", "string"),
)


def test_custom_fields_keep_their_types(bench):
    bench.parquet(
        "vip",
        """select * from (values
            ('a@example.com', 7::integer, 1.5::double, true,
                timestamptz '2024-05-06 07:08:09.123+02', '007'),
            ('b@example.com', -1, 'nan'::double, false, null, ''),
            ('c@example.com', null, 'inf'::double, null, timestamptz '1969-12-31 23:59:59Z', ' '),
            ('d@example.com', 0, 0.0, null, null, 'x"y\\z')
        ) as t(email, score, ratio, member, ordered, code)""",
    )
    bench.connect()
    bench.export("vip", fields={"Email": "email"}, custom=TYPED)
    report = bench.plan()
    assert {m.field: m.rows for m in report.misfits} == {"Ratio": 2}
    assert warned(report, "Autopilot has no custom fields ")
    assert warned(report, "Last Order Date")
    run = bench.run()
    assert run.state == "successful"
    assert custom_of(bench, "a@example.com") == {
        "Score": ("integer", 7),
        "Ratio": ("float", 1.5),
        "Member": ("boolean", True),
        "Last Order Date": ("date", "2024-05-06T05:08:09.123Z"),
        "Code": ("string", "007"),
    }
    assert custom_of(bench, "b@example.com") == {
        "Score": ("integer", -1), "Member": ("boolean", False),
    }  # fmt: skip
    assert custom_of(bench, "c@example.com") == {
        "Last Order Date": ("date", "1969-12-31T23:59:59.000Z")
    }
    assert custom_of(bench, "d@example.com") == {
        "Score": ("integer", 0), "Ratio": ("float", 0.0), "Code": ("string", 'x"y\\z'),
    }  # fmt: skip
    bench.check_converged()


def test_text_is_read_as_the_type_of_its_field_and_what_does_not_fit_is_left_out(bench):
    rows = [
        ("a", "7", "1.5", "yes", "2024-05-06", "x"),
        ("b", "7.0", "1e3", "0", "2024-05-06 12:00:00+02:00", "x"),
        ("c", "7.5", "many", "perhaps", "06/05/2024", "x"),
        ("d", " ", "", "", " ", ""),
        ("e", "12345678901234567890123", "NaN", "2", "infinity", "x"),
    ]
    names = ("email", "score", "ratio", "member", "ordered", "code")
    bench.csv(
        "vip",
        [dict(zip(names, (f"{row[0]}@example.com", *row[1:]), strict=True)) for row in rows],
    )
    bench.connect()
    bench.export("vip", fields={"Email": "email"}, custom=TYPED)
    report = bench.plan()
    assert {m.field: m.rows for m in report.misfits} == {
        "Score": 2, "Ratio": 2, "Member": 2, "Last Order Date": 2,
    }  # fmt: skip
    run = bench.run()
    assert (run.state, run.accepted) == ("successful", 5)
    assert custom_of(bench, "a@example.com") == {
        "Score": ("integer", 7),
        "Ratio": ("float", 1.5),
        "Member": ("boolean", True),
        "Last Order Date": ("date", "2024-05-06T00:00:00.000Z"),
        "Code": ("string", "x"),
    }
    assert custom_of(bench, "b@example.com") == {
        "Score": ("integer", 7),
        "Ratio": ("float", 1000.0),
        "Member": ("boolean", False),
        "Last Order Date": ("date", "2024-05-06T10:00:00.000Z"),
        "Code": ("string", "x"),
    }
    assert custom_of(bench, "c@example.com") == {"Code": ("string", "x")}
    assert custom_of(bench, "d@example.com") == {}
    assert custom_of(bench, "e@example.com") == {"Code": ("string", "x")}
    bench.check_converged()


def test_numbers_of_many_digits_in_columns_with_fractions(bench):
    """As of programs that know no empty whole number: ids, numbers of phones, milliseconds."""
    whole = (4_612_639_103, 886_912_345_678, 1_714_979_289_123, 4_999_999_999_999_999)
    rows = [
        f"select 'p{at}@example.com' as email, {number}::double as n, 0.1::float as f"
        for at, number in enumerate(whole)
    ]
    bench.parquet("vip", " union all ".join(rows))
    bench.connect()
    custom = [("N", "n", "integer"), ("T", "n", "string"), ("F", "f", "float")]
    bench.export("vip", fields={"Email": "email"}, custom=custom)
    assert bench.plan().misfits == []
    bench.run()
    assert [custom_of(bench, f"p{at}@example.com") for at in range(len(whole))] == [
        {"N": ("integer", number), "T": ("string", str(number)), "F": ("float", 0.1)}
        for number in whole
    ]


def test_unsubscribed_is_sent_when_true_and_never_when_false(bench):
    values = {"a": "true", "b": "false", "c": "", "d": "Yes", "e": "0", "f": "perhaps"}
    rows = [{"email": f"{key}@example.com", "out": value} for key, value in values.items()]
    bench.csv("vip", rows)
    bench.connect()
    slug = bench.export("vip", fields={"Email": "email", "unsubscribed": "out"})
    report = bench.plan()
    assert {m.field: m.rows for m in report.misfits} == {"unsubscribed": 1}
    bench.run()
    told = {key[0]: person.get("unsubscribed") for key, person in bench.sandbox.contacts().items()}
    assert told == {"a": True, "b": None, "c": None, "d": True, "e": None, "f": None}
    # Somebody who is true today and false tomorrow stays unsubscribed.
    bench.csv("vip", [{**row, "out": "false"} for row in rows])
    assert bench.plan(slug).to_send == 0
    run = bench.run(full=True)
    assert run.accepted == 6
    assert bench.sandbox.contacts()["a@example.com"]["unsubscribed"] is True


def test_yes_and_no_may_be_written_as_fractions(bench):
    """As programs write whole numbers of which some are missing."""
    bench.parquet(
        "vip",
        """select *, d::varchar as t, d::decimal(4, 2) as m from (values
            ('a@example.com', 1.0::double), ('b@example.com', 0.0), ('c@example.com', null),
            ('d@example.com', 0.5)) as v(email, d)""",
    )
    bench.connect()
    custom = [("Double", "d", "boolean"), ("Text", "t", "boolean"), ("Money", "m", "boolean")]
    bench.export("vip", fields={"Email": "email", "unsubscribed": "d"}, custom=custom)
    misfits = {m.field: m.rows for m in bench.plan().misfits}
    assert misfits == {"unsubscribed": 1, "Double": 1, "Text": 1, "Money": 1}
    bench.run()
    names = [name for name, _, _ in custom]
    assert custom_of(bench, "a@example.com") == dict.fromkeys(names, ("boolean", True))
    assert custom_of(bench, "b@example.com") == dict.fromkeys(names, ("boolean", False))
    assert custom_of(bench, "c@example.com") == {}
    told = {key[0]: person.get("unsubscribed") for key, person in bench.sandbox.contacts().items()}
    assert told == {"a": True, "b": None, "c": None, "d": None}


def test_blanks_of_an_enumeration_are_not_sent(bench):
    kind = "::enum('', '  ', 'gold')"
    bench.workspace.segments_folder.joinpath("vip.sql").write_text(
        f"select * from (values ('a@example.com', ''{kind}), ('b@example.com', '  '{kind}), "
        f"('c@example.com', 'gold'{kind})) as t(email, tier)"
    )
    bench.connect()
    bench.export("vip", fields={"Email": "email", "Company": "tier"})
    bench.run()
    told = {key[0]: person.get("Company") for key, person in bench.sandbox.contacts().items()}
    assert told == {"a": None, "b": None, "c": "gold"}


def test_a_date_whose_year_has_two_digits_is_no_date(bench):
    """Taken for one, 06-05-24 would be a day of the year 6, and older than everything else."""
    rows = [("new", "06-05-24"), ("old", "2024-01-31")]
    bench.csv("vip", [{"email": "a@x.org", "name": name, "at": at} for name, at in rows])
    bench.connect()
    bench.export("vip", custom=[("At", "at", "date")], newest_by="at")
    report = bench.plan()
    assert warned(report, "In 1 row the value does not fit At's type")
    assert warned(report, "1 row has a at that is neither date nor number")


def test_an_offset_that_no_clock_has_makes_no_date(bench):
    moments = {
        "a": "2024-05-06T12:00:00+14:00", "b": "2024-05-06 12:00-1130", "c": "2024-05-06 12:00:00.5+00",
        "d": "2024-05-06T12:00:00+25:00", "e": "2024-05-06 12:00-1401", "f": "2024-05-06 12:00:00.5+15",
        "g": "2024-05-06 12:00:00 GMT+20",
    }  # fmt: skip
    bench.csv("vip", [{"email": f"{key}@example.com", "at": at} for key, at in moments.items()])
    bench.connect()
    bench.export("vip", fields={"Email": "email"}, custom=[("At", "at", "date")], newest_by="at")
    report = bench.plan()
    assert {m.field: m.rows for m in report.misfits} == {"At": 4}
    assert warned(report, "4 rows have a at that is neither date nor number")
    bench.run()
    told = {key: custom_of(bench, f"{key}@example.com").get("At", ("", ""))[1] for key in moments}
    assert told == {
        "a": "2024-05-05T22:00:00.000Z", "b": "2024-05-06T23:30:00.000Z", "c": "2024-05-06T12:00:00.500Z",
        "d": "", "e": "", "f": "", "g": "",
    }  # fmt: skip


def test_a_date_beyond_all_moments_is_left_out_and_counted(bench):
    bench.parquet("vip", "select 'a@example.com' as email, date '5000000-01-01' as at")
    bench.connect()
    bench.export("vip", fields={"Email": "email"}, custom=[("At", "at", "date")], newest_by="at")
    report = bench.plan()
    assert (report.add, {m.field: m.rows for m in report.misfits}) == (1, {"At": 1})
    assert warned(report, "1 row has a at that is neither date nor number")


def test_a_date_that_iso_8601_cannot_write_is_left_out_and_counted(bench):
    days = {"a": "0999-01-02", "b": "9999-12-31", "c": "10000-01-01", "d": "2024-01-05 (BC)"}
    bench.csv("vip", [{"email": f"{key}@example.com", "day": day} for key, day in days.items()])
    bench.connect()
    bench.export("vip", fields={"Email": "email"}, custom=[("Day", "day", "date")])
    assert {m.field: m.rows for m in bench.plan().misfits} == {"Day": 2}
    bench.run()
    told = {key: custom_of(bench, f"{key}@example.com").get("Day") for key in days}
    assert told == {
        "a": ("date", "0999-01-02T00:00:00.000Z"),
        "b": ("date", "9999-12-31T00:00:00.000Z"),
        "c": None,
        "d": None,
    }


TEXTS = [
    'quote " backslash \\ slash / end',
    "tab\tline\nfeed\r\x1b[31mred\x07",
    "emoji 🦜 and \u202e turned, combining e\u0301, \u2028 separator",
    "[red]markup[/red] {braces} $1 'single' ;--",
    " kept space ",
    "=cmd|'/c calc'!A1",
    "\u0000nul",
    "x" * 20_000,
]


def test_texts_arrive_as_they_are(bench, addresses):
    lines = [
        json.dumps({"email": f"p{n}@example.com", "name": text}) for n, text in enumerate(TEXTS)
    ]
    (bench.workspace.segments_folder / "vip.jsonl").write_text("\n".join(lines) + "\n")
    bench.connect()
    bench.export("vip")
    bench.check_delivered(bench.run(), {"vip": addresses(range(len(TEXTS)))})
    told = first_names(bench)
    assert [told[f"p{n}@example.com"] for n in range(len(TEXTS))] == TEXTS
    bench.check_converged()


@pytest.mark.parametrize("value", [{"city": "Bern"}, ["Bern"]])
def test_what_is_nested_is_refused_alike_in_every_kind_of_file(bench, value):
    lines = [
        {"email": "a@example.com", "town": "Bern: [BE]"},
        {"email": "b@example.com", "town": value},
    ]
    file = bench.workspace.segments_folder / "vip.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    bench.connect()
    with pytest.raises(UsageError, match="column town holds JSON, which Company cannot take"):
        bench.export("vip", fields={"Email": "email", "Company": "town"})
    # Nobody has to send it.
    bench.export("vip", fields={"Email": "email"})
    assert bench.plan().add == 2
    file.unlink()
    bench.parquet("vip", f"select 'a@example.com' as email, {value} as town")
    with pytest.raises(UsageError, match=r"column town holds .*, which Company cannot take"):
        bench.change("weekly", fields={"Email": "email", "Company": "town"})


def test_a_line_that_cannot_be_read_is_left_out_and_counted(bench, addresses):
    path = bench.people("vip", range(20))
    bench.connect()
    bench.export("vip")
    path.write_text(path.read_text() + "x@example.com,X,too,many\np20@example.com,N20\n")
    run = bench.run()
    assert (run.plan["rows"], run.plan["excluded"]) == (22, 1)
    bench.check_delivered(run, {"vip": addresses(range(21))})
    bench.check_converged()


def test_a_file_that_no_longer_fits_or_is_gone_fails_the_run_in_a_sentence(bench, addresses):
    bench.ready(5)
    bench.run()
    path = bench.workspace.segments_folder / "vip.csv"
    kept = path.read_text()
    for text in ("mail;name\na@example.com;A\n", "email\na@example.com\n", "", None):
        path.unlink() if text is None else path.write_text(text)
        bench.sandbox.forget()
        run = bench.run()
        assert run.state in {"failed", "needs approval"}
        assert run.cause
        assert "Segport failed" not in run.cause
        assert "@example" not in run.cause
        assert bench.sent("*") == []
    path.write_text(kept)
    assert bench.run().to_send == 0


def test_a_plan_that_fails_leaves_nobody_in_half_made_files(bench):
    bench.people("vip", range(5))
    bench.people("gold", range(5))
    bench.connect()
    bench.export("vip", "gold")
    (bench.workspace.segments_folder / "gold.csv").unlink()
    run = bench.run()
    assert run.state == "failed"
    folder = bench.workspace.run_folder(run.id)
    assert [path.name for path in folder.iterdir()] == ["output.txt"]


def test_numbers_dates_and_truths_in_text_fields(bench):
    bench.parquet(
        "vip",
        """select 'a@example.com' as email, 5.0::double as d, 2.5::double as f, 12::bigint as i,
                  date '2024-02-29' as day, true as yes, 1.50::decimal(8, 2) as dec,
                  'nan'::double as nan""",
    )
    bench.connect()
    bench.export(
        "vip",
        fields={
            "Email": "email", "FirstName": "d", "LastName": "f", "Company": "i", "Title": "day",
            "Industry": "yes", "Fax": "dec", "Phone": "nan",
        },
    )  # fmt: skip
    run = bench.run()
    assert run.state == "successful"
    person = bench.sandbox.contacts()["a@example.com"]
    assert {k: person.get(k) for k in ("FirstName", "LastName", "Company", "Fax", "Industry")} == {
        "FirstName": "5", "LastName": "2.5", "Company": "12", "Fax": "1.50", "Industry": "true",
    }  # fmt: skip
    assert person["Title"].startswith("2024-02-29")
    assert "Phone" not in person


def test_a_contact_too_large_for_a_request_is_left_out(bench):
    bench.csv(
        "vip",
        [
            {"email": "a@example.com", "name": "x" * 950_000},
            {"email": "b@example.com", "name": "B"},
        ],
    )
    bench.connect()
    slug = bench.export("vip")
    bench.guards(slug, excluded_percent=50)
    run = bench.run()
    assert reasons(bench.plan()) == {"fields too large": 1}
    bench.check_delivered(run, {"vip": {"b@example.com"}})


def test_requests_stay_under_a_megabyte(bench, addresses):
    bench.people("vip", range(60), name=lambda n: f"{n}" + "x" * 60_000)
    bench.connect()
    bench.export("vip")
    run = bench.run()
    bench.check_delivered(run, {"vip": addresses(range(60))})
    assert (run.requests_sent, run.requests_planned) == (4, 4)
    assert max(visit.contacts for visit in bench.sent()) <= 16


def test_a_matching_that_cannot_be_sent_is_refused(bench):
    bench.people("vip", range(3))
    bench.connect()
    slug = bench.export("vip")
    for changes in (
        {"fields": {"FirstName": "name"}},
        {"fields": {"Email": "email", "Shoe": "name"}},
        {"custom_fields": {"a--b": CustomField("name")}},
        {"custom_fields": {"FirstName": CustomField("name")}},
        {"segments": []},
        {"segments": [SegmentChoice("vip"), SegmentChoice("vip")]},
    ):
        with pytest.raises(UsageError):
            bench.change(slug, **changes)
    with pytest.raises(SegmentError):
        bench.change(slug, fields={"Email": "email", "FirstName": "absent"})


# --- guards ---------------------------------------------------------------------------------


def test_too_many_excluded_rows_wait_for_approval_and_then_go_as_frozen(bench, addresses):
    rows = [{"email": f"p{n}@example.com" if n >= 3 else "", "name": "N"} for n in range(10)]
    bench.csv("vip", rows)
    bench.connect()
    bench.export("vip")
    run = bench.run()
    assert run.state == "needs approval"
    assert "30 % of the rows are excluded; 20 % are allowed" in run.cause
    assert bench.sent("*") == []
    # What is approved is the plan that was frozen, whatever the file says now.
    bench.people("vip", range(50))
    run = bench.approve(run.id)
    bench.check_delivered(run, {"vip": addresses(range(3, 10))})
    assert run.approved_by == bench.desk.operator.name
    assert bench.plan().add == 43


def test_the_wait_for_approval_is_no_silence_of_the_run(bench):
    slug = bench.ready(10)
    bench.guards(slug, adds=0)
    run = bench.run()
    with bench.desk.journal() as journal, journal.writing() as db:
        journal_runs.note(db, run.id, heartbeat="2026-01-01T00:00:00.000+00:00")
    runs.approve(bench.desk, run.id)
    # Before its process has said anything, too.
    assert bench.load(run.id).heartbeat > run.heartbeat
    bench.wait(run.id)


@pytest.mark.parametrize(("bound", "waits"), [(0, True), (9, True), (10, False), ("off", False)])
def test_the_guard_on_adds(bench, bound, waits):
    slug = bench.ready(10)
    bench.guards(slug, adds=bound)
    assert bool(bench.plan(offline=True).guards) == waits


@pytest.mark.slow
def test_the_guard_on_changes_counts_changes_alone(bench):
    slug = bench.ready(10)
    bench.guards(slug, changes=2)
    assert bench.run().state == "successful"
    bench.people("vip", range(12), name=lambda n: "X" if n < 2 else f"N{n}")
    assert bench.run().state == "successful"
    bench.people("vip", range(12), name=lambda n: "Y" if n < 3 else f"N{n}")
    run = bench.run()
    assert run.state == "needs approval"
    # Another run takes the place of one that waits.
    bench.people("vip", range(12), name=lambda n: "Y" if n < 2 else f"N{n}")
    assert bench.run().state == "successful"
    waited = bench.load(run.id)
    assert waited.state == "canceled"
    with pytest.raises(UsageError):
        runs.approve(bench.desk, run.id)


def test_a_segment_that_has_become_empty_waits_for_approval(bench):
    bench.ready(10)
    bench.run()
    (bench.workspace.segments_folder / "vip.csv").write_text("email,name\n")
    run = bench.run()
    assert run.state == "needs approval"
    assert "vip is empty; it had 10 rows" in run.cause


def test_an_export_without_any_row_fails_in_a_sentence(bench, addresses):
    path = bench.workspace.segments_folder / "vip.csv"
    path.write_text("email,name\n")
    bench.connect()
    bench.export("vip")
    with pytest.raises(SegmentError, match='The segment "vip" has no rows: there'):
        bench.plan()
    run = bench.run()
    assert run.state == "failed"
    assert "Put rows into the file" in run.cause
    bench.people("gold", range(3))
    bench.change("weekly", segments=[SegmentChoice("vip"), SegmentChoice("gold")])
    assert 'The segment "vip" has no rows.' in bench.plan().warnings
    bench.check_delivered(bench.run(), {"gold": addresses(range(3))})


def test_a_plan_other_than_the_one_looked_at_waits(bench, addresses):
    bench.ready(10)
    seen = bench.plan().digest
    assert bench.plan().digest == seen
    bench.people("vip", range(11))
    run = bench.run(plan_seen=seen)
    assert run.state == "needs approval"
    assert "no longer the one that was looked at" in run.cause
    run = bench.run(plan_seen=bench.plan().digest)
    bench.check_delivered(run, {"vip": addresses(range(11))})


def test_a_missing_ledger_waits_for_approval_and_says_what_would_be_sent(bench, addresses):
    slug = bench.ready(10)
    bench.run()
    path = ledger.path_of(bench.workspace, doors.show(bench.desk, slug).value.id)
    kept = path.read_bytes()
    path.unlink()
    run = bench.run()
    assert run.state == "needs approval"
    assert "10 contacts would be sent as new" in run.cause
    # An older ledger that is put back is not the one that was written last.
    path.write_bytes(kept)
    bench.people("vip", range(12))
    assert bench.run().state == "successful"
    path.write_bytes(kept)
    run = bench.run()
    assert run.state == "needs approval"
    bench.check_delivered(bench.approve(run.id), {"vip": addresses(range(12))})
    bench.check_converged()


def test_a_damaged_ledger_is_an_error_and_reset_forgets_it(bench, addresses):
    slug = bench.ready(10)
    bench.run()
    path = ledger.path_of(bench.workspace, doors.show(bench.desk, slug).value.id)
    path.write_bytes(path.read_bytes()[:-20])
    run = bench.run()
    assert run.state == "failed"
    assert "ledger" in run.cause
    doors.reset(bench.desk, slug)
    assert bench.plan().add == 10
    bench.check_delivered(bench.run(), {"vip": addresses(range(10))})
    bench.check_converged()


def test_the_profile_limit_refuses(bench):
    bench.people("vip", range(11))
    bench.connect(profile_limit=10)
    bench.export("vip")
    assert "11 profiles" in bench.plan().refused
    assert "connection edit acme --limit" in bench.plan().refused
    run = bench.run()
    assert run.state == "skipped"
    assert "11 profiles" in run.cause
    assert bench.sent("*") == []
    bench.people("vip", [*range(10), 9])  # distinct profiles count, not rows
    assert bench.run().state == "successful"


# --- lists that others change ---------------------------------------------------------------


def test_a_renamed_list_goes_on_by_its_id(bench, addresses):
    bench.ready(10)
    bench.run()
    [list_id] = bench.sandbox.lists()
    bench.sandbox.rename_list(list_id, "Very important")
    bench.people("vip", range(15))
    report = bench.plan()
    assert warned(report, "now titled Very important")
    assert [entry.state for entry in report.lists] == ["renamed"]
    bench.check_delivered(bench.run(), {"Very important": addresses(range(15))})
    assert list(bench.sandbox.lists()) == [list_id]
    report = bench.plan()
    assert (report.to_send, [entry.state for entry in report.lists]) == (0, ["exists"])


def test_a_deleted_list_needs_approval_and_its_memberships_are_sent_again(bench, addresses):
    bench.ready(120)
    bench.run()
    [list_id] = bench.sandbox.lists()
    bench.sandbox.delete_list(list_id)
    run = bench.run()
    assert run.state == "needs approval"
    assert "was deleted at the destination; 120 memberships" in run.cause
    assert run.plan["membership"] == 120
    run = bench.approve(run.id)
    bench.check_delivered(run, {"vip": addresses(range(120))})
    bench.check_converged()
    assert bench.run().requests_sent == 0


def test_two_lists_of_one_title_are_refused_until_one_is_chosen(bench, addresses):
    import httpx

    bench.sandbox.set_modes(duplicate_list="second")
    ids = [
        httpx.post(
            f"{bench.sandbox.base_url}/list", json={"name": "vip"}, headers=bench.sandbox.headers
        ).json()["list_id"]
        for _ in range(2)
    ]
    slug = bench.ready(10)
    with pytest.raises(Stopped):
        bench.plan()
    run = bench.run()
    assert run.state == "failed"
    assert all(list_id in run.cause for list_id in ids)
    bench.change(slug, segments=[SegmentChoice("vip", list_id=ids[1])])
    run = bench.run()
    assert (run.state, run.accepted) == ("successful", 10)
    assert bench.sandbox.members(ids[1]) == addresses(range(10))
    assert bench.sandbox.members(ids[0]) == set()
    bench.check_converged()


@pytest.fixture
def sunset(bench):
    """The id of a list that is there, in an account that people `vip` and `gold` are to be sent to."""
    import httpx

    made = httpx.post(
        f"{bench.sandbox.base_url}/list", json={"name": "Sunset"}, headers=bench.sandbox.headers
    )
    bench.people("vip", range(60))
    bench.people("gold", range(40, 100))
    bench.connect()
    return made.json()["list_id"]


@pytest.mark.parametrize("by_id", [1, 0])
def test_one_list_by_its_title_and_by_its_id_is_one_list(bench, addresses, sunset, by_id):
    slug = bench.export("vip", "gold")
    chosen = [SegmentChoice("vip", "Sunset"), SegmentChoice("gold", "Sunset")]
    chosen[by_id] = SegmentChoice(chosen[by_id].segment, list_id=sunset)
    bench.change(slug, segments=chosen)
    run = bench.run()
    assert [entry["joins"] for entry in run.plan["lists"]] == [100]
    assert {entry["list"] for entry in run.plan["segments"]} == {"Sunset"}
    bench.check_delivered(run, {"Sunset": addresses(range(100))})
    bench.check_converged()
    # Who is in the other segment still has not left the list.
    bench.people("vip", range(50))
    assert (bench.plan().leavers, bench.plan().to_send) == (0, 0)


def test_a_list_that_was_chosen_by_its_id_is_not_the_one_called_as_the_segment(
    bench, addresses, sunset
):
    slug = bench.export("vip")
    bench.change(slug, segments=[SegmentChoice("vip", list_id=sunset)])
    bench.run()
    bench.change(slug, segments=[SegmentChoice("vip")])
    bench.check_delivered(
        bench.run(), {"Sunset": addresses(range(60)), "vip": addresses(range(60))}
    )


def test_a_list_that_is_there_is_filled_not_made_again(bench, addresses):
    import httpx

    made = httpx.post(
        f"{bench.sandbox.base_url}/list", json={"name": "vip"}, headers=bench.sandbox.headers
    )
    bench.ready(10)
    report = bench.plan()
    assert [(entry.state, entry.size, entry.joins) for entry in report.lists] == [("exists", 0, 10)]
    bench.check_delivered(bench.run(), {"vip": addresses(range(10))})
    assert list(bench.sandbox.lists()) == [made.json()["list_id"]]


# --- the account ----------------------------------------------------------------------------


def test_the_ledger_belongs_to_an_account(bench, addresses):
    slug = bench.ready(10)
    bench.run()
    bench.sandbox.set_modes(account_email="other@acme.test")
    with pytest.raises(Stopped, match=r"speaks of owner@acme\.test"):
        bench.plan()
    bench.sandbox.forget()
    run = bench.run()
    assert run.state == "failed"
    assert "export reset" in run.cause
    assert bench.sent("*") == []
    doors.reset(bench.desk, slug)
    assert bench.plan().add == 10


def test_an_account_in_other_letters_is_the_same(bench):
    bench.ready(10)
    assert bench.run().state == "successful"
    bench.sandbox.set_modes(account_email="Owner@ACME.test")
    assert bench.plan().unchanged == 10
    run = bench.run()
    assert (run.state, run.to_send) == ("successful", 0)


@pytest.mark.sampled(2)
@pytest.mark.slow
@pytest.mark.parametrize(
    "fault",
    [
        {"action": "status", "status": 500, "match": "GET /v1/account"},
        {"action": "status", "status": 404, "match": "GET /v1/account"},
    ],
    ids=["fails", "not there"],
)
def test_an_account_that_is_not_said_is_not_another_one(bench, addresses, fault):
    bench.ready(10)
    bench.run()
    bench.people("vip", range(20))
    bench.sandbox.set_faults(fault)
    with pytest.raises(DestinationError) as caught:
        bench.plan()
    run = bench.run()
    assert run.state == "failed"
    for told in (str(caught.value), run.cause):
        assert "Try again" in told
        assert "reset" not in told
    # Once it is said again, all goes on.
    bench.sandbox.set_faults(fault | {"nth": 1, "status": 500})
    bench.check_delivered(bench.run(), {"vip": addresses(range(20))})


def test_the_ledger_belongs_to_an_origin(bench, addresses):
    from store.keys.key import Key
    from workers.actions import connections

    slug = bench.ready(10)
    bench.run()
    with running(rate=0) as other:
        connections.edit(
            bench.desk, "acme", base_url=other.base_url, key=Key(other.key), agreed=True
        )
        run = bench.run()
        assert run.state == "failed"
        assert "export reset" in run.cause
        assert other.contacts() == {}
        doors.reset(bench.desk, slug)
        assert bench.run().state == "successful"
        assert set(other.contacts()) == addresses(range(10))


def test_planning_sends_nothing_and_keeps_nothing(bench):
    bench.ready(50)
    before = sorted(path for path in bench.workspace.state.rglob("*") if path.is_dir())
    bench.sandbox.forget()
    bench.plan()
    assert {visit.method for visit in bench.sandbox.requests()} == {"GET"}
    bench.sandbox.forget()
    report = bench.plan(offline=True)
    assert bench.sandbox.requests() == []
    assert not report.checked
    assert sorted(p for p in bench.workspace.state.rglob("*") if p.is_dir()) == before
    assert bench.sandbox.lists() == {}


def test_what_a_run_tries_out_is_in_its_plan(bench):
    """An account that holds others, a second list, or a bulk call that does not join: told before."""
    bench.people("others", range(500, 520))
    bench.ready(250)
    bench.export("others", name="Other")
    first = bench.run("other")
    assert (first.requests_planned, first.requests_sent) == (1, 1)
    report = bench.plan()
    assert (report.requests, report.tries) == (5, 2)
    run = bench.run()
    assert (run.requests_planned, run.requests_sent) == (5, 5)
    # It is known now.
    bench.people("vip", range(400))
    assert bench.plan().tries == 0
