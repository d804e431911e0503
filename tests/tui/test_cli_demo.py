"""`segport demo`: everything on sample data, and nothing left behind but its folder."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

from store.workspace import open_workspace
from workers.actions import runs
from workers.actions.desk import sit_down
from workers.sandbox import background

ROOT = Path(__file__).parents[2]


@pytest.fixture
def environ(tmp_path) -> dict[str, str]:
    found = {**os.environ, "PYTHONPATH": str(ROOT), "XDG_STATE_HOME": str(tmp_path / "state")}
    found.pop("SEGPORT_NO_KEYRING", None)
    found.pop("SEGPORT_WORKSPACE", None)
    return found


def demo(environ, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tui.cli", "demo", *arguments],
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=120,
        check=False,
    )


def test_without_a_terminal_it_is_one_run_as_text_and_can_be_repeated(environ, tmp_path):
    first = demo(environ)
    # The sample holds an address that the service refuses, to show what that looks like.
    assert "rejected 1" in first.stdout
    assert first.returncode == 0, first.stdout + first.stderr
    rows, contacts, excluded, merged = (
        int(number.replace(",", ""))
        for number in re.search(
            r"rows ([\d,]+) = contacts ([\d,]+) \+ excluded ([\d,]+) \+ merged ([\d,]+)",
            first.stdout,
        ).groups()
    )
    assert rows == contacts + excluded + merged
    assert excluded
    assert merged
    [folder] = (tmp_path / "state").iterdir()
    assert background.find(folder / ".segport" / "sandbox") is None
    assert list((folder / ".segport" / "secrets").glob("simulator.toml"))

    again = demo(environ)
    assert again.returncode == 0
    assert "add 1 " in again.stdout
    assert [path.name for path in (tmp_path / "state").iterdir()] == [folder.name]


def test_it_leaves_a_workspace_and_a_full_folder_alone(environ, tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").touch()
    assert demo(environ, "--headless", "--folder", str(tmp_path / "full")).returncode == 2
    (tmp_path / "full" / "segport.toml").touch()
    assert demo(environ, "--headless", "--folder", str(tmp_path / "full")).returncode == 2
    assert {path.name for path in (tmp_path / "full").iterdir()} == {"mine.txt", "segport.toml"}


def test_on_a_terminal_it_opens_the_app_and_the_simulator_outlives_it(environ, tmp_path):
    folder = tmp_path / "demo"
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(ROOT)
        arguments = [sys.executable, "-m", "tui.cli", "demo", "--folder", str(folder)]
        os.execve(sys.executable, arguments, environ | {"TERM": "xterm-256color"})
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    try:
        assert b"Newsletter" in until(terminal, b"Newsletter")
        simulator = folder / ".segport" / "sandbox"
        assert background.find(simulator) is not None
        desk = sit_down(open_workspace(folder), "command line")
        for _ in range(200):
            until(terminal, b"nothing that it writes", seconds=0.2)
            if not any(run.active for run in runs.history(desk)):
                break
        os.write(terminal, b"\x11")
        assert b"stays in" in until(terminal, b"stays in")
        assert background.find(simulator) is not None
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(terminal)
        background.stop(folder / ".segport" / "sandbox")


def until(terminal: int, wanted: bytes, seconds: float = 40) -> bytes:
    """What is written to the terminal, until it holds `wanted`."""
    seen = b""
    deadline = time.monotonic() + seconds
    while wanted not in seen and time.monotonic() < deadline:
        if select.select([terminal], [], [], 0.2)[0]:
            try:
                seen += os.read(terminal, 65536)
            except OSError:
                break
    return seen
