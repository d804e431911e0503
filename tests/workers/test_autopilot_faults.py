"""What the Autopilot client makes of a network and a server that misbehave."""

import asyncio
import contextlib
import gzip
import logging
import socket
import ssl
import struct
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from store.errors import ConfigurationError
from store.keys.key import Key
from workers.destinations import answers, problems
from workers.destinations.address import api_root, origin_of, segment
from workers.destinations.autopilot import Autopilot
from workers.destinations.base import (
    Cause,
    Delivered,
    Halted,
    KeyRefused,
    Misdirected,
    NotSent,
    Refused,
    RemoteList,
    Throttled,
    Unknown,
)
from workers.destinations.service import Patience
from workers.pacing import Pacer
from workers.sandbox.server import running

VALUE = "5e9a0f7c2b4d4e1f8a6b3c9d0e1f2a3b"
EMAILS = ["a@example.com", "b@example.com"]
BODIES = ['{"Email":"a@example.com"}', '{"Email":"b@example.com"}']


class Penalties:
    """A pacer that never waits and remembers complaints."""

    def __init__(self):
        self.heard = []
        self.slots = 0

    async def slot(self):
        self.slots += 1
        return 0.0

    def penalise(self, seconds):
        self.heard.append(seconds)


class Raw:
    """A server that reads a request and then does what it was told, once a request."""

    def __init__(self, *scripts, context=None):
        self.scripts = list(scripts)
        self.requests = []
        self.connections = 0
        self.tasks = []
        self.context = context

    async def __aenter__(self):
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", 0, ssl=self.context)
        self.port = self.server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *error):
        self.server.close()
        for task in self.tasks:
            task.cancel()

    async def serve(self, reader, writer):
        self.connections += 1
        self.tasks.append(asyncio.current_task())
        with contextlib.suppress(ConnectionError, EOFError, asyncio.CancelledError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                length = [
                    int(line.split(":")[1])
                    for line in head.splitlines()
                    if line.lower().startswith("content-length:")
                ]
                body = await reader.readexactly(length[0] if length else 0)
                self.requests.append((head, body))
                script = self.scripts.pop(0) if len(self.scripts) > 1 else self.scripts[0]
                if callable(script):
                    await script(writer)
                    break
                writer.write(script)
                await writer.drain()
        writer.close()

    def autopilot(self, pacer=None, *, scheme="http", **options):
        url = f"{scheme}://127.0.0.1:{self.port}"
        return Autopilot(url, Key(VALUE), pacer or Penalties(), **options)


def http(status=200, body=b"{}", *headers):
    if isinstance(body, str):
        body = body.encode()
    lines = [f"HTTP/1.1 {status} Said", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


async def bulk(script, pacer=None, **options):
    async with Raw(script) as server, server.autopilot(pacer, **options) as there:
        return await there.send_bulk(BODIES, EMAILS)


def error(message, name="Bad Request"):
    return f'{{"error":"{name}","message":"{message}"}}'


MAP = '{"contact_ids":["p1","p2"],"email_contact_map":%s}'
NO_KEY = "No autopilotapikey header provided."
WRONG_KEY = "Provided autopilotapikey not valid."


@pytest.mark.parametrize(
    ("script", "outcome"),
    [
        # Delivered, in full or in part.
        (http(200, MAP % '{"b@example.com":"p2","a@example.com":"p1"}'), Delivered()),
        (http(200, MAP % '{"B@Example.com":"p2","A@example.com":"p1"}'), Delivered()),
        (http(200, MAP % '{"b@example.com":"p2"}'), Delivered((0,))),
        (http(200, MAP % '{"a@example.com":"p1","b@example.com":null}'), Delivered((1,))),
        (http(200, MAP % '{"x@example.com":"p1"}'), Delivered((0, 1))),
        (http(200, MAP % "null"), Delivered()),
        (http(200, '{"contact_ids":["p1","p2"],"_rev":1}'), Delivered()),
        (http(200, '{"contact_ids":["p1"]}'), Delivered((0, 1))),
        (http(200, '{"contact_ids":["p1",null]}'), Delivered((0, 1))),
        (http(201, MAP % '{"a@example.com":"p1","b@example.com":"p2"}'), Delivered()),
        # A definite no.
        (http(400, error("Too many contacts.")), Refused(400, "Too many contacts.")),
        (http(409, error("Conflict.")), Refused(409, "Conflict.")),
        (http(422, ""), Refused(422, "")),
        (http(400, '{"error":{"message":"deep"}}'), Refused(400, "deep")),
        (http(400, '{"error":"Bad Request"}'), Refused(400, "Bad Request")),
        (http(400, '{"code":"InvalidContent"}'), Refused(400, "InvalidContent")),
        (http(400, "plain words"), Refused(400, "plain words")),
        (http(400, "<html>x</html>"), Refused(400, "Bad Request (a web page)")),
        (http(400, b"\xff\xfe\x1b[2J"), Refused(400, "\ufffd\ufffd\x1b[2J")),
        (http(400, "w" * 10_000), Refused(400, "w" * 500)),
        (http(404, error("List does not exist.")), Refused(404, "List does not exist.")),
        (http(404, ""), Refused(404, "")),
        (http(404, "{}"), Refused(404, "")),
        # The key.
        (http(400, error(NO_KEY)), KeyRefused(NO_KEY, 400)),
        # A customer may be called anything, and is quoted in refusals.
        (
            http(400, error("Invalid Company: autopilotapikey.")),
            Refused(400, "Invalid Company: autopilotapikey."),
        ),
        (http(401, error(WRONG_KEY)), KeyRefused(WRONG_KEY, 401)),
        (http(403, ""), KeyRefused("", 403)),
        # Another place.
        (
            http(301, "", "Location: https://elsewhere.example/"),
            Misdirected("it points to https://elsewhere.example/", 301),
        ),
        (http(307, "", "Location: /v2"), Misdirected("it points to /v2", 307)),
        (http(304, ""), Misdirected("it points to nowhere", 304)),
        (http(404, "<html>nginx</html>"), Misdirected("Not Found (a web page)", 404)),
        (http(404, '["x"]'), Misdirected('["x"]', 404)),
        (
            http(404, '{"code":"ResourceNotFound","message":"/v1/x does not exist"}'),
            Misdirected("/v1/x does not exist", 404),
        ),
        (
            http(405, '{"code":"MethodNotAllowedError","message":"PUT is not allowed"}'),
            Misdirected("PUT is not allowed", 405),
        ),
        # Who knows.
        (http(408, ""), Unknown("the server gave up waiting (408)", 408)),
        (
            http(500, error("x")),
            Unknown("the server failed (500 Internal Server Error)", 500),
        ),
        (http(502, "<html>"), Unknown("the server failed (502 Bad Gateway)", 502)),
        (
            http(503, "", "Retry-After: 7"),
            Unknown("the server failed (503 Service Unavailable)", 503, 7.0),
        ),
        (http(599, ""), Unknown("the server failed (599)", 599)),
        (http(200, "{}"), Unknown("the answer names no contacts", 200)),
        (http(200, ""), Unknown("the answer is not Autopilot's, or was cut off", 200)),
        (http(200, "<html>"), Unknown("the answer is not Autopilot's, or was cut off", 200)),
        (
            http(200, '{"contact_ids":["p1","p'),
            Unknown("the answer is not Autopilot's, or was cut off", 200),
        ),
        (
            http(200, '{"contact_ids":7}'),
            Unknown("the answer is not Autopilot's, or was cut off", 200),
        ),
        (
            http(200, gzip.compress(b"{}", mtime=0), "Content-Encoding: gzip"),
            Unknown("the answer is compressed", 200),
        ),
    ],
)
async def test_every_answer_has_one_meaning(script, outcome):
    assert await bulk(script) == outcome


@pytest.mark.parametrize(
    ("body", "header", "wait"),
    [
        ("", "Retry-After: 5", 5.0),
        ("", "Retry-After: 0.5", 0.5),
        ("", "Retry-After: 99999", 300.0),
        ("", "Retry-After: 1e400", None),
        ("", "Retry-After: -3", None),
        ("", "Retry-After: soon", None),
        ("", "Retry-After: nan", None),
        ("", "Retry-After: Thu, 01 Jan 1970 00:00:00 GMT", None),
        ("", "Retry-After: Thu, 99 Jan 9999 99:99:99 GMT", None),
        ("", "X-Nothing: 1", None),
        ('{"try-in-seconds": 12}', "X-Nothing: 1", 12.0),
        ('{"error": {"try-in-seconds": "3"}}', "X-Nothing: 1", 3.0),
        ('{"try-in-seconds": true}', "X-Nothing: 1", None),
        ('{"try-in-seconds": 1}', "Retry-After: 9", 9.0),
        (error("You have exceeded your request rate of 5 r/s."), "X-Nothing: 1", None),
        ('{"code":"TooManyRequests","message":"You have exceeded"}', "X-Nothing: 1", None),
    ],
)
async def test_a_429_is_told_to_the_pacer_once_with_its_hint(body, header, wait):
    pacer = Penalties()
    outcome = await bulk(http(429, body, header), pacer)
    assert isinstance(outcome, Throttled)
    assert outcome.wait == wait
    assert pacer.heard == [wait]
    assert pacer.slots == 1


def test_a_date_to_wait_for_is_counted_from_now():
    now = datetime(2024, 2, 29, 12, 0, tzinfo=UTC)
    answer = answers.Answer(
        429, b"", retry_after=format_datetime(now + timedelta(seconds=42), usegmt=True)
    )
    assert answers.wait_hint(answer, None, lambda: now) == 42.0


async def reset(writer):
    raw = writer.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def close(writer):
    pass


async def hang(writer):
    await asyncio.sleep(30)


def sending(*parts, pause=0.0, then=close):
    async def script(writer):
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(pause)
        await then(writer)

    return script


HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n"


@pytest.mark.parametrize(
    ("script", "words"),
    [
        (close, "ended before"),
        (reset, "broke"),
        (sending(HEAD, b'{"contact'), "ended before"),
        (sending(HEAD, b'{"contact', pause=0.05, then=reset), "broke"),
        (sending(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), "ended before"),
        (sending(b"SSH-2.0-OpenSSH\r\n\r\n"), "not HTTP"),
        (sending(b"HTTP/1.0 200 OK\r\n\r\n" + b'{"contact_ids":["p1"'), "cut off"),
        (sending(b"HTTP/1.1 200 OK\r\n" + b"X: " + b"y" * 200_000), "not HTTP"),
        (hang, "no answer in time"),
        (sending(HEAD, b"{", then=hang), "no answer in time"),
        (sending(*[HEAD, *[b" "] * 100], pause=0.1), "no full answer within 1.5 s"),
    ],
)
async def test_what_left_without_an_answer_is_unknown(script, words):
    began = asyncio.get_running_loop().time()
    outcome = await bulk(script, deadline=1.5, read_timeout=0.3)
    assert isinstance(outcome, Unknown)
    assert words in outcome.reason
    assert asyncio.get_running_loop().time() - began < 4


async def test_a_server_that_takes_no_bytes_is_given_up():
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    with listener:
        async with Autopilot(url, Key(VALUE), Penalties(), read_timeout=0.3) as there:
            outcome = await there.send_bulk(["x" * 20_000_000], ["a@example.com"])
    assert outcome == Unknown("no answer in time")


async def test_a_refusal_before_all_was_taken_is_heard():
    async def refuse(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(http(401, error(WRONG_KEY)))
        await writer.drain()
        writer.close()  # with much unread, which resets the connection

    async with await asyncio.start_server(refuse, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with Autopilot(url, Key(VALUE), Penalties()) as there:
            outcome = await there.send_bulk(["x" * 20_000_000], ["a@example.com"])
    assert outcome == KeyRefused(WRONG_KEY)


async def test_endless_answers_are_cut_off():
    huge = sending(b"HTTP/1.1 200 OK\r\n\r\n", *[b" " * 1_000_000] * 40)
    assert await bulk(huge) == Unknown("the answer is longer than 8192 KB", 200)
    complaint = sending(b"HTTP/1.1 400 No\r\n\r\n", *[b"w" * 1_000_000] * 40)
    assert await bulk(complaint) == Refused(400, "w" * 500)


async def test_an_unwanted_bomb_is_not_unpacked():
    with running(rate=0, faults=[{"action": "bomb", "bytes": 10**7}]) as sandbox:
        async with Autopilot(sandbox.base_url, Key(sandbox.key), Penalties()) as there:
            outcome = await there.send_bulk(BODIES, EMAILS)
    assert outcome == Unknown("the answer is compressed", 200)


# Nothing left.


async def test_a_refused_connection():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
        async with Autopilot(url, Key(VALUE), Penalties(), patience=Patience(tries=1)) as there:
            assert await there.send_bulk(BODIES, EMAILS) == NotSent(
                "the connection was refused", Cause.REFUSED
            )
            with pytest.raises(problems.Unreachable, match="refused") as caught:
                await there.connect()
            assert "port" in caught.value.hint


async def test_a_service_that_is_started_anew_is_asked_again():
    told = []
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
        service = Raw(LISTS)

        async def wait(seconds):
            if len(told) == 4:
                service.server = await asyncio.start_server(service.serve, sock=free)

        patience = Patience(sleep=wait, say=lambda how_long, why: told.append((how_long, why)))
        async with Autopilot(url, Key(VALUE), Penalties(), patience=patience) as there:
            with pytest.raises(problems.Unreachable, match="refused"):
                await there.lists()
            there.persevere(5)
            assert len(await there.lists()) == 2
        await service.__aexit__()
    refused = "Autopilot cannot be reached (the connection was refused)"
    assert told == [(f"Waiting {n} s", refused) for n in (1, 2, 1, 2)]


async def test_a_name_that_is_not_known():
    patience = Patience(tries=1)
    async with Autopilot(
        "https://nowhere.invalid", Key(VALUE), Penalties(), patience=patience
    ) as there:
        with pytest.raises(problems.Unreachable, match=r"nowhere.invalid cannot be reached"):
            await there.connect()
        outcome = await there.send_bulk(BODIES, EMAILS)
    assert isinstance(outcome, NotSent)
    assert outcome.cause in (Cause.NAME, Cause.UNREACHABLE)


async def test_a_host_that_is_silent():
    # A listener whose queue is full drops further connections without a word.
    with socket.socket() as listener, contextlib.ExitStack() as stack:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(3):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        async with Autopilot(url, Key(VALUE), Penalties(), connect_timeout=0.3) as there:
            outcome = await there.send_bulk(BODIES, EMAILS)
    assert outcome == NotSent("no connection in time", Cause.SILENT)


async def test_a_server_that_does_not_speak_tls():
    async def refuse(reader, writer):
        await reader.read(10)
        writer.write(http(400, ""))
        writer.close()

    async with await asyncio.start_server(refuse, "127.0.0.1", 0) as server:
        url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with Autopilot(url, Key(VALUE), Penalties()) as there:
            outcome = await there.send_bulk(BODIES, EMAILS)
    assert isinstance(outcome, NotSent)
    assert outcome.cause is Cause.TLS


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("certificate")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
         "subjectAltName=DNS:localhost", "-keyout", folder / "key.pem", "-out", folder / "cert.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    served = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    served.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    trusted = ssl.create_default_context(cafile=folder / "cert.pem")
    return served, trusted


async def test_a_certificate_that_nobody_vouches_for(certificate):
    served, _ = certificate
    async with Raw(http(), context=served) as server, server.autopilot(scheme="https") as there:
        with pytest.raises(problems.Untrusted, match=r"certificate is not valid \(self"):
            await there.connect()
    assert server.requests == []


async def test_a_certificate_for_another_host(certificate):
    served, trusted = certificate
    async with (
        Raw(http(), context=served) as server,
        server.autopilot(scheme="https", trust=trusted) as there,
    ):
        outcome = await there.send_bulk(BODIES, EMAILS)
    assert isinstance(outcome, NotSent)
    assert outcome.cause is Cause.TLS
    assert server.requests == []


async def test_over_tls_requests_share_a_connection(certificate):
    served, trusted = certificate
    good = http(200, MAP % '{"a@example.com":"p1","b@example.com":"p2"}')
    async with Raw(good, context=served) as server:
        url = f"https://localhost:{server.port}"
        async with Autopilot(url, Key(VALUE), Penalties(), trust=trusted) as there:
            for _ in range(3):
                bodies = ["x" * 1_000_000, *BODIES]
                assert await there.send_bulk(bodies, EMAILS) == Delivered()
    assert server.connections == 1
    assert len(server.requests[2][1]) > 1_000_000


async def test_a_connection_that_was_closed_meanwhile_is_not_used_again():
    async def answer_and_close(writer):
        writer.write(http(200, MAP % '{"a@example.com":"p1","b@example.com":"p2"}'))
        await writer.drain()

    async with Raw(answer_and_close) as server, server.autopilot() as there:
        for _ in range(3):
            assert await there.send_bulk(BODIES, EMAILS) == Delivered()
            await asyncio.sleep(0.05)
    assert server.connections == 3


# The door.


async def test_a_request_is_what_it_should_be():
    good = http(200, MAP % '{"a@example.com":"p1","b@example.com":"p2"}')
    async with Raw(good) as server, server.autopilot() as there:
        await there.send_bulk(BODIES, EMAILS)
        await there.join_list("contactlist_Sunset Contacts", "a+b/c%@example.com")
    (head, body), (join, nothing) = server.requests
    lines = head.splitlines()
    assert lines[0] == "POST /v1/contacts HTTP/1.1"
    assert f"autopilotapikey: {VALUE}" in lines
    assert {"Accept-Encoding: identity", "Content-Type: application/json"} <= set(lines)
    assert body == b'{"contacts":[{"Email":"a@example.com"},{"Email":"b@example.com"}]}'
    path = "/v1/list/contactlist_Sunset%20Contacts/contact/a%2Bb%2Fc%25%40example.com"
    assert join.startswith(f"POST {path} HTTP/1.1")
    assert nothing == b""


async def test_the_environment_names_no_proxy_for_us(monkeypatch):
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert isinstance(await bulk(http(200, '{"contact_ids":["1","2"]}')), Delivered)


async def test_no_redirect_is_followed_and_the_key_stays():
    async with Raw(http()) as other:
        moved = http(302, "", f"Location: http://127.0.0.1:{other.port}/v1/account")
        async with Raw(moved) as server, server.autopilot() as there:
            with pytest.raises(problems.Redirected) as caught:
                await there.connect()
            assert str(other.port) in caught.value.words
    assert other.requests == []


@pytest.mark.parametrize("kind", ["plain", "async"])
async def test_before_send_keeps_a_request_here(kind):
    said, asked = [True, False, False], []

    def plain():
        asked.append(pacer.slots)
        return said[len(asked) - 1]

    async def later():
        return plain()

    pacer = Penalties()
    async with (
        Raw(http(200, '{"contact_ids":["1","2"]}')) as server,
        server.autopilot(pacer, before_send=plain if kind == "plain" else later) as there,
    ):
        assert await there.send_bulk(BODIES, EMAILS) == Delivered()
        assert await there.send_bulk(BODIES, EMAILS) == Halted()
        with pytest.raises(problems.HaltedHere):
            await there.lists()
    assert asked == [1, 2, 3]
    assert len(server.requests) == 1


async def test_no_more_are_in_flight_than_allowed_and_none_waits_after_its_slot():
    now, most = 0, 0

    async def slow(writer):
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.02)
        now -= 1
        writer.write(http(200, '{"contact_ids":["1","2"]}'))
        await writer.drain()

    pacer = Penalties()
    async with Raw(slow) as server, server.autopilot(pacer, in_flight=3) as there:
        calls = [asyncio.create_task(there.send_bulk(BODIES, EMAILS)) for _ in range(9)]
        await asyncio.sleep(0.01)
        assert pacer.slots == 3
        assert set(await asyncio.gather(*calls)) == {Delivered()}
    assert most == 3


async def test_a_cancelled_call_gives_its_place_back():
    scripts = [hang, http(200, '{"contact_ids":["1","2"]}')]
    async with Raw(*scripts) as server, server.autopilot(in_flight=1) as there:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await there.send_bulk(BODIES, EMAILS)
        assert await there.send_bulk(BODIES, EMAILS) == Delivered()


async def test_neither_key_nor_people_are_logged(caplog):
    # What a program that wants all logs would have said before us.
    caplog.set_level(logging.DEBUG)
    async with Raw(http(404, "")) as server, server.autopilot() as there:
        await there.get_contact("somebody@example.com")
    assert len(server.requests) == 1
    assert VALUE not in caplog.text
    assert "somebody" not in caplog.text


def test_what_costs_and_is_not_needed_is_not_loaded():
    script = (
        "import sys, workers.destinations.autopilot, workers.pacing\n"
        "print([m for m in ('rich', 'click', 'keyring', 'duckdb', 'platformdirs', 'anyio._core')"
        " if m in sys.modules])"
    )
    assert subprocess.check_output([sys.executable, "-c", script], text=True).strip() == "[]"


# Single calls and reading.


@pytest.mark.parametrize(
    ("script", "outcome"),
    [
        (http(200, '{"contact_id":"person_1"}'), Delivered()),
        (http(200, "{}"), Unknown("the answer does not name the contact", 200)),
        (http(200, "<html>"), Unknown("the answer does not name the contact", 200)),
        (
            http(400, error("No contact details provided.")),
            Refused(400, "No contact details provided."),
        ),
    ],
)
async def test_one_contact(script, outcome):
    async with Raw(script) as server, server.autopilot() as there:
        assert await there.send_one(BODIES[0], EMAILS[0]) == outcome
    assert server.requests[0][1] == b'{"contact":{"Email":"a@example.com"}}'


@pytest.mark.parametrize(
    ("script", "outcome"),
    [
        (http(200, "{}"), Delivered()),
        (http(200, ""), Delivered()),
        (b"HTTP/1.1 204 No Content\r\n\r\n", Delivered()),
        (http(200, '{"not_modified":true}'), Delivered(unchanged=True)),
        (http(200, "<html>"), Unknown("the answer is not Autopilot's", 200)),
        (http(404, error("List does not exist.")), Refused(404, "List does not exist.")),
    ],
)
async def test_joining_a_list(script, outcome):
    async with Raw(script) as server, server.autopilot() as there:
        assert await there.join_list("contactlist_1", EMAILS[0]) == outcome


def test_a_refusal_says_what_it_is_about():
    assert Refused(404, "List does not exist.").list_is_gone
    assert Refused(404, "").list_is_gone
    assert not Refused(404, "Contact could not be found.").list_is_gone
    assert Refused(400, "List does not exist.").list_is_gone
    assert not Refused(400, "List is bad").list_is_gone


@pytest.mark.parametrize(
    ("script", "member"),
    [
        (http(200, "{}"), True),
        (http(404, "{}"), False),
        (http(404, ""), False),
        (http(404, error("Contact could not be found.", "Not Found")), None),
    ],
)
async def test_membership(script, member):
    async with Raw(script) as server, server.autopilot() as there:
        assert await there.is_member("contactlist_1", EMAILS[0]) is member


async def test_a_path_that_is_not_answered_is_named_and_not_the_base_url():
    not_allowed = http(405, '{"code":"MethodNotAllowedError","message":"GET is not allowed"}')
    async with Raw(not_allowed) as server, server.autopilot() as there:
        with pytest.raises(problems.RefusedThere, match=r"GET /v1/lists \(status 405\)") as caught:
            await there.lists()
        assert "base URL" not in str(caught.value)
        with pytest.raises(problems.RefusedThere) as caught:
            await there.get_contact(EMAILS[0])
        assert "GET /v1/contact/... (" in caught.value.message


async def test_a_list_without_a_total_has_no_size():
    async with Raw(http(200, '{"contacts":[]}')) as server, server.autopilot() as there:
        assert await there.list_size("contactlist_1") is None


ACCOUNT = http(200, '{"fullName":"Ada","email":"ada@example.com","other":1}')
LISTS = http(200, '{"lists":[{"list_id":"l1","title":"Spring"},{"list_id":"l2"},{"x":1},7]}')


async def test_connecting():
    async with Raw(ACCOUNT, LISTS) as server, server.autopilot() as there:
        report = await there.connect()
    assert (report.account.name, report.account.email, report.lists) == (
        "Ada",
        "ada@example.com",
        2,
    )


@pytest.mark.parametrize(
    "account",
    [http(404, '{"code":"ResourceNotFound"}'), http(404, ""), http(501, ""), http(405, "")],
)
async def test_without_an_account_call_the_lists_prove_the_connection(account):
    async with Raw(account, LISTS) as server, server.autopilot() as there:
        report = await there.connect()
    assert (report.account.name, report.account.email, report.lists) == ("", None, 2)


async def test_a_failure_to_say_whose_account_it_is_passes_and_is_asked_again():
    pauses = []

    async def note(seconds):
        pauses.append(seconds)

    async with (
        Raw(http(500, ""), ACCOUNT, LISTS) as server,
        server.autopilot(patience=Patience(sleep=note)) as there,
    ):
        assert (await there.connect()).account.email == "ada@example.com"
    assert len(pauses) == 1


@pytest.mark.parametrize(
    ("script", "kind", "words"),
    [
        (http(500, ""), problems.NoAnswer, "500"),
        (http(401, error(WRONG_KEY)), problems.KeyNotAccepted, "does not accept the API key"),
        (http(400, error(NO_KEY)), problems.KeyNotAccepted, "does not accept the API key"),
        (http(200, "<html>"), problems.WrongService, "is not Autopilot"),
        (http(404, "<html>"), problems.WrongService, "is not Autopilot"),
        (http(200, "[]"), problems.WrongService, "is not Autopilot"),
        (http(308, "", "Location: /"), problems.Redirected, "another place"),
        (http(429, "", "Retry-After: 200"), problems.TooFast, "asks to wait 200 s"),
        (http(502, ""), problems.NoAnswer, "502"),
        (http(400, error("x\x1b[2J")), problems.RefusedThere, "status 400"),
        (close, problems.NoAnswer, "ended before"),
    ],
)
async def test_what_a_connection_test_finds_is_a_sentence(script, kind, words):
    async def at_once(seconds):
        pass

    async with Raw(script) as server, server.autopilot(patience=Patience(sleep=at_once)) as there:
        with pytest.raises(problems.DestinationProblem, match=words) as caught:
            await there.connect()
    assert type(caught.value) is kind
    assert "\x1b" not in str(caught.value)
    assert VALUE not in str(caught.value)


async def test_reading_is_patient_for_a_while():
    pauses = []

    async def note(seconds):
        pauses.append(seconds)

    pacer = Penalties()
    busy = http(429, "", "Retry-After: 3")
    scripts = [http(503, ""), busy, LISTS]
    async with (
        Raw(*scripts) as server,
        server.autopilot(pacer, patience=Patience(sleep=note)) as there,
    ):
        assert len(await there.lists()) == 2
    assert 1 <= pauses[0] <= 1.25
    assert 3 <= pauses[1] <= 3.75
    assert pacer.heard == [3.0]


async def test_custom_fields_are_a_bare_array():
    fields = '[{"name":"Age","fieldType":"integer"},{"name":"Old","deleted":true},{"x":1}]'
    async with Raw(http(200, fields), http(200, '{"a":1}')) as server, server.autopilot() as there:
        assert [(f.name, f.kind) for f in await there.custom_fields()] == [("Age", "integer")]
        with pytest.raises(problems.WrongService):
            await there.custom_fields()


@pytest.mark.parametrize("status", [404, 405])
async def test_what_is_only_foreseen_may_not_be_served(status):
    unknown = http(status, '{"code":"ResourceNotFound","message":"/v1/x does not exist"}')
    async with Raw(unknown) as server, server.autopilot() as there:
        assert await there.contact_count() is None
        assert await there.custom_fields() is None


# Creating a list.


@pytest.mark.parametrize("mode", ["conflict", "second"])
async def test_a_list_is_made_once(mode):
    with running(rate=0, duplicate_list=mode) as sandbox:
        async with Autopilot(sandbox.base_url, Key(sandbox.key), Penalties()) as there:
            first = await there.create_list("Spring")
            assert await there.create_list("Spring") == first
            assert list(sandbox.lists()) == [first.id]


async def test_an_answer_that_got_lost_does_not_make_a_second_list():
    lost = {"match": "POST /v1/list", "nth": 1, "action": "close", "work": "all"}
    with running(rate=0, duplicate_list="second", faults=[lost]) as sandbox:
        async with Autopilot(sandbox.base_url, Key(sandbox.key), Penalties()) as there:
            made = await there.create_list("Spring")
        assert sandbox.lists() == {made.id: "Spring"}


async def test_a_list_that_somebody_made_meanwhile_is_used():
    conflict = http(409, error("A list with this name already exists.", "Conflict"))
    scripts = [http(200, '{"lists":[]}'), conflict, LISTS]
    async with Raw(*scripts) as server, server.autopilot() as there:
        assert await there.create_list("Spring") == RemoteList("l1", "Spring")


async def test_a_list_that_came_too_fast_is_made_later():
    pauses = []

    async def note(seconds):
        pauses.append(seconds)

    busy = http(429, "", "Retry-After: 7")
    scripts = [http(200, '{"lists":[]}'), busy, busy, http(200, '{"list_id":"contactlist_1"}')]
    async with Raw(*scripts) as server, server.autopilot(patience=Patience(sleep=note)) as there:
        assert (await there.create_list("vip")).id == "contactlist_1"
    assert [7 <= pause < 9 for pause in pauses] == [True, True]


async def test_lists_of_one_title_are_for_the_operator_to_choose_from():
    two = http(200, '{"lists":[{"list_id":"l1","title":"S"},{"list_id":"l2","title":"S"}]}')
    async with Raw(two) as server, server.autopilot() as there:
        with pytest.raises(problems.SeveralLists) as caught:
            await there.create_list("S")
    assert "l1, l2" in caught.value.hint


@pytest.mark.parametrize(("there_is", "hint"), [("SPRING ", "l9"), ("Autumn", "another title")])
async def test_a_title_that_the_service_takes_for_another_is_named(there_is, hint):
    lists = http(200, f'{{"lists":[{{"list_id":"l9","title":"{there_is}"}}]}}')
    conflict = http(409, error("A list with this name already exists.", "Conflict"))
    async with Raw(lists, conflict, lists, lists) as server, server.autopilot() as there:
        with pytest.raises(problems.SeveralLists, match="no list titled Spring") as caught:
            await there.create_list("Spring")
    assert hint in caught.value.hint


async def test_a_list_that_is_gone_when_it_is_looked_at():
    async with Raw(http(404, "")) as server, server.autopilot() as there:
        with pytest.raises(problems.ListGone, match="is gone"):
            await there.list_size("l1")


async def test_a_list_that_may_not_be_made():
    scripts = [http(200, '{"lists":[]}'), http(400, error("no")), http(200, '{"lists":[]}')]
    async with Raw(*scripts) as server, server.autopilot() as there:
        with pytest.raises(problems.RefusedThere):
            await there.create_list("Spring")


# Addresses.


@pytest.mark.parametrize(
    ("url", "origin", "root"),
    [
        ("https://api2.autopilothq.com/v1", "https://api2.autopilothq.com", "/v1"),
        ("https://API2.AutopilotHQ.com:443", "https://api2.autopilothq.com", "/v1"),
        (" https://a.example/gate/v1/ ", "https://a.example", "/gate/v1"),
        ("https://a.example./", "https://a.example", "/v1"),
        ("https://a.example:8443/x", "https://a.example:8443", "/x/v1"),
        ("http://127.8.9.1:8000", "http://127.8.9.1:8000", "/v1"),
        ("http://localhost:80/v1", "http://localhost", "/v1"),
        ("http://[::1]:9/v1", "http://[::1]:9", "/v1"),
        ("HTTPS://[2001:DB8:0::1]/", "https://[2001:db8::1]", "/v1"),
    ],
)
def test_an_origin_has_one_form(url, origin, root):
    assert origin_of(url) == origin
    assert api_root(url) == origin + root
    assert origin_of(origin) == origin


@pytest.mark.parametrize(
    "url",
    [
        "http://a.example", "http://127.0.0.1.a.example", "http://localhost.a.example",
        "http://0177.1", "http://128.0.0.1", "http://[::2]", "ftp://127.0.0.1", "a.example", "",
        "https://", "https:///v1", "https://user:secret@a.example", "https://@a.example",
        "https://a.example?x=1", "https://a.example/#", "https://a.example/\\b", "https://a b",
        "https://ä.example", "https://a.example:99999", "https://a.example:x", "https://[::1",
        "https://a.example/%2e%2e", "https://a.example/../v1", "http://127.0.0.1\n.a.example",
        "https://a_.example:1:2", "http://[::1%25lo]", "//a.example", "https://-a.example",
    ],
)  # fmt: skip
def test_what_is_no_safe_address_is_refused_and_not_repeated(url):
    with pytest.raises(ConfigurationError) as caught:
        origin_of(url)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "encoded"),
    [("a b/c", "a%20b%2Fc"), ("+%", "%2B%25"), ("..", "%2E%2E"), ("ü", "%C3%BC"), ("?#", "%3F%23")],
)
def test_a_segment_of_a_path_stays_one(text, encoded):
    assert segment(text) == encoded


def test_the_pacer_fits_the_seam():
    assert (
        Autopilot("http://127.0.0.1:1", Key(VALUE), Pacer(None, 4)).origin == "http://127.0.0.1:1"
    )
