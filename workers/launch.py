"""Starts a run as a process of its own, which outlives the terminal, the app and the SSH session."""

from __future__ import annotations

import os
from subprocess import DEVNULL, PIPE, Popen
from typing import TYPE_CHECKING, Final

from store import locks
from store.errors import StorageError
from workers import isolated, seams

if TYPE_CHECKING:
    from pathlib import Path

    from store.keys.secrets import Key
    from store.workspace import Workspace

_PASSED_ON: Final = (
    "PATH", "HOME", "LANG", "LC_ALL", "TZ", "XDG_CONFIG_HOME", "XDG_CONFIG_DIRS", "XDG_RUNTIME_DIR",
    "DBUS_SESSION_BUS_ADDRESS", "CREDENTIALS_DIRECTORY", "SEGPORT_NO_KEYRING", "SSL_CERT_FILE",
    "SSL_CERT_DIR", seams.VARIABLE,
)  # fmt: skip


def lock_path(workspace: Workspace, run_id: int) -> Path:
    """The lock that a run holds exactly while its process lives."""
    return workspace.locks_folder / f"run-{run_id}.lock"


def start(workspace: Workspace, run_id: int, lock: locks.Lock, key: Key | None) -> None:
    """Start the process of a run and hand it the lock that this process holds for it.

    Args:
        workspace: where the run is.
        run_id: which one.
        lock: held already, so that there is no moment in which the run looks dead.
        key: a key that only this process has, from its environment; handed over through a pipe.
    """
    command = isolated.command(
        "workers.run", str(workspace.root), str(run_id), str(lock.descriptor)
    )
    if key is not None:
        command.append("--key-on-stdin")
    folder = workspace.run_folder(run_id)
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        output = os.open(
            folder / "output.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600
        )
        try:
            process = Popen(  # noqa: S603 - our own interpreter and module
                command,
                stdin=DEVNULL if key is None else PIPE,
                stdout=output,
                stderr=output,
                pass_fds=(lock.descriptor,),
                start_new_session=True,
                cwd="/",
                env={name: os.environ[name] for name in _PASSED_ON if name in os.environ},
            )
        finally:
            os.close(output)
        if key is not None and process.stdin is not None:
            with process.stdin as pipe:
                pipe.write(key.reveal().encode())
    except OSError as error:
        raise StorageError(
            f"The process of run {run_id} cannot be started ({error.strerror}).",
            "Look at the permissions of .segport, and at this machine's memory and free space.",
        ) from error
    # It signs too; but until then whoever looks finds it here, and nobody who held the lock before.
    lock.sign(process.pid)
    lock.release()
    # The child is nobody's to wait for: reaping it later keeps it from staying a zombie of the app.
    _children.append(process)
    _children[:] = [child for child in _children if child.poll() is None]


_children: list[Popen[bytes]] = []
