"""The one place that talks to the network.

Every request takes a turn, then a slot of the pacer, then asks `before_send`, and only then
leaves. An `httpx` transport is called directly instead of a client: nothing then follows a
redirect, keeps a cookie, reads proxy settings from the environment or logs an address, and a
request costs a tenth less.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
import socket
import ssl
from collections.abc import Generator
from typing import Final, Protocol

# For its effect on httpx, and therefore before it.
import workers.destinations.lean  # noqa: F401 # isort: skip

import httpx

from store.keys.key import Key
from workers.destinations.address import api_root, origin_of
from workers.destinations.answers import Answer
from workers.destinations.base import BeforeSend, Cause, Halted, NotSent, Unknown
from workers.destinations.wire import Wire

Exchange = Answer | NotSent | Unknown

DEADLINE: Final = 90.0
LARGEST_ANSWER: Final = 8 * 1024 * 1024
LARGEST_COMPLAINT: Final = 64 * 1024

# Below WARNING they log whole addresses, which hold people's emails, and headers, with the key.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)


class Slots(Protocol):
    """What a pacer is to the network."""

    async def slot(self) -> float:
        """Wait for the next moment to send."""

    def penalise(self, seconds: float | None) -> None:
        """Hear that the service found us too fast."""


class KeyHeader(httpx.Auth):
    """Puts the key into a request; the one place outside its store where it is revealed."""

    def __init__(self, name: str, key: Key) -> None:
        self._name = name
        self._key = key

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Add the header to a request for the origin that the key belongs to."""
        request.headers[self._name] = self._key.reveal()
        yield request

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
        self._root = api_root(base_url)
        self._auth = auth
        self._pacer = pacer
        self._deadline = deadline
        self._turns = asyncio.Semaphore(in_flight)
        self._wire = _wire(self.origin, trust, connect_timeout, read_timeout)
        self._urls: dict[str, httpx.URL] = {}
        self._headers = httpx.Headers(
            {
                "Host": self.origin.partition("//")[2],
                "Accept": "application/json",
                "Accept-Encoding": "identity",
                "Content-Type": "application/json",
                "User-Agent": "segport",
            }
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
            request = self._request(method, path, body)
            await self._pacer.slot()
            if not await self._may_send():
                return Halted()
            try:
                async with asyncio.timeout(self._deadline):
                    return await self._exchange(request)
            except TimeoutError:
                return Unknown(f"no full answer within {self._deadline:g} s")
            except httpx.TransportError as error:
                return trouble_of(error)

    def _request(self, method: str, path: str, body: bytes | None) -> httpx.Request:
        url = self._urls.get(path)
        if url is None:
            url = httpx.URL(self._root + path)
            if body is not None and len(self._urls) < 100:
                self._urls[path] = url
        request = httpx.Request(method, url, headers=self._headers, content=body)
        return next(self._auth.auth_flow(request))

    async def _may_send(self) -> bool:
        if self.before_send is None:
            return True
        said = self.before_send()
        return await said if inspect.isawaitable(said) else said

    async def _exchange(self, request: httpx.Request) -> Answer:
        response = await self._wire.handle_async_request(request)
        try:
            body, flaw = await _read(response)
        finally:
            await response.aclose()
        if response.status_code < 300:
            return Answer(response.status_code, body, flaw)
        headers = response.headers
        location = headers.get("location")
        return Answer(
            response.status_code,
            self._auth.masked(body),
            flaw,
            headers.get("retry-after"),
            location and self._auth.masked(location.encode()).decode(),
        )


async def _read(response: httpx.Response) -> tuple[bytes, str]:
    """The body up to a limit, and why it cannot be relied upon, if so."""
    if response.headers.get("content-encoding", "identity").strip().lower() != "identity":
        # We asked for none; unpacking could make gigabytes of kilobytes.
        return b"", "the answer is compressed"
    most = LARGEST_ANSWER if response.status_code < 300 else LARGEST_COMPLAINT
    parts: list[bytes] = []
    size = 0
    assert isinstance(response.stream, httpx.AsyncByteStream)
    async for part in response.stream:
        size += len(part)
        parts.append(part)
        if size > most:
            return b"".join(parts)[:most], f"the answer is longer than {most // 1024} KB"
    return b"".join(parts), ""


def trouble_of(error: httpx.TransportError) -> NotSent | Unknown:
    """Tell what surely never left from what may have arrived."""
    if isinstance(error, httpx.ConnectTimeout):
        return NotSent("no connection in time", Cause.SILENT)
    if isinstance(error, httpx.ConnectError):
        return _no_connection(error)
    if isinstance(error, httpx.TimeoutException):
        return Unknown("no answer in time")
    if isinstance(error, httpx.RemoteProtocolError):
        return Unknown("the connection ended before the answer did, or the answer is not HTTP")
    return Unknown("the connection broke")


def _no_connection(error: httpx.ConnectError) -> NotSent:
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
        trust = httpx.create_ssl_context(trust_env=False)
    return Wire(origin, trust, connect_timeout=connect_timeout, read_timeout=read_timeout)
