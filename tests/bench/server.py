"""A server that costs next to nothing, so that a client is what is measured.

One asyncio protocol in a process of its own. It answers what a run asks of Autopilot, keeps nothing,
has no limit, and vouches for every address of a bulk call, in the order in which they came. The
simulator does far more for a request; beside it, the simulator would be measured.
"""

from __future__ import annotations

import asyncio
import gc
import json
import re
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_ADDRESS = re.compile(rb'"Email": ?("[^"\\]*")')
_READY = b"listening\n"
KEY = "bench-key"


@dataclass(frozen=True)
class Seen:
    """What reached the server since it was last asked: bulk calls, and the contacts in them."""

    requests: int
    contacts: int


class _Line(asyncio.Protocol):
    """One connection. A client that sends its next request before the answer is not served."""

    requests = 0
    contacts = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self.transport = transport
        self.waiting = bytearray()
        self.due = 0

    def data_received(self, data: bytes) -> None:
        self.waiting += data
        if not self.due:
            end = self.waiting.find(b"\r\n\r\n")
            if end < 0:
                return
            length = _LENGTH.search(self.waiting, 0, end)
            self.due = end + 4 + (int(length[1]) if length else 0)
        if len(self.waiting) >= self.due:
            whole, self.waiting, self.due = bytes(self.waiting), bytearray(), 0
            self._answer(whole)

    def _answer(self, request: bytes) -> None:
        method, path, _ = request[: request.index(b"\r\n")].split(b" ")
        body = _body(method, path.removeprefix(b"/v1"), request)
        self.transport.write(
            b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s"
            % (len(body), body)
        )


def _body(method: bytes, path: bytes, request: bytes) -> bytes:
    if (method, path) == (b"POST", b"/contacts"):
        found = _ADDRESS.findall(request)
        _Line.requests += 1
        _Line.contacts += len(found)
        return b'{"contact_ids":[],"email_contact_map":{%s}}' % b",".join(
            b'%s:"person_%d"' % (address, n) for n, address in enumerate(found)
        )
    if path == b"/seen":
        counts = (_Line.requests, _Line.contacts)
        _Line.requests = _Line.contacts = 0
        return json.dumps(counts).encode()
    return _OTHERS.get(path, b'{"total_contacts":0,"contacts":[]}')


_OTHERS = {
    b"/account": b'{"instanceId":"bench","fullName":"Bench","email":"bench@example.com"}',
    b"/lists": b'{"lists":[{"list_id":"contactlist_bench","title":"everyone"}]}',
    b"/contacts/custom_fields": b'[{"name":"NPS","fieldType":"integer"}]',
}


class Server:
    """A running server."""

    def __init__(self, port: int) -> None:
        self.base_url = f"http://127.0.0.1:{port}"

    def seen(self) -> Seen:
        """What came in since this was last asked."""
        with urllib.request.urlopen(f"{self.base_url}/seen") as answer:
            return Seen(*json.load(answer))


@contextmanager
def running() -> Iterator[Server]:
    """Start the server in a process of its own."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        process = subprocess.Popen(
            [sys.executable, __file__, str(listening.fileno())],
            pass_fds=(listening.fileno(),),
            stdout=subprocess.PIPE,
        )
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == _READY
            yield Server(listening.getsockname()[1])
        finally:
            process.kill()
            process.communicate()


async def _serve(descriptor: int) -> None:
    gc.disable()
    server = await asyncio.get_running_loop().create_server(
        _Line, sock=socket.socket(fileno=descriptor)
    )
    sys.stdout.buffer.write(_READY)
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
