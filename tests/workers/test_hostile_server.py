"""A service that answers with whatever it likes: every call ends in a sentence, and soon."""

from __future__ import annotations

import asyncio
import contextlib
import time

import pytest

from store.errors import SegportError
from tests.workers.test_autopilot_faults import Raw, bulk, http
from workers.destinations import problems
from workers.destinations.base import Outcome

OK = b"HTTP/1.1 200 OK\r\n"
ANSWERS = {
    "brackets": http(200, b"[" * 200_000),
    "braces": http(200, b'{"a":' * 100_000),
    "brackets where ids belong": http(200, b'{"contact_ids":' + b"[" * 100_000),
    "brackets in a refusal": http(400, b"[" * 60_000),
    "a number of 10,000 digits": http(200, b'{"contact_ids":[' + b"9" * 10_000 + b"]}"),
    "5,000 headers": http(200, b"{}", *(f"X-{n}: y" for n in range(5000))),
    "50,000 headers": http(200, b"{}", *(f"X-{n}: y" for n in range(50_000))),
    "a status below all": b"HTTP/1.1 099 X\r\nContent-Length: 0\r\n\r\n",
    "a status above all": b"HTTP/1.1 999 X\r\nContent-Length: 0\r\n\r\n",
    "only promises": b"HTTP/1.1 100 Continue\r\n\r\n" * 3000,
    "two lengths": OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    "a length below zero": OK + b"Content-Length: -2\r\n\r\n{}",
    "a length without end": OK + b"Content-Length: 99999999999999999999\r\n\r\n{}",
    "a chunk without end": OK + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n{}",
    "a long wait": http(429, b"", "Retry-After: " + "9" * 5000),
    "another encoding": http(200, b"\xff\xfe{\x00}\x00", "Content-Type: text/json; charset=utf-16"),
    "a long way": http(302, b"", "Location: " + "x" * 60_000),
    "a NUL in a header": OK + b"X: a\0b\r\nContent-Length: 2\r\n\r\n{}",
    "every compression": http(200, b"{}", "Content-Encoding: br, gzip, zstd"),
    "answers to nothing": http(200, b"{}") * 4,
    "half a character": http(200, b'"\\ud800"'),
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
async def test_whatever_is_answered_ends_in_a_sentence(answer):
    began = time.monotonic()
    outcome = await bulk(answer, deadline=0.5, read_timeout=0.3)
    assert isinstance(outcome, Outcome)
    async with Raw(answer) as server, server.autopilot(deadline=0.5, read_timeout=0.3) as there:
        calls = [
            there.connect(),
            there.lists(),
            there.custom_fields(),
            there.get_contact("a@example.com"),
            there.create_list("vip"),
            there.is_member("list", "a@example.com"),
            there.list_size("list"),
        ]
        done = await asyncio.gather(*(short(call) for call in calls), return_exceptions=True)
    assert {type(each) for each in done if isinstance(each, BaseException)} <= {
        problem for problem in vars(problems).values() if isinstance(problem, type)
    } | {TimeoutError}
    assert time.monotonic() - began < 8


async def short(call):
    """Reading is patient for longer than a test is."""
    async with asyncio.timeout(0.8):
        return await call


async def test_pages_that_lead_in_a_circle_come_to_an_end():
    """Another bookmark each time, and the same people."""
    people = '{"contacts":[{"Email":"a@example.com"},{"contact_id":"p1"}],"bookmark":"b%d"}'
    pages = [http(200, people % n) for n in range(50)]
    async with Raw(*pages) as server, server.autopilot() as there:
        assert [email async for email in there.members("list")] == ["a@example.com"]
    assert len(server.requests) == 2


BODIES = [
    "null",
    "7",
    '"x"',
    '{"lists":{}}',
    '{"lists":[null,7,[],{"list_id":7,"title":"vip"},{"list_id":"","title":"vip"}]}',
    '{"lists":[{"list_id":"x","title":null},{"list_id":"y","title":["vip"]}]}',
    '{"contacts":7,"total_contacts":99999999999999999999999}',
    '{"contacts":[],"total_contacts":-5}',
    '{"contacts":[{}],"total_contacts":9223372036854775808}',
    '{"email":7,"instanceName":[]}',
    '{"email":"a\\u0000b\\ud83d\\ude00","instance":1}',
    '[{"name":7},{"kind":"Score","fieldType":9},null]',
    "[" * 5000,
    '{"total_contacts":true,"contacts":[{"Email":["a"]}],"bookmark":{"a":1}}',
]


@pytest.mark.sampled(4)
@pytest.mark.parametrize("path", ["account", "lists", "list/*", "contacts/custom_fields"])
def test_a_plan_of_nonsense_is_a_plan_or_a_sentence(bench, path):
    bench.people("vip", range(3), score=lambda n: n)
    bench.connect()
    bench.export("vip", custom=[("Score", "score", "float")])
    assert bench.run().state == "successful"
    for body in BODIES:
        rule = {"action": "status", "status": 200, "body": body, "match": f"GET /v1/{path}"}
        bench.sandbox.set_faults(rule)
        with contextlib.suppress(SegportError):
            report = bench.plan()
            assert all(each.size is None or 0 <= each.size < 10**12 for each in report.lists)


@pytest.mark.slow
def test_a_run_of_nonsense_ends_and_the_next_one_converges(bench, addresses):
    bench.ready(150)
    for body in (
        "[" * 5000,
        '{"contact_ids":' + "[" * 5000,
        '{"total_contacts":' + "9" * 400 + "}",
    ):
        bench.sandbox.set_faults(
            {
                "action": "status",
                "status": 200,
                "body": body,
                "match": "* /v1/contact*",
                "times": 3,
            },
            {"action": "status", "status": 200, "body": body, "match": "GET /v1/list/*"},
        )
        run = bench.run(full=True)
        assert run.state in {"successful", "failed"}
        assert "Segport failed" not in run.cause
    bench.sandbox.set_faults()
    assert bench.run().state == "successful"
    bench.check_holds({"vip": addresses(range(150))})
    bench.check_converged()
