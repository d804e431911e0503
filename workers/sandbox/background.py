"""The simulator as a process of its own, which outlives the one that started it."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from store import locks
from store.errors import SegportError
from workers import isolated
from workers.sandbox.client import NotAnswering, Sandbox
from workers.sandbox.files import State, lock_file
from workers.sandbox.modes import Modes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workers.sandbox.faults import Fault

START_WITHIN = 20.0
END_WITHIN = 10.0


def data_file(folder: Path) -> Path:
    """Where a simulator started in this folder keeps its contacts and lists."""
    return folder / "sandbox.db"


def find(folder: Path, modes: Modes | None = None) -> Sandbox | None:
    """The simulator that is running in this folder, if there is one."""
    file, state = data_file(folder), _state(folder)
    if state is None or not locks.is_held(lock_file(file)):
        return None
    keys = (modes or _modes(folder)).keys
    sandbox = Sandbox(state.port, keys[0] if keys else "", file)
    try:
        answers = sandbox.summary()["instance"] == state.instance
    except (NotAnswering, ValueError, KeyError, TypeError):
        return None
    return sandbox if answers else None


def start(
    folder: Path,
    *,
    modes: Modes | None = None,
    faults: Sequence[Fault] = (),
    until_idle: float | None = None,
    while_locked: Sequence[Path] = (),
) -> Sandbox:
    """Starts a simulator in this folder, or returns the one that is running there.

    It listens on the port it had the last time if that is free, so that connections made to it
    stay good.

    Args:
        folder: holds its file, its state, its modes and what it prints.
        modes: how to behave; those of the last time if not given.
        faults: rules to begin with.
        until_idle: end after so many seconds without a request,
        while_locked: once none of these files, nor a file in these folders, is locked.

    Raises:
        SegportError: it did not start.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = find(folder)
    if found is not None:
        return found
    # It holds whoever was sent to it: nobody else's to read, like all that is kept beside it.
    folder.chmod(0o700)
    if modes is not None:
        _private(folder / "modes.json").write_bytes(msgspec.json.encode(modes))
    _private(folder / "faults.json").write_bytes(msgspec.json.encode(list(faults)))
    arguments = _arguments(folder, until_idle, while_locked)
    with _private(folder / "output.txt").open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - this very Python, and this very package
            isolated.command("workers.sandbox", *arguments),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            umask=0o077,
            cwd="/",
        )
    return _wait(folder, process)


def _private(path: Path) -> Path:
    path.touch(mode=0o600)
    path.chmod(0o600)
    return path


def _arguments(folder: Path, until_idle: float | None, while_locked: Sequence[Path]) -> list[str]:
    folder = folder.absolute()
    arguments = ["--file", str(data_file(folder)), "--state", str(folder / "state.json")]
    arguments += ["--faults", str(folder / "faults.json")]
    if (folder / "modes.json").exists():
        arguments += ["--modes", str(folder / "modes.json")]
    last = _state(folder)
    if last is not None:
        arguments += ["--prefer-port", str(last.port)]
    if until_idle is not None:
        arguments += ["--until-idle", str(until_idle)]
        for path in while_locked:
            arguments += ["--while-locked", str(path.absolute())]
    return arguments


def _wait(folder: Path, process: subprocess.Popen[bytes]) -> Sandbox:
    """Until it listens; if another process was quicker to start one, that one is as good."""
    deadline = time.monotonic() + START_WITHIN
    while time.monotonic() < deadline:
        ended = process.poll() is not None
        found = find(folder)
        if found is not None:
            return found
        if ended and process.returncode != 75:
            break
        time.sleep(0.02)
    raise SegportError(
        "The simulator did not start.", f"What it printed is in {folder / 'output.txt'}."
    )


def stop(folder: Path) -> bool:
    """Ends the simulator of this folder, and waits until it has let go; False if there was none."""
    sandbox = find(folder)
    if sandbox is None:
        return False
    file = data_file(folder)
    sandbox.stop()
    deadline = time.monotonic() + END_WITHIN
    while locks.is_held(lock_file(file)) and time.monotonic() < deadline:
        time.sleep(0.02)
    return True


def _state(folder: Path) -> State | None:
    try:
        return msgspec.json.decode((folder / "state.json").read_bytes(), type=State)
    except (FileNotFoundError, msgspec.MsgspecError):
        return None


def _modes(folder: Path) -> Modes:
    try:
        return msgspec.json.decode((folder / "modes.json").read_bytes(), type=Modes)
    except (FileNotFoundError, msgspec.MsgspecError):
        return Modes()
