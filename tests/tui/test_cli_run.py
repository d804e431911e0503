"""`segport run`, on real runs against the simulator with faults."""

from __future__ import annotations

import json

import pytest

from tests import commands


@pytest.fixture
def segport(bench):
    """Runs `segport` in the bench's workspace; `told` gives its JSON."""

    def command(*arguments: str, code: int = 0) -> str:
        done = commands.segport("-w", str(bench.workspace.root), *arguments)
        assert "Traceback" not in done.stderr
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    command.told = lambda *arguments: json.loads(command(*arguments, "--json"))
    return command


@pytest.mark.slow
def test_the_history_is_narrowed_down_and_summed_up(bench, segport):
    assert "There are no runs yet" in segport("run", "list")
    bench.sandbox.set_faults({"action": "poison", "pattern": "^p1@", "message": "No good."})
    bench.ready(120)
    bench.export("vip", name="Other")
    first = bench.run()
    second = bench.run("other")
    by = first.operator
    assert [each["id"] for each in segport.told("run", "list")] == [second.id, first.id]
    assert [each["id"] for each in segport.told("run", "list", "--export", "other")] == [second.id]
    page = segport.told("run", "list", "--before", str(second.id), "--by", by, "--since", "1h")
    assert [each["id"] for each in page] == [first.id]
    assert segport.told("run", "list", "--until", "yesterday") == []
    assert segport.told("run", "list", "--state", "failed", "--state", "canceled") == []
    told = segport("run", "list", "--limit", "1", "--state", "completed with rejects")
    assert "2 runs: 2 completed with rejects" in told
    assert "to send 240 = accepted 238 + rejected 2 + pending 0" in told
    assert f"; {first.requests_sent + second.requests_sent} requests with contacts\n" in told
    assert f"Older ones: --before {second.id}" in told
    assert "No run is like that." in segport("run", "list", "--by", "nobody")
    assert "is not a time" in segport("run", "list", "--since", "soon", code=2)
    assert "no export" in segport("run", "list", "--export", "gone", code=2).lower()

    sums = segport.told("run", "totals", "--days", "2")
    assert sums["totals"]["accepted"] == 238
    assert sums["totals"]["states"] == {"completed with rejects": 2}
    assert [(day["accepted"], day["rejected"]) for day in sums["days"]] == [(238, 2)]
    assert "█░" in segport("run", "totals")


def test_requests_and_rejects_are_looked_into(bench, segport):
    bench.sandbox.set_faults(
        {"match": "POST /v1/contacts", "nth": 1, "action": "close", "work": "all"},
        {"action": "poison", "pattern": "^p1@", "message": "Invalid email address: p1@example.com"},
    )
    bench.ready(3)
    run = bench.run()
    told = segport("run", "requests", "1")
    assert "? unknown" in told
    assert "× refused" in told
    listed = segport.told("run", "requests", "1", "--trouble")
    assert {each["state"] for each in listed} == {"unknown", "refused"}
    assert segport.told("run", "requests", "1", "--after", "1")[0]["no"] == 2

    told = segport("run", "request", "1", "1")
    assert "Unknown: it left, and no usable answer came" in told
    assert "possibly repeated" in told
    assert "The destination knows contacts by address" in told
    assert "autopilotapikey: KEY" in told
    assert "p***@e***.com" in told
    assert "@example" not in told
    assert "p1@example.com" in segport("run", "request", "1", "1", "--reveal")
    curl = segport("run", "request", "1", "1", "--curl")
    assert curl.startswith("curl -X POST")
    assert bench.sandbox.key not in told + curl
    assert segport.told("run", "request", "1", "1")["sent"]["exact"] is True
    assert "has no request 99" in segport("run", "request", "1", "99", code=2)

    told = segport("run", "rejects", "1", "--by-reason")
    assert "address not accepted" in told
    assert "Mend the address at its source" in told
    assert "@example" not in told
    (group,) = segport.told("run", "rejects", "1", "--by-reason")
    assert (group["wrong"], group["contacts"]) == ("address not accepted", run.rejected)
    assert "@example" not in segport("run", "rejects", "1")
    assert "p1@example.com" in segport("run", "rejects", "1", "--reveal")

    told = segport("run", "show", "1")
    assert "PHASE" in told
    names = [each["name"] for each in segport.told("run", "show", "1")["phases"]]
    assert names[:3] == ["queued", "planning", "sending"]
    deeds = bench.desk.journal().rows("select subject from audit where action like '%revealed'")
    assert [deed["subject"] for deed in deeds] == ["run 1, request 1", "run 1, rejects"]


@pytest.mark.slow
def test_a_retry_says_what_it_does(bench, segport):
    bench.sandbox.set_faults({"action": "poison", "pattern": "^p[12]@"})
    bench.ready(5)
    bench.run()
    told = segport("run", "retry", "1", "--plan")
    assert "of the 2 contacts that it got rejected, 2 are sent" in told
    assert segport.told("run", "retry", "1", "--plan")["to_send"] == 2
    bench.sandbox.set_faults()
    told = segport("run", "retry", "1")
    assert "Run 2 retries run 1: it sends only the contacts that were rejected there" in told
    assert bench.wait(2).accepted == 2
    assert "retry of run 1" in segport("run", "show", "2")
    assert "nobody rejected" in segport("run", "retry", "2", code=2)
