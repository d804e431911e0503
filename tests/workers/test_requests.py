"""Requests made again from the frozen plan, held against the very bytes that were sent."""

from __future__ import annotations

import http.client
import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest

from store.errors import NotFound
from workers.actions import progress, rejects, requests, runs
from workers.reasons import Wrong, wrong_with


@contextmanager
def tapped(sandbox):
    """Something between a run and the simulator that writes down what passes, byte by byte."""
    seen: list[tuple[str, str, bytes]] = []
    there = urlsplit(sandbox.origin)

    class Tap(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _pass(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            if self.command == "POST" and self.path != "/v1/list":
                seen.append((self.command, self.path, body))
            onward = http.client.HTTPConnection(there.hostname, there.port, timeout=30)
            headers = {k: v for k, v in self.headers.items() if k.lower() != "host"}
            onward.request(self.command, self.path, body, headers)
            answer = onward.getresponse()
            text = answer.read()
            onward.close()
            self.send_response(answer.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = _pass  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Tap)
    server.handle_error = lambda *_: None  # a run that is killed leaves its connections
    threading.Thread(target=server.serve_forever, daemon=True).start()
    origin = f"http://127.0.0.1:{server.server_port}"
    try:
        yield SimpleNamespace(base_url=f"{origin}/v1", origin=origin, key=sandbox.key, seen=seen)
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def tap(bench):
    with tapped(bench.sandbox) as found:
        yield found


def details(bench, run_id: int):
    """Every request of a run, in clear."""
    found = requests.page(bench.desk, run_id, after=0, limit=10_000)
    return [requests.request(bench.desk, run_id, each.no, revealed=True) for each in found]


def check_same(bench, tap, run_id: int) -> None:
    """What is shown of a run is what left, to the byte."""
    made = [
        (d.sent.method, d.sent.url.removeprefix(tap.origin), d.sent.body.encode())
        for d in details(bench, run_id)
        if d.request.state != "not sent"
    ]
    assert sorted(made) == sorted(tap.seen)
    assert all(d.sent.exact for d in details(bench, run_id))
    tap.seen.clear()


@pytest.mark.slow
def test_what_is_shown_is_what_left(bench, tap):
    """Halved batches, single contacts, further lists, calls that join: all kinds of requests."""
    bench.people("vip", range(230))
    bench.people("gold", range(180, 260))
    bench.connect(sandbox=tap)
    bench.export("vip", "gold")
    bench.sandbox.set_faults({"action": "poison", "pattern": "^p(7|190)@", "message": "Bad email"})
    first = bench.run()
    assert (first.state, first.rejected) == ("completed with rejects", 2)
    check_same(bench, tap, first.id)
    # Changed and new ones, who are also on one list more than before.
    bench.people("vip", range(300), name=lambda n: f"Ünï {n % 40}\u2028")
    second = bench.run()
    assert second.requests_sent > 2
    check_same(bench, tap, second.id)


def test_what_is_shown_of_calls_that_join_is_what_left(bench, tap):
    bench.sandbox.set_modes(bulk_list_key="create-only")
    bench.people("vip", range(30))
    bench.people("gold", range(20, 45))
    bench.connect(sandbox=tap)
    bench.export("vip", "gold")
    run = bench.run()
    assert {each.kind for each in bench.requests(run.id)} >= {"join", "bulk"}
    check_same(bench, tap, run.id)


@pytest.mark.slow
def test_what_is_shown_of_a_resumed_run_is_what_left(bench, tap, monkeypatch):
    """A second attempt sends what is left: its batches stretch over what the first got through."""
    bench.people("vip", range(950))
    bench.people("gold", range(900, 990))
    bench.connect(sandbox=tap)
    bench.export("vip", "gold")
    bench.sandbox.set_faults({"action": "poison", "pattern": "^p(3|250)@"})
    monkeypatch.setenv("SEGPORT_SEAM", "after-commit:7")
    run_id = bench.start()
    bench.until(lambda: not bench.is_alive(run_id))
    assert bench.load(run_id).state == "interrupted"
    monkeypatch.delenv("SEGPORT_SEAM")
    run = bench.resume(run_id)
    assert (run.state, run.attempt, run.rejected) == ("completed with rejects", 2, 2)
    made = [
        (d.sent.url.removeprefix(tap.origin), d.sent.body.encode()) for d in details(bench, run_id)
    ]
    # What died between journal and socket, or between head and body, is shown, too; all else left.
    left = [(path, body) for _, path, body in tap.seen if body or "/list/" in path]
    unknown = [d for d in details(bench, run_id) if d.request.state == "unknown"]
    assert set(left) <= set(made)
    assert len(made) - len(left) <= len(unknown)
    phases = progress.look(bench.desk, run_id).phases
    assert [(p.attempt, p.name) for p in phases if p.requests is None] == [
        (1, "queued"), (1, "planning"), (1, "sending"), (1, "interrupted"),
        (2, "queued"), (2, "sending"),
    ]  # fmt: skip
    assert all(p.ended_at for p in phases)
    assert {p.name for p in phases if p.requests is not None} >= {"contacts", "2nd list of each"}


def test_a_resumed_run_says_of_no_contact_that_an_answer_missed_it(bench, monkeypatch):
    """It tries out how lists are joined, which its first attempt had no need of."""
    # So slow that not everybody is under way when the third answer comes.
    bench.ready(900, rate=10)
    monkeypatch.setenv("SEGPORT_SEAM", "after-receive:3")
    run_id = bench.start()
    bench.until(lambda: not bench.is_alive(run_id))
    monkeypatch.delenv("SEGPORT_SEAM")
    run = bench.resume(run_id)
    assert (run.state, run.attempt) == ("successful", 2)
    assert "single" in {each.kind for each in bench.requests(run_id)}
    assert progress.look(bench.desk, run_id).extra.alone == 0


def test_personal_data_and_key_are_masked_until_asked_for(bench):
    bench.people("vip", range(3))
    bench.connect()
    bench.export("vip")
    run = bench.run()
    told = requests.request(bench.desk, run.id, 1)
    assert told.sent.masked
    text = json.dumps([told.sent.body, told.sent.curl, told.sent.url, told.sent.headers])
    assert "@example.com" not in text
    assert "p***@e***.com" in text
    assert bench.sandbox.key not in text
    assert "$AUTOPILOT_KEY" in told.sent.curl
    clear = requests.request(bench.desk, run.id, 1, revealed=True)
    assert "p1@example.com" in clear.sent.body
    assert bench.sandbox.key not in json.dumps([clear.sent.curl, clear.sent.headers])
    with pytest.raises(NotFound, match="has no request 99"):
        requests.request(bench.desk, run.id, 99)
    with pytest.raises(NotFound):
        requests.request(bench.desk, 99, 1)


def test_a_plan_that_is_gone_leaves_what_the_journal_knows(bench):
    bench.ready(5)
    run = bench.run()
    (bench.workspace.run_folder(run.id) / "plan.parquet").unlink()
    told = requests.request(bench.desk, run.id, 1)
    assert told.sent is None
    assert (told.request.state, told.request.status, told.request.contacts) == ("answered", 200, 5)


def test_somebody_who_was_forgotten_is_missed_in_the_requests_that_held_them(bench):
    from tui.words.request import inexact
    from workers.actions import people

    bench.ready(5)
    run = bench.run()
    people.forget(bench.desk, "p3@example.com")
    told = requests.request(bench.desk, run.id, 1, revealed=True)
    assert (told.sent.contacts, told.sent.candidates, told.sent.exact) == (4, 4, False)
    assert "p3@" not in told.sent.body
    assert "It held 5 contacts; 1 of them is in the plan no more" in inexact(told)


def test_requests_come_in_pages_and_by_trouble(bench):
    bench.sandbox.set_faults(
        {"match": "POST /v1/contacts", "nth": 2, "action": "close", "work": "all"},
        {"match": "POST /v1/contacts", "nth": 4, "action": "status", "status": 503},
    )
    bench.ready(900)
    run = bench.run()
    every = [each.no for each in requests.page(bench.desk, run.id, limit=100)]
    assert every == list(range(1, len(every) + 1))
    newest = requests.page(bench.desk, run.id, limit=4)
    older = requests.page(bench.desk, run.id, before=newest[0].no, limit=4)
    assert [each.no for each in older + newest] == every[-8:]
    assert [each.no for each in requests.page(bench.desk, run.id, after=2, limit=2)] == [3, 4]
    trouble = requests.page(bench.desk, run.id, trouble=True)
    assert [each.state for each in trouble] == ["unknown", "unknown"]
    told = [requests.request(bench.desk, run.id, each.no) for each in trouble]
    assert run.repeated == 200
    assert [each.repeated for each in told] == [100, 100]


def test_rejects_are_grouped_by_what_was_wrong_with_addresses_masked(bench):
    bench.sandbox.set_modes(declared={"Age": "integer"}, type_conflicts="rejected")
    bench.sandbox.set_faults(
        {"action": "poison", "pattern": "^p1[01]@", "message": "Invalid email address provided."},
        {"action": "poison", "pattern": "^p5@", "message": "p5@example.com has unsubscribed."},
        {"action": "poison", "pattern": "^p6@", "message": "p6@example.com has unsubscribed."},
        {"action": "poison", "pattern": "^p7@", "message": "Nope.", "status": 409},
    )
    bench.people("vip", range(120))
    bench.connect()
    bench.export("vip")
    run = bench.run()
    found = rejects.by_reason(bench.desk, run.id)
    assert [(each.wrong, each.contacts, each.words) for each in found] == [
        (Wrong.ADDRESS, 2, "Invalid email address provided."),
        (Wrong.SUPPRESSED, 2, "p***@e***.com has unsubscribed."),
        (Wrong.CONFLICT, 1, "Nope."),
    ]
    assert (found[2].segment, found[2].row, found[2].status) == ("vip", 8, 409)
    assert all(each.advice for each in found)
    (hidden, *_) = rejects.rejected(bench.desk, run.id)
    assert (hidden.email, hidden.words) == ("p***@e***.com", "p***@e***.com has unsubscribed.")
    (clear, *_) = rejects.rejected(bench.desk, run.id, revealed=True)
    assert (clear.email, clear.row) == ("p5@example.com", 6)


@pytest.mark.parametrize(
    ("status", "words", "wrong"),
    [
        (400, "Invalid email address provided.", Wrong.ADDRESS),
        (400, "The email was unsubscribed.", Wrong.SUPPRESSED),
        (400, "integer--Age must be a number", Wrong.FIELD),
        (404, "List does not exist.", Wrong.MISSING),
        (413, "", Wrong.TOO_LARGE),
        (200, "The answer does not name this contact.", Wrong.UNNAMED),
        (400, "", Wrong.OTHER),
        (None, "computer says no", Wrong.OTHER),
    ],
)
def test_what_was_wrong_is_told_by_status_and_words(status, words, wrong):
    assert wrong_with(status, words) is wrong


def test_a_list_is_named_by_its_title_where_a_run_fills_one(bench):
    bench.sandbox.set_modes(bulk_list_key="create-only")
    bench.ready(20)
    bench.run()
    # Those who are there already join by calls of their own; others are made with it.
    bench.export(("vip", "Gold members"), name="One")
    one = bench.run("one")
    told = {each.what for each in requests.page(bench.desk, one.id)}
    assert told == {"contacts", "contact", "list Gold members", "join list Gold members"}
    assert requests.request(bench.desk, one.id, 1).request.what in told
    phases = [p.name for p in progress.look(bench.desk, one.id).phases if p.requests is not None]
    assert phases == ["contacts", "list Gold members"]

    # With several, a request takes the first that each contact lacks, whichever that is.
    bench.people("first", range(10))
    bench.export(("first", "A"), ("vip", "B"), name="Two")
    two = bench.run("two")
    told = {each.what for each in requests.page(bench.desk, two.id)}
    assert told == {"contacts", "join list"}
    phases = [p.name for p in progress.look(bench.desk, two.id).phases if p.requests is not None]
    assert phases == ["contacts", "1st list of each", "2nd list of each"]


def test_a_run_without_requests_and_one_that_is_not_there(bench):
    bench.ready(3)
    bench.run()
    idle = bench.run()
    assert requests.page(bench.desk, idle.id) == []
    assert [p.name for p in progress.look(bench.desk, idle.id).phases] == ["queued", "planning"]
    assert rejects.by_reason(bench.desk, idle.id) == []
    with pytest.raises(NotFound):
        requests.page(bench.desk, 99)
    with pytest.raises(NotFound):
        runs.load(bench.desk, 99)
