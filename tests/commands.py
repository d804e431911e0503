"""`segport` in a process of its own, which has its imports behind it."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path

from tests.forking import ROOT, Order, forker
from workers import seams


def segport(
    *arguments: str,
    env: dict[str, str] | None = None,
    typed: str = "",
    cwd: Path = ROOT,
    timeout: float = 90,
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end.

    Args:
        arguments: what follows `segport`.
        env: all of its environment; this process's without the keyring, unless told otherwise.
        typed: its standard input, which is no terminal.
        cwd: the folder that it runs in.
        timeout: in seconds, after which it is killed.

    Raises:
        subprocess.TimeoutExpired: it did not end in time.
    """
    environ = os.environ | {"SEGPORT_NO_KEYRING": "1"} if env is None else env
    assert not environ.get(seams.VARIABLE), "a seam is read when it is imported: start Python"
    order = Order("tui.cli", [*arguments], environ, str(cwd), [0, 1, 2], follow=True)
    # Files, since nobody reads a pipe while the end is waited for.
    with (
        tempfile.TemporaryFile() as given,
        tempfile.TemporaryFile() as out,
        tempfile.TemporaryFile() as error,
    ):
        given.write(typed.encode())
        given.seek(0)
        files = [each.fileno() for each in (given, out, error)]
        code = forker("tui.cli").follow(order, files, timeout)
        told = []
        for each in (out, error):
            each.seek(0)
            told.append(each.read().decode())
    return subprocess.CompletedProcess(["segport", *arguments], code, *told)
