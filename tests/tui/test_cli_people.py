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
    assert "FirstName N***" in told
    assert "N1" not in told
    assert "FirstName N1" in segport("why", "p1@example.com", "--reveal")

    found = segport.told("why", "p1@example.com")
    assert found["runs"][0]["fields"] == {"FirstName": "N***"}
    assert [one["state"] for one in found["runs"][0]["requests"]] == ["answered"]
    assert "There is no address to look for" in segport("why", " ", code=2)

    nobody = segport("why", "nobody@example.com")
    assert "Not in Autopilot, as far as is known here: no segment holds this address." in nobody
