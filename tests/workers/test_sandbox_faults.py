"""What the simulator can be told to do wrong, as a client meets it."""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime

import httpx
import msgspec
import pytest

from workers.sandbox.faults import Fault, Faults, parse
from workers.sandbox.server import running


@pytest.fixture
def sandbox():
    with running(rate=0) as sandbox:
        yield sandbox


@pytest.fixture
def api(sandbox):
    with httpx.Client(
        base_url=sandbox.base_url, headers=sandbox.headers, timeout=1.0, verify=False
    ) as client:
        yield client


def send(api, *addresses):
    people = [{"Email": address} for address in addresses or ("a@example.com", "b@example.com")]
    return api.post("/contacts", json={"contacts": people})


# --- when a rule fires ----------------------------------------------------------------------


def fired(count=10, **rule):
    faults = Faults([Fault(action="status", **rule)])
    return [n for n in range(1, count + 1) if faults.pick("POST", "/v1/contacts")]


def test_when_a_rule_fires():
    assert fired() == list(range(1, 11))
    assert fired(nth=3) == [3]
    assert fired(since=8) == [8, 9, 10]
    assert fired(every=4) == [4, 8]
    assert fired(times=2) == [1, 2]
    assert fired(since=4, times=2) == [4, 5]
    assert fired(match="POST /v1/contacts", nth=1) == [1]
    assert fired(match="* /v1/c*", nth=1) == [1]
    assert fired(match="GET /v1/contacts") == []


def test_chance_repeats_with_its_seed():
    first = fired(200, probability=0.2, seed=1)
    assert 20 < len(first) < 60
    assert fired(200, probability=0.2, seed=1) == first
    assert fired(200, probability=0.2, seed=2) != first


def test_the_first_rule_that_fires_decides_and_the_others_still_count():
    faults = Faults([Fault(action="hang", nth=1), Fault(action="close", since=2)])
    picked = [faults.pick("GET", "/v1/lists") for _ in range(3)]
    assert [rule.action for rule in picked if rule] == ["hang", "close", "close"]


@pytest.mark.parametrize(
    "rule",
    [{}, {"action": "explode"}, {"action": "poison", "pattern": "("}, {"action": "close", "n": 1}],
)
def test_a_rule_that_cannot_be_is_refused(rule):
    with pytest.raises(msgspec.ValidationError):
        parse([rule])


def test_a_request_without_a_key_or_a_token_meets_no_rule(sandbox):
    sandbox.set_faults({"action": "status", "nth": 1})
    httpx.get(f"{sandbox.base_url}/lists")
    assert sandbox.summary()["faults"][0]["met"] == 0


# --- statuses -------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [401, 403, 408, 413, 429, 500, 502, 503, 504])
def test_a_status_comes_as_often_as_told_and_nothing_is_done(sandbox, api, status):
    sandbox.set_faults({"action": "status", "status": status, "times": 1})
    assert send(api).status_code == status
    assert sandbox.contacts() == {}
    assert send(api).status_code == 200
    assert [v.fault for v in sandbox.requests()] == ["status", ""]


def test_bodies_of_a_status(sandbox, api):
    sandbox.set_faults(
        {"action": "status", "status": 500, "message": "It broke.", "nth": 1},
        {"action": "status", "status": 502, "body": "empty", "nth": 2},
        {"action": "status", "status": 504, "body": "html", "nth": 3},
        {
            "action": "status",
            "status": 400,
            "body": "\u001b[2J",
            "content_type": "text/x",
            "nth": 4,
        },
        {"action": "status", "status": 200, "body": "html", "nth": 5},
        {"action": "status", "status": 200, "body": "empty", "nth": 6},
    )
    answers = [send(api) for _ in range(6)]
    assert answers[0].json()["message"] == "It broke."
    assert answers[1].content == b""
    assert answers[2].text.startswith("<!DOCTYPE html>")
    assert answers[3].text == "\u001b[2J"
    assert answers[3].headers["content-type"] == "text/x"
    assert answers[4].status_code == 200
    assert answers[4].headers["content-type"].startswith("text/html")
    assert (answers[5].status_code, answers[5].content) == (200, b"")
    assert sandbox.contacts() == {}


@pytest.mark.parametrize("value", ["3", "-1", "99999999", "soon"])
def test_retry_after_is_sent_as_written(sandbox, api, value):
    sandbox.set_faults({"action": "status", "status": 429, "retry_after": value})
    assert send(api).headers["retry-after"] == value


def test_retry_after_can_be_a_date(sandbox, api):
    sandbox.set_faults({"action": "status", "status": 503, "retry_after": "date:60"})
    moment = parsedate_to_datetime(send(api).headers["retry-after"])
    assert 55 < moment.timestamp() - time.time() <= 61


def test_a_redirect_points_where_told(sandbox, api):
    sandbox.set_faults({"action": "redirect", "location": "http://127.0.0.1:1/v1", "status": 302})
    answer = send(api)
    assert (answer.status_code, answer.headers["location"]) == (302, "http://127.0.0.1:1/v1")


# --- the work is done, the answer is lost ---------------------------------------------------


@pytest.mark.parametrize(("work", "stored"), [("none", 0), ("half", 1), ("all", 2)])
def test_how_much_was_done_before_a_504(sandbox, api, work, stored):
    sandbox.set_faults({"action": "status", "status": 504, "body": "empty", "work": work})
    assert send(api).status_code == 504
    assert len(sandbox.contacts()) == len(sandbox.accepted()) == stored


@pytest.mark.parametrize(("work", "stored"), [("none", 0), ("all", 2)])
@pytest.mark.parametrize(
    ("action", "error"),
    [
        ("hang", httpx.ReadTimeout),
        ("close", httpx.RemoteProtocolError),
        ("reset", httpx.ReadError),
    ],
)
def test_no_answer_at_all(sandbox, api, action, error, work, stored):
    sandbox.set_faults({"action": action, "work": work, "times": 1})
    with pytest.raises(error):
        send(api)
    assert len(sandbox.contacts()) == stored
    assert sandbox.requests()[0].status is None
    assert send(api).status_code == 200


@pytest.mark.parametrize("action", ["close", "reset"])
def test_a_connection_can_end_while_the_body_is_under_way(sandbox, api, action):
    sandbox.set_faults({"action": action, "unread": True})
    with pytest.raises(httpx.TransportError):
        api.post("/contacts", content=b" " * 20_000_000)


def test_a_hang_ends_by_itself(sandbox, api):
    sandbox.set_faults({"action": "hang", "seconds": 0.05})
    with pytest.raises(httpx.RemoteProtocolError):
        send(api)


def test_an_answer_cut_off_is_an_error_and_one_truncated_is_not(sandbox, api):
    sandbox.set_faults({"action": "cut", "nth": 1}, {"action": "truncate", "nth": 2})
    with pytest.raises(httpx.RemoteProtocolError):
        send(api)
    truncated = send(api)
    assert truncated.status_code == 200
    with pytest.raises(ValueError, match="Unterminated string"):
        truncated.json()
    assert len(sandbox.contacts()) == 2


def test_a_drip_outlasts_the_read_timeout(sandbox, api):
    sandbox.set_faults({"action": "drip", "seconds": 0.001})
    start = time.monotonic()
    assert send(api).status_code == 200
    assert time.monotonic() - start > 0.3


def test_a_delay_is_followed_by_the_answer(sandbox, api):
    sandbox.set_faults({"action": "delay", "seconds": 0.1})
    start = time.monotonic()
    assert send(api).status_code == 200
    assert time.monotonic() - start >= 0.1


def test_bodies_can_be_huge_or_unpack_to_more(sandbox, api):
    sandbox.set_faults(
        {"action": "huge", "bytes": 2_000_000, "nth": 1},
        {"action": "bomb", "bytes": 5_000_000, "nth": 2},
    )
    assert len(send(api).content) > 2_000_000
    with api.stream("POST", "/contacts", json={"contacts": [{"Email": "a@example.com"}]}) as bomb:
        packed = b"".join(bomb.iter_raw())
    assert bomb.headers["content-encoding"] == "gzip"
    assert len(packed) < 50_000


# --- faults about contacts ------------------------------------------------------------------


def test_a_poisonous_contact_spoils_its_call_and_is_named_alone(sandbox, api):
    sandbox.set_faults(
        {"action": "poison", "pattern": "^bad@", "message": "Invalid email address provided."}
    )
    assert send(api, "a@example.com", "BAD@example.com").status_code == 400
    assert sandbox.contacts() == {}
    alone = api.post("/contact", json={"contact": {"Email": "bad@example.com"}})
    assert (alone.status_code, alone.json()["message"]) == (400, "Invalid email address provided.")
    assert send(api, "a@example.com").status_code == 200


def test_a_bulk_call_can_forget_somebody(sandbox, api):
    sandbox.set_faults({"action": "drop", "times": 1})
    body = send(api).json()
    assert list(body["email_contact_map"]) == ["b@example.com"]
    assert len(body["contact_ids"]) == 1
    assert set(sandbox.contacts()) == {"b@example.com"}
    assert len(send(api).json()["contact_ids"]) == 2


def test_a_bulk_call_can_store_somebody_and_not_say_so(sandbox, api):
    sandbox.set_faults({"action": "drop", "pattern": "^b@", "stored": True})
    assert list(send(api).json()["email_contact_map"]) == ["a@example.com"]
    assert len(sandbox.contacts()) == 2


def test_results_can_be_reversed_or_too_many(sandbox, api):
    right = send(api).json()
    sandbox.set_faults({"action": "reverse", "nth": 1}, {"action": "extra", "nth": 2})
    assert send(api).json()["contact_ids"] == right["contact_ids"][::-1]
    assert len(send(api).json()["contact_ids"]) == 3


def test_rules_are_replaced_while_it_runs_and_say_how_often_they_fired(sandbox, api):
    sandbox.set_faults(Fault(action="status", match="POST /v1/contacts", since=2))
    assert [send(api).status_code for _ in range(3)] == [200, 503, 503]
    [state] = sandbox.summary()["faults"]
    assert (state["met"], state["fired"]) == (3, 2)
    sandbox.set_faults()
    assert send(api).status_code == 200
