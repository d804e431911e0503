"""The one place that talks to the network.

Every request takes a turn, then a slot of the pacer, then asks `before_send`, and only then
leaves.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
import socket
import ssl
from collections.abc import AsyncIterable
from typing import Final, Protocol

import httpcore

from store.keys.key import Key
from workers.destinations.address import api_root, origin_of
from workers.destinations.answers import Answer
from workers.destinations.base import BeforeSend, Cause, Halted, NotSent, Unknown
from workers.destinations.wire import Wire

Exchange = Answer | NotSent | Unknown
TROUBLE: Final = (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError)

DEADLINE: Final = 90.0
LARGEST_ANSWER: Final = 8 * 1024 * 1024
LARGEST_COMPLAINT: Final = 64 * 1024

# Below WARNING it logs whole addresses, which hold people's emails, and headers, with the key.
logging.getLogger("httpcore").setLevel(logging.WARNING)


class Slots(Protocol):
    """What a pacer is to the network."""

    async def slot(self) -> float:
        """Wait for the next moment to send."""

    def penalise(self, seconds: float | None) -> None:
        """Hear that the service found us too fast."""


class KeyHeader:
    """The header that carries the key; the one place outside its store where it is revealed."""

    def __init__(self, name: str, key: Key) -> None:
        self._name = name
        self._key = key

    def line(self) -> tuple[bytes, bytes]:
        """The header, for a request to the origin that the key belongs to."""
        return self._name.encode(), self._key.reveal().encode()

    def masked(self, text: bytes) -> bytes:
        """What a service said, without the key: a refusal may quote it, and is written down."""
        return text.replace(self._key.reveal().encode(), b"****")


class Transport:
    """Sends requests to one origin with one key.

    Args:
        base_url: with or without `/v1`; HTTPS unless it is loopback.
        auth: puts the key in.
        pacer: says when.
        in_flight: how many requests may be under way at once.
        before_send: asked right before the first byte; False keeps the request here.
        deadline: seconds after which a request that has left counts as unanswered.
        read_timeout: seconds of silence that are borne.
        connect_timeout: seconds to get a connection.
        trust: certificates to trust instead of the usual ones.
    """

    def __init__(
        self,
        base_url: str,
        auth: KeyHeader,
        pacer: Slots,
        *,
        in_flight: int = 4,
        before_send: BeforeSend | None = None,
        deadline: float = DEADLINE,
        read_timeout: float = 60.0,
        connect_timeout: float = 15.0,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        self.origin = origin_of(base_url)
        self.before_send = before_send
        self._root = api_root(base_url).removeprefix(self.origin)
        self._auth = auth
        self._pacer = pacer
        self._deadline = deadline
        self._turns = asyncio.Semaphore(in_flight)
        self._wire = _wire(self.origin, trust, connect_timeout, read_timeout)
        self._headers = (
            (b"Host", self.origin.partition("//")[2].encode()),
            (b"Accept", b"application/json"),
            (b"Accept-Encoding", b"identity"),
            (b"Content-Type", b"application/json"),
            (b"User-Agent", b"segport"),
        )

    async def aclose(self) -> None:
        """Close every connection."""
        await self._wire.aclose()

    async def exchange(self, method: str, path: str, body: bytes | None = None) -> Exchange:
        """Send one request and read its answer; the network's troubles are values, not errors.

        Args:
            method: the HTTP method.
            path: below the API's root, percent-encoded.
            body: JSON, if there is one.
        """
        async with self._turns:
            await self._pacer.slot()
            if not await self._may_send():
                return Halted()
            try:
                async with asyncio.timeout(self._deadline):
                    return await self._exchange(method, path, body)
            except TimeoutError:
                return Unknown(f"no full answer within {self._deadline:g} s")
            except TROUBLE as error:
                return trouble_of(error)

    async def _may_send(self) -> bool:
        if self.before_send is None:
            return True
        said = self.before_send()
        return await said if inspect.isawaitable(said) else said

    async def _exchange(self, method: str, path: str, body: bytes | None) -> Answer:
        headers = [*self._headers, self._auth.line()]
        if body is not None:
            headers.append((b"Content-Length", b"%d" % len(body)))
        async with self._wire.answer(method, self._root + path, headers, body) as response:
            answered, flaw = await _read(response)
        if response.status < 300:
            return Answer(response.status, answered, flaw)
        location = _header(response, b"location")
        return Answer(
            response.status,
            self._auth.masked(answered),
            flaw,
            _header(response, b"retry-after"),
            location and self._auth.masked(location.encode()).decode(),
        )


def _header(response: httpcore.Response, name: bytes) -> str | None:
    """What a header says; None without it."""
    found = [value.decode("utf-8", "replace") for key, value in response.headers
             if key.lower() == name]  # fmt: skip
    return ", ".join(found) if found else None


async def _read(response: httpcore.Response) -> tuple[bytes, str]:
    """The body up to a limit, and why it cannot be relied upon, if so."""
    if (_header(response, b"content-encoding") or "identity").strip().lower() != "identity":
        # We asked for none; unpacking could make gigabytes of kilobytes.
        return b"", "the answer is compressed"
    most = LARGEST_ANSWER if response.status < 300 else LARGEST_COMPLAINT
    parts: list[bytes] = []
    size = 0
    assert isinstance(response.stream, AsyncIterable)
    async for part in response.stream:
        size += len(part)
        parts.append(part)
        if size > most:
            return b"".join(parts)[:most], f"the answer is longer than {most // 1024} KB"
    return b"".join(parts), ""


def trouble_of(error: BaseException | None) -> NotSent | Unknown:
    """Tell what surely never left from what may have arrived, by `httpcore`'s error."""
    if isinstance(error, httpcore.ConnectTimeout):
        return NotSent("no connection in time", Cause.SILENT)
    if isinstance(error, httpcore.ConnectError):
        return _no_connection(error)
    if isinstance(error, httpcore.TimeoutException):
        return Unknown("no answer in time")
    if isinstance(error, httpcore.RemoteProtocolError):
        return Unknown("the connection ended before the answer did, or the answer is not HTTP")
    return Unknown("the connection broke")


def _no_connection(error: httpcore.ConnectError) -> NotSent:
    link: BaseException | None = error
    while link is not None:
        if isinstance(link, ssl.SSLCertVerificationError):
            return NotSent(f"the certificate is not valid ({link.verify_message})", Cause.TLS)
        if isinstance(link, ssl.SSLError):
            return NotSent("what answers there does not speak TLS as we do", Cause.TLS)
        if isinstance(link, ConnectionResetError):  # which a handshake alone can come to
            return NotSent("what answers there broke it off", Cause.TLS)
        if isinstance(link, socket.gaierror):
            return NotSent(Cause.NAME.value, Cause.NAME)
        if isinstance(link, ConnectionRefusedError):
            return NotSent(Cause.REFUSED.value, Cause.REFUSED)
        if isinstance(link, BaseExceptionGroup):  # several addresses, each with its own error
            link = link.exceptions[0]
            continue
        link = link.__cause__ or link.__context__
    return NotSent(Cause.UNREACHABLE.value, Cause.UNREACHABLE)


def _wire(
    origin: str, trust: ssl.SSLContext | None, connect_timeout: float, read_timeout: float
) -> Wire:
    if trust is None and origin.startswith("https:"):
        import certifi

        trust = ssl.create_default_context(cafile=certifi.where())
    return Wire(origin, trust, connect_timeout=connect_timeout, read_timeout=read_timeout)
