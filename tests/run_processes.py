"""Runs that tests start in this process; in those that commands start, Python starts as it does for people."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Final

from tests.forking import Order, forker
from workers import isolated, seams

# Before a test has another one.
_USUAL: Final = isolated.command("workers.run")


class RunProcess:
    """A run's process, as `workers.launch` sees what it has started."""

    def __init__(self, process: int) -> None:
        self.pid = process
        self.stdin = None

    def poll(self) -> None:
        """Whoever forked it waits for it."""


def start(command: list[str], **options):
    """In place of `Popen`: a fork, where nothing is asked for that a fork has not."""
    plain = (
        command[: len(_USUAL)] == _USUAL
        and options["stdin"] is subprocess.DEVNULL
        # It is read when it is imported.
        and not options["env"].get(seams.VARIABLE)
    )
    if not plain:
        return subprocess.Popen(command, **options)
    (lock,) = options["pass_fds"]
    order = Order(
        "workers.run", command[len(_USUAL) :], options["env"], options["cwd"], [0, 1, 2, lock],
        follow=False,
    )  # fmt: skip
    with Path(os.devnull).open("rb") as nothing:
        files = [nothing.fileno(), options["stdout"], options["stderr"], lock]
        return RunProcess(forker("workers.run").begin(order, files))
