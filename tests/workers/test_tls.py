"""A destination behind TLS that is not who it should be, or breaks off: one sentence, and nothing leaves."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import struct
import subprocess
import warnings

import pytest

from store.keys.key import Key
from workers.destinations import problems
from workers.destinations.autopilot import Autopilot
from workers.destinations.base import Cause, Delivered, NotSent, Unknown

VALUE = "c4n4ry0f7c2b4d4e1f8a6b3c9d0e1f2a"
EMAILS = ["tls.canary@example.com"]
BODIES = ['{"Email":"tls.canary@example.com"}']
ANSWER = b'{"contact_ids":["p1"],"email_contact_map":{"tls.canary@example.com":"p1"}}'
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"

AUTHORITY = """
[ca]
default_ca = it
[it]
database = {folder}/index
unique_subject = no
new_certs_dir = {folder}
serial = {folder}/serial
certificate = {folder}/ca.pem
private_key = {folder}/ca.key
default_md = sha256
policy = any
copy_extensions = copy
[any]
commonName = supplied
"""


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    """A certificate authority of our own; `issue` makes a server's context."""
    folder = tmp_path_factory.mktemp("authority")
    (folder / "index").touch()
    (folder / "serial").write_text("01\n")
    (folder / "config").write_text(AUTHORITY.format(folder=folder))

    def openssl(*words):
        subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)

    elliptic = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    openssl(
        "req", "-x509", *elliptic, "-days", 30, "-subj", "/CN=Throwaway authority",
        "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign",
        "-keyout", folder / "ca.key", "-out", folder / "ca.pem",
    )  # fmt: skip

    class Authority:
        trust = ssl.create_default_context(cafile=folder / "ca.pem")

        def issue(self, name, begin="20200101000000Z", end="20991231000000Z"):
            key, wanted, given = (folder / f"{name}-{end}.{end_}" for end_ in ("key", "csr", "pem"))
            kind = "IP" if name[0].isdigit() else "DNS"
            openssl("req", *elliptic, "-subj", f"/CN={name}", "-addext",
                    f"subjectAltName={kind}:{name}", "-keyout", key, "-out", wanted)  # fmt: skip
            openssl("ca", "-batch", "-notext", "-config", folder / "config", "-startdate", begin,
                    "-enddate", end, "-in", wanted, "-out", given)  # fmt: skip
            served = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            served.load_cert_chain(given, key)
            return served

    return Authority()


class Server:
    """Takes TLS connections; notes all that came through them, and does as `script` says."""

    def __init__(self, context, script):
        self.script = script
        self.heard = b""
        self.context = context

    async def __aenter__(self):
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", 0, ssl=self.context)
        self.port = self.server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *error):
        self.server.close()

    async def serve(self, reader, writer):
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            while b"\r\n\r\n" not in self.heard or not self.heard.endswith(b"]}"):
                part = await reader.read(65536)
                if not part:
                    break
                self.heard += part
            await self.script(writer)
        writer.close()

    def autopilot(self, trust, host="localhost", **options):
        url = f"https://{host}:{self.port}"
        return Autopilot(url, Key(VALUE), Pacer(), trust=trust, **options)


class Pacer:
    async def slot(self):
        return 0.0

    def penalise(self, seconds):
        raise AssertionError


async def good(writer):
    writer.write(HEAD % len(ANSWER) + ANSWER)
    await writer.drain()


async def test_who_can_prove_it_is_believed(authority):
    async with (
        Server(authority.issue("localhost"), good) as server,
        server.autopilot(authority.trust) as there,
    ):
        assert await there.send_bulk(BODIES, EMAILS) == Delivered()
    assert VALUE.encode() in server.heard


@pytest.mark.parametrize(
    ("name", "dates", "trusted", "words"),
    [
        ("localhost", {"end": "20210101000000Z"}, True, "certificate has expired"),
        ("localhost", {"begin": "20990101000000Z"}, True, "certificate is not yet valid"),
        ("elsewhere.example", {}, True, "Hostname mismatch"),
        ("127.0.0.2", {}, True, "Hostname mismatch"),
        ("localhost", {}, False, "unable to get local issuer certificate"),
    ],
)
async def test_who_cannot_is_told_nothing(authority, name, dates, trusted, words):
    trust = authority.trust if trusted else None
    async with (
        Server(authority.issue(name, **dates), good) as server,
        server.autopilot(trust) as there,
    ):
        outcome = await there.send_bulk(BODIES, EMAILS)
        with pytest.raises(problems.Untrusted) as caught:
            await there.connect()
    assert isinstance(outcome, NotSent)
    assert outcome.cause is Cause.TLS
    assert words in outcome.reason
    told = str(caught.value)
    assert words in told
    assert "Nothing was sent" in told
    assert "\n" not in told
    assert VALUE not in told
    assert server.heard == b""


async def test_an_old_version_of_tls_is_not_spoken(authority):
    served = authority.issue("localhost")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        served.minimum_version = ssl.TLSVersion.TLSv1
        served.maximum_version = ssl.TLSVersion.TLSv1_1
    async with Server(served, good) as server, server.autopilot(authority.trust) as there:
        outcome = await there.send_bulk(BODIES, EMAILS)
    assert isinstance(outcome, NotSent)
    assert outcome.cause is Cause.TLS
    assert server.heard == b""


async def half_then_reset(writer):
    writer.write(HEAD % len(ANSWER) + ANSWER[:20])
    await writer.drain()
    raw = writer.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def half_then_end(writer):
    writer.write(HEAD % len(ANSWER) + ANSWER[:20])
    await writer.drain()


async def nothing(writer):
    writer.transport.abort()


@pytest.mark.parametrize("script", [half_then_reset, half_then_end, nothing])
async def test_what_breaks_off_in_the_middle_is_unknown(authority, script):
    async with (
        Server(authority.issue("localhost"), script) as server,
        server.autopilot(authority.trust) as there,
    ):
        outcome = await there.send_bulk(BODIES, EMAILS)
    assert isinstance(outcome, Unknown)
    assert VALUE.encode() in server.heard
