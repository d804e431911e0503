"""Everything one running simulator has: its store, modes, faults and record."""

from __future__ import annotations

import asyncio
import time
import uuid
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from workers.sandbox.answers import Refused, bad_request, restify
from workers.sandbox.faults import Fault, Faults
from workers.sandbox.modes import Modes, changed
from workers.sandbox.record import Record, Visit
from workers.sandbox.store import Store
from workers.sandbox.throttle import Throttle
from workers.sandbox.values import FieldNames

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

COMMIT_EVERY = 0.5


class Simulator:
    """The state that all requests share. One event loop uses it, one request at a time."""

    def __init__(self, path: Path | None, modes: Modes, faults: Sequence[Fault] = ()) -> None:
        self.path = path
        self.store = Store(path)
        self.record = Record()
        self.throttle = Throttle()
        self.faults = Faults(faults)
        self.names = FieldNames()
        self.instance = uuid.uuid4().hex
        self.started = self.last_request = time.monotonic()
        self.open_connections: dict[object, asyncio.Transport] = {}
        self.stop: Callable[[], None] = lambda: None
        """Ends the server, from whatever thread; set by who serves."""
        self.modes = modes
        self.store.add_fields(dict(modes.declared))

    def change_modes(self, patch: dict[str, object]) -> None:
        """Replaces some modes; a changed rate starts with full buckets."""
        before, self.modes = self.modes, changed(self.modes, patch)
        if (before.rate, before.capacity) != (self.modes.rate, self.modes.capacity):
            self.throttle.reset()
        self.store.add_fields(dict(self.modes.declared))

    async def keep_committing(self) -> None:
        """Makes writes visible to other processes, several times a second."""
        while True:
            await asyncio.sleep(COMMIT_EVERY)
            self.store.commit()


class Call(NamedTuple):
    """One request, as a handler sees it."""

    simulator: Simulator
    method: str
    path: str
    params: dict[str, str]
    body: bytes
    visit: Visit
    fault: Fault | None

    @property
    def modes(self) -> Modes:
        """The modes of the moment."""
        return self.simulator.modes

    @property
    def store(self) -> Store:
        """What the simulator holds."""
        return self.simulator.store

    def json(self) -> dict[str, Any]:
        """The body as a JSON object.

        Raises:
            Refused: it is not one.
        """
        try:
            payload = msgspec.json.decode(self.body)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            text = f"Invalid JSON: {error}"
            raise Refused(restify(400, "InvalidContent", text)) from None
        if not isinstance(payload, dict):
            raise bad_request("Invalid request body provided.")
        return payload
