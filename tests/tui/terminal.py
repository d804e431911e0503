"""A terminal of its own for a process: what it wrote, byte by byte, and a keyboard."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
START = (
    "import sys; sys.path.insert(0, sys.argv[1])\n"
    "from pathlib import Path; from store.workspace import find; from tui.launch import run_app\n"
    "run_app(find(Path(sys.argv[2])))"
)


class Terminal:
    """A pseudo terminal with a process in it.

    Args:
        root: the workspace, and the process's home.
        start: what the process runs; gets the checkout, the workspace and `more` as arguments.
        size: lines and columns.
        more: further arguments.
        environ: further variables.
    """

    def __init__(self, root, start=START, size=(24, 80), more=(), **environ):
        self.ours, theirs = pty.openpty()
        self.size = size
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", *size, 0, 0))
        told = {"PATH": os.environ["PATH"], "HOME": str(root), "TERM": "xterm-256color"}
        self.process = subprocess.Popen(
            [sys.executable, "-c", start, str(ROOT), str(root), *more],
            stdin=theirs, stdout=theirs, stderr=theirs, env=told | environ,
            start_new_session=True,
        )  # fmt: skip
        os.close(theirs)
        self.told = b""

    def read(self, seconds, until=None):
        """What arrives within so many seconds, or until `until` does."""
        got = b""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0 and not (until and until in got):
            if select.select([self.ours], [], [], left)[0]:
                try:
                    got += os.read(self.ours, 65536)
                except OSError:
                    break
        self.told += got
        return got

    def quiet(self, seconds=0.7, tries=20):
        """Read until nothing has come for so long."""
        for _ in range(tries):
            if not self.read(seconds):
                return
        raise AssertionError("it never came to rest")

    def press(self, keys):
        """Type."""
        os.write(self.ours, keys)

    def close(self):
        """Kill what runs in it."""
        self.process.kill()
        self.process.wait()
        os.close(self.ours)
