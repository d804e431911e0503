"""`segport why` and its neighbours: one person, and personal data, on the command line."""

from __future__ import annotations


def test_why_is_told_in_lines_and_as_json_masked_until_revealed(bench, segport):
    bench.ready(3)
    bench.run()
    told = segport("why", "P1@example.com")
    assert "In Autopilot: Weekly got it acknowledged, on the list vip." in told
    assert "Weekly: add, accepted; vip row 2" in told
    assert "request 1 (fields, " in told
    assert "answered 200" in told
    assert "Weekly          unchanged: all of it was acknowledged" in told
    assert "FirstName N***" in told
    assert "N1" not in told
    assert "FirstName N1" in segport("why", "p1@example.com", "--reveal")

    found = segport.told("why", "p1@example.com")
    assert found["runs"][0]["fields"] == {"FirstName": "N***"}
    assert [one["state"] for one in found["runs"][0]["requests"]] == ["answered"]
    assert "There is no address to look for" in segport("why", " ", code=2)

    nobody = segport("why", "nobody@example.com")
    assert "Not in Autopilot, as far as is known here: no segment holds this address." in nobody


def test_forget_asks_for_the_address_twice_and_says_what_the_next_run_does(bench, segport):
    bench.ready(5)
    bench.run()
    looked = segport("forget", "p1@example.com", "--look")
    assert "1 row in the plans of 1 run: 1" in looked
    assert "1 ledger: Weekly" in looked
    assert "Nothing was erased." in looked
    assert "--confirm" in segport("forget", "p1@example.com", code=2)
    wrong = segport("forget", "p1@example.com", "--confirm", "p2@example.com", code=2)
    assert "that is not the address" in wrong
    told = segport("forget", " P1@example.com", "--confirm", "P1@Example.com")
    assert "Erased." in told
    assert "The source files are not touched: vip still holds the address" in told
    assert "Autopilot is not touched" in told
    assert "The next run of Weekly sends this person again, as new." in told
    assert "data/suppressed.csv" in told

    found = segport.told("forget", "p1@example.com", "--look")
    assert found["erased"] is False
    assert found["trace"]["found"]["plans"] == {}
    assert "Kept of p1@example.com:\n  nothing" in segport("forget", "p1@example.com", "--look")
    listed = segport("audit", "list")
    assert "person forgotten" in listed
    assert "p1@" not in listed


def test_what_is_kept_is_kept_a_century_or_for_ever(bench, segport):
    told = segport("retention", "set", "--plans", "36501", code=2)
    assert "36,500 days are the most; off keeps them." in told
    segport("retention", "set", "--plans", "36500")
    segport("retention", "apply")
    settings = bench.workspace.settings_path
    settings.write_text(settings.read_text().replace("36500", "3000000"))
    # Settings that cannot be read name no administrator.
    told = segport("retention", "apply", code=5)
    assert "field retention.plans: expected `int` <= 36500" in told


def test_retention_is_set_shown_and_applied(bench, segport):
    bench.ready(3)
    bench.run()
    assert "plans    for ever" in segport("retention", "show")
    assert "Nothing was asked" in segport("retention", "set", code=2)
    assert "neither a number" in segport("retention", "set", "--plans", "soon", code=2)
    assert segport.told("retention", "set", "--plans", "90", "--logs", "1") == {
        "plans": 90, "rejects": None, "logs": 1,
    }  # fmt: skip
    assert "plans    90 days" in segport("retention", "show")
    assert segport.told("retention", "set", "--plans", "off")["plans"] is None
    removed = {"plans": 0, "bytes": 0, "rejects": 0, "lines": 0}
    assert segport.told("retention", "show")["removable"] == removed
    assert segport.told("retention", "apply") == removed
    assert "Would go: 0 plans" in segport("retention", "apply", "--dry-run")


def test_everything_kept_is_private_and_doctor_sees_what_is_not(bench, segport):
    bench.ready(3)
    bench.run()
    segport("why", "p1@example.com")
    segport("forget", "p1@example.com", "--confirm", "p1@example.com")

    def checked(code: int) -> dict[str, object]:
        import json

        told = json.loads(segport("doctor", "--json", code=code))
        return next(each for each in told if each["what"] == ".segport/")

    assert checked(0)["fine"]
    plan = bench.workspace.run_folder(1) / "plan.parquet"
    plan.chmod(0o640)
    found = checked(1)
    assert ".segport/runs/1/plan.parquet can be reached" in found["found"]
    assert "chmod -R go=" in found["remedy"]
    plan.chmod(0o600)
    bench.workspace.runs_folder.chmod(0o711)
    assert not checked(1)["fine"]
