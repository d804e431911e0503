"""Runs the simulator: in the foreground, or for the length of a test.

`background` starts it as a process of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import uvicorn

from store import locks
from store.errors import Busy, UsageError
from workers.sandbox.client import HOST, Sandbox
from workers.sandbox.connections import protocol_noting
from workers.sandbox.faults import Fault, parse
from workers.sandbox.files import lock_file, write_state
from workers.sandbox.gate import Gate
from workers.sandbox.modes import Modes, changed
from workers.sandbox.simulator import Simulator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence


class Idle(NamedTuple):
    """When a simulator that nobody needs any more ends by itself."""

    seconds: float
    """So long without a request,"""
    while_locked: Sequence[Path] = ()
    """and none of these files, nor any file in these folders, is locked by a living process."""

    def is_over(self, last_request: float) -> bool:
        """Whether nobody needs the simulator any more."""
        if time.monotonic() - last_request < self.seconds:
            return False
        files = (
            file
            for path in self.while_locked
            for file in (sorted(path.iterdir()) if path.is_dir() else [path])
        )
        return not any(locks.is_held(file) for file in files if not file.is_dir())


class _Server(uvicorn.Server):
    """uvicorn that says when it listens, and that returns after a signal instead of dying of it."""

    def __init__(
        self, config: uvicorn.Config, simulator: Simulator, ready: Callable[[], None]
    ) -> None:
        super().__init__(config)
        self._ready = ready
        self._simulator = simulator
        self._stop = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        simulator.stop = self.stop

    def stop(self) -> None:
        """Ends the server, from whatever thread."""
        self._loop.call_soon_threadsafe(self._stop.set)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()

    async def main_loop(self) -> None:
        # As the original, but woken when told to stop: tests start and stop many simulators.
        counter = 0
        while not await self.on_tick(counter):
            counter += 1
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), 0.1)
                self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # The original waits for clients, and a tenth of a second in any case. A simulator that
        # ends is a server that goes away: what is written goes out, who waits is cut off.
        for listener in (*self.servers, *(sockets or ())):
            listener.close()
        for transport in list(self._simulator.open_connections.values()):
            transport.close()
        tasks = list(self.server_state.tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {n: signal.signal(n, self.handle_exit) for n in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def serve(
    port: int = 0,
    path: Path | None = None,
    modes: Modes | None = None,
    faults: Sequence[Fault] = (),
    *,
    ready: Callable[[Sandbox], None] | None = None,
    state_file: Path | None = None,
    idle: Idle | None = None,
) -> None:
    """Serves until a signal comes, a control request ends it, or it has been idle long enough.

    Args:
        port: where to listen on 127.0.0.1; 0 takes a free one.
        path: the file to keep contacts and lists in; None keeps them in memory.
        modes: how to behave.
        faults: rules to begin with.
        ready: called once it listens.
        state_file: written once it listens, see `State`.
        idle: when to end by itself.

    Raises:
        Busy: another simulator has this file.
        UsageError: the port is taken.
    """
    with _lock(path):
        listener = listen(port)
        modes = modes or Modes()
        simulator = Simulator(path, modes, faults)
        sandbox = Sandbox(listener.getsockname()[1], modes.keys[0] if modes.keys else "", path)

        def announce() -> None:
            if state_file is not None:
                write_state(state_file, sandbox.port, sandbox.base_url, simulator.instance)
            if ready is not None:
                ready(sandbox)

        try:
            asyncio.run(_serve(simulator, listener, announce, idle))
        finally:
            listener.close()
            simulator.store.close()


async def _serve(
    simulator: Simulator,
    listener: socket.socket,
    ready: Callable[[], None],
    idle: Idle | None,
) -> None:
    config = uvicorn.Config(
        Gate(simulator),
        http=protocol_noting(simulator.open_connections),
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="critical",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=75,
    )
    server = _Server(config, simulator, ready)
    tasks = [asyncio.create_task(simulator.keep_committing())]
    if idle is not None:
        tasks.append(asyncio.create_task(_watch(simulator, idle)))
    try:
        await server.serve(sockets=[listener])
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _watch(simulator: Simulator, idle: Idle) -> None:
    """Ends the server when nobody needs it."""
    while not idle.is_over(simulator.last_request):  # noqa: ASYNC110 - locks cannot be awaited
        await asyncio.sleep(min(1.0, idle.seconds / 4))
    simulator.stop()


@contextlib.contextmanager
def _lock(path: Path | None) -> Iterator[None]:
    """Holds the file's lock, so that one simulator at a time has it."""
    if path is None:
        yield
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = locks.acquire(lock_file(path))
    if lock is None:
        raise Busy(
            f"Another simulator is using {path.name}.", "Stop it, or give this one another file."
        )
    try:
        yield
    finally:
        lock.release()


def listen(port: int) -> socket.socket:
    """A socket bound to loopback only: what answers here is for this machine.

    Raises:
        UsageError: the port is taken.
    """
    # asyncio sets TCP_NODELAY only where the protocol is named; without, each answer waits 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen(2048)
    except OSError as error:
        listener.close()
        raise UsageError(
            f"Port {port} cannot be used ({error.strerror}).",
            "Choose another, or 0 for a free one.",
        ) from error
    return listener


def free_port(wanted: int) -> int:
    """This port if it is free, else 0 for any."""
    try:
        listen(wanted).close()
    except UsageError:
        return 0
    return wanted


@contextlib.contextmanager
def running(
    *,
    modes: Modes | None = None,
    faults: Sequence[Fault | dict[str, object]] = (),
    folder: Path | None = None,
    process: bool = False,
    **switches: object,
) -> Iterator[Sandbox]:
    """A simulator for the length of a `with` block.

    Args:
        modes: how to behave.
        faults: rules, as `Fault` or as plain data.
        folder: where to keep `sandbox.db`; without, contacts are kept in memory.
        process: whether it is a process of its own, or a thread of this one, which starts quicker.
        **switches: single modes, such as `rate=0`.
    """
    modes = changed(modes or Modes(), switches)
    rules = parse(msgspec.to_builtins(faults))
    with contextlib.ExitStack() as stack:
        if process:
            from workers.sandbox import background

            folder = folder or Path(stack.enter_context(tempfile.TemporaryDirectory()))
            sandbox = background.start(folder, modes=modes, faults=rules)
            stack.callback(background.stop, folder)
            yield sandbox
            return
        path = folder / "sandbox.db" if folder else None
        stack.enter_context(_lock(path))
        listener = stack.enter_context(listen(0))
        simulator = Simulator(path, modes, rules)
        stack.callback(simulator.store.close)
        listening = threading.Event()
        thread = threading.Thread(
            target=asyncio.run,
            args=[_serve(simulator, listener, listening.set, None)],
            name="sandbox",
        )
        thread.start()
        stack.callback(thread.join)
        listening.wait(10)
        stack.callback(simulator.stop)
        yield Sandbox(listener.getsockname()[1], modes.keys[0] if modes.keys else "", path)
