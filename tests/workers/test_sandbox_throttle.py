"""The simulator's rate limit: restify's token bucket, one a key."""

from __future__ import annotations

import time

import httpx
import pytest

from workers.sandbox.modes import DEMO_KEY, Modes
from workers.sandbox.record import Visit, busiest_second
from workers.sandbox.server import running
from workers.sandbox.throttle import Bucket, Throttle


def test_the_bucket_starts_full_refills_continuously_and_charges_nothing_for_a_refusal():
    start = 1000.0
    bucket = Bucket(3.0, start)
    assert [bucket.take(2.0, 3.0, start) for _ in range(5)] == [True, True, True, False, False]
    assert not bucket.take(2.0, 3.0, start + 0.49)
    assert bucket.take(2.0, 3.0, start + 0.5)
    assert not bucket.take(2.0, 3.0, start + 0.5)
    # However long it rests, it holds no more than its capacity.
    assert [bucket.take(2.0, 3.0, start + 99) for _ in range(4)] == [True, True, True, False]


def test_each_key_has_its_own_bucket():
    throttle, modes, now = Throttle(), Modes(rate=1), time.monotonic()
    assert throttle.allows("a", modes, now)
    assert not throttle.allows("a", modes, now)
    assert throttle.allows("b", modes, now)


def test_the_capacity_is_the_rate_unless_told_otherwise():
    assert Modes(rate=20).capacity == 20
    assert Modes(rate=20, burst=2).capacity == 2
    assert Modes(rate=0.5).capacity == 1


@pytest.mark.parametrize(
    ("modes", "lists", "contact"),
    [
        ({}, "Your request was throttled. Please see", "You have exceeded your request rate of 1 "),
        ({"throttle_text": "rate"}, "You have exceeded", "You have exceeded"),
        ({"throttle_text": "documentation"}, "Your request was", "Your request was"),
    ],
)
def test_a_429_carries_the_documented_sentence_and_no_headers(modes, lists, contact):
    with (
        running(rate=1, burst=1, **modes) as sandbox,
        httpx.Client(base_url=sandbox.base_url, headers=sandbox.headers, verify=False) as api,
    ):
        assert api.get("/lists").status_code == 200
        refused = api.get("/lists")
        assert refused.status_code == 429
        assert refused.json()["error"] == "Too Many Requests"
        assert refused.json()["message"].startswith(lists)
        assert "retry-after" not in refused.headers
        single = api.post("/contact", json={"contact": {"Email": "a@example.com"}})
        assert single.json()["message"].startswith(contact)
        assert [v.status for v in sandbox.requests()] == [200, 429, 429]
        assert sandbox.contacts() == {}


def test_a_429_may_come_in_the_other_envelope_and_with_retry_after():
    with running(rate=1, burst=1, throttle_envelope="code", throttle_retry_after="2") as sandbox:
        httpx.get(f"{sandbox.base_url}/lists", headers=sandbox.headers)
        refused = httpx.get(f"{sandbox.base_url}/lists", headers=sandbox.headers)
        assert refused.json()["code"] == "TooManyRequestsError"
        assert refused.headers["retry-after"] == "2"


def test_a_refused_key_takes_no_token_and_control_is_free():
    with running(rate=1, burst=1) as sandbox:
        assert httpx.get(f"{sandbox.base_url}/lists").status_code == 400
        for _ in range(5):
            sandbox.summary()
        answer = httpx.get(f"{sandbox.base_url}/lists", headers={"autopilotapikey": DEMO_KEY})
        assert answer.status_code == 200


def test_the_busiest_second_is_counted_by_arrival():
    def at(time, status=200):
        return Visit(number=1, time=time, wall=0, method="GET", path="/", status=status)

    assert busiest_second([]) == 0
    assert busiest_second([at(0.0), at(0.5), at(0.99), at(1.0), at(1.2)]) == 4
    assert busiest_second([at(0.0), at(0.5, 429)], accepted_only=True) == 1
