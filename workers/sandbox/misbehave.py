"""What a fault does to an answer, down to the connection itself."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import socket
import struct
import time
from email.utils import formatdate
from typing import TYPE_CHECKING, NamedTuple

from workers.sandbox.answers import HTML_PAGE, JSON, Answer, problem

if TYPE_CHECKING:
    from starlette.types import Receive, Send

    from workers.sandbox.faults import Fault
    from workers.sandbox.record import Visit


async def deliver(answer: Answer, send: Send) -> None:
    """Sends a whole answer."""
    await send(
        {"type": "http.response.start", "status": answer.status, "headers": answer.raw_headers()}
    )
    await send({"type": "http.response.body", "body": answer.body})


class Line(NamedTuple):
    """One request's way back to who sent it."""

    visit: Visit
    transport: asyncio.Transport | None
    receive: Receive
    send: Send

    async def gone(self) -> None:
        """Until the connection is no more."""
        while (await self.receive())["type"] != "http.disconnect":
            pass

    async def close(self) -> None:
        """Closes the connection, after what was sent on it."""
        if self.transport is not None:
            self.transport.close()
        await self.gone()

    async def reset(self) -> None:
        """Drops the connection."""
        if self.transport is not None:
            # Lingering for zero seconds makes the kernel send RST in place of FIN.
            linger = struct.pack("ii", 1, 0)
            raw = self.transport.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.transport.abort()
        await self.gone()

    async def start(self, answer: Answer) -> None:
        """Sends status and headers, which announce the whole body."""
        self.visit.status = answer.status
        headers = answer.raw_headers()
        await self.send(
            {"type": "http.response.start", "status": answer.status, "headers": headers}
        )

    async def part(self, body: bytes, *, more: bool = True) -> None:
        """Sends a part of the body."""
        await self.send({"type": "http.response.body", "body": body, "more_body": more})

    async def whole(self, answer: Answer) -> None:
        """Sends all of an answer."""
        await self.start(answer)
        await self.part(answer.body, more=False)


async def misbehave(fault: Fault, answer: Answer | None, line: Line) -> None:
    """Answers, or does not, as the rule says. `answer` is what the work came to, if it was done."""
    served = answer or _error(fault)
    match fault.action:
        case "hang":
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(fault.seconds):
                    await line.gone()
            await line.close()
        case "close":
            await line.close()
        case "reset":
            await line.reset()
        case "cut":
            await line.start(served)
            await line.part(served.body[: _half(fault, served)])
            await line.close()
        case "drip":
            await line.start(served)
            for n in range(len(served.body)):
                await line.part(served.body[n : n + 1])
                await asyncio.sleep(fault.seconds)
            await line.part(b"", more=False)
        case "delay":
            await asyncio.sleep(fault.seconds)
            await line.whole(served)
        case "reverse" | "extra":
            await line.whole(served)
        case _:
            await line.whole(_made_up(fault, served))


def _made_up(fault: Fault, answer: Answer) -> Answer:
    """The answer of the actions that replace it by another one."""
    match fault.action:
        case "redirect":
            status = fault.status if fault.status and 300 <= fault.status < 400 else 307
            return Answer(status, b"", headers=(("Location", fault.location),))
        case "truncate":
            return answer._replace(body=answer.body[: _half(fault, answer)])
        case "huge":
            size = fault.bytes or 10_000_000
            return Answer(200, b'{"contact_ids":["' + b"x" * size + b'"]}')
        case "bomb":
            body = gzip.compress(b" " * (fault.bytes or 100_000_000), compresslevel=9)
            return Answer(200, body, headers=(("Content-Encoding", "gzip"),))
        case _:
            return _error(fault)


def _error(fault: Fault) -> Answer:
    """The answer that `status`, `body` and `retry_after` ask for."""
    status = fault.status or 503
    bodies = {"empty": (b"", JSON), "html": (HTML_PAGE, "text/html; charset=utf-8")}
    if fault.body == "json":
        answer = problem(status, fault.message)
    else:
        answer = Answer(status, *bodies.get(fault.body, (fault.body.encode(), JSON)))
    if fault.content_type:
        answer = answer._replace(content_type=fault.content_type)
    if fault.retry_after is not None:
        kind, colon, seconds = fault.retry_after.partition(":")
        value = fault.retry_after
        if kind == "date" and colon:
            value = formatdate(time.time() + float(seconds), usegmt=True)
        answer = answer._replace(headers=(("Retry-After", value),))
    return answer


def _half(fault: Fault, answer: Answer) -> int:
    return fault.bytes if fault.bytes is not None else len(answer.body) // 2
