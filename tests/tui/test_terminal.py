"""What really goes over the line: the app in a terminal of its own, read byte by byte."""

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

import pytest

ROOT = Path(__file__).parents[2]
START = (
    "import sys; sys.path.insert(0, sys.argv[1])\n"
    "from pathlib import Path; from store.workspace import find; from tui.launch import run_app\n"
    "run_app(find(Path(sys.argv[2])))"
)


class Terminal:
    def __init__(self, root):
        self.ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        environ = {"PATH": os.environ["PATH"], "HOME": str(root), "TERM": "xterm-256color"}
        self.process = subprocess.Popen(
            [sys.executable, "-c", START, str(ROOT), str(root)],
            stdin=theirs, stdout=theirs, stderr=theirs, env=environ, start_new_session=True,
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
        os.write(self.ours, keys)

    def close(self):
        self.process.kill()
        self.process.wait()
        os.close(self.ours)


@pytest.fixture
def terminal(workspace):
    name = "a\x1b]52;c;aGVsbG8=\x07b"
    (workspace.segments_folder / f"{name}.jsonl").write_text(
        '{"email": "x\\u001b]52;c;aGVsbG8=\\u0007y@example.com", "n\\u001b[31m": "\\u009b2J"}\n'
    )
    opened = Terminal(workspace.root)
    yield opened
    opened.close()


def test_an_app_whose_terminal_is_gone_ends(terminal):
    """No signal comes: the app has no controlling terminal here, as behind some SSH set-ups."""
    assert b"Exports" in terminal.read(20, until=b"Exports")
    os.close(terminal.ours)
    assert terminal.process.wait(10) == 0
    terminal.ours = os.open(os.devnull, os.O_RDONLY)


def test_an_idle_app_sends_nothing_and_a_hostile_segment_acts_on_nothing(terminal):
    assert b"Exports" in terminal.read(20, until=b"Exports")
    terminal.quiet()
    assert terminal.read(1.5) == b""
    terminal.press(b"3")
    terminal.read(5, until=b"a\xe2\x90\x9b]52")
    terminal.press(b"\r")
    terminal.read(5, until=b"x***")
    terminal.press(b"v")  # in clear, which is where a value could act
    terminal.read(5, until=b"x\xe2\x90\x9b]52")
    terminal.quiet()
    assert "x␛]52;c;aGVsbG8=␇y@".encode() in terminal.told
    assert b"\x1b]52" not in terminal.told
    assert b"\xc2\x9b" not in terminal.told
    terminal.press(b"\x1b")
    terminal.read(1)
    terminal.press(b"q")
    assert terminal.process.wait(5) == 0
