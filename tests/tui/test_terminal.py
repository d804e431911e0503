"""What really goes over the line: the app in a terminal of its own, read byte by byte."""

from __future__ import annotations

import os
import time

import pytest

from tests.tui.terminal import Terminal


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


def test_an_app_whose_terminal_is_gone_ends_however_much_it_has_to_write(terminal):
    assert b"Exports" in terminal.read(20, until=b"Exports")
    # What nobody reads fills the line, and then what Textual keeps for it.
    for _ in range(40):
        terminal.press(b"1234?\x1b")
    time.sleep(1)
    os.close(terminal.ours)
    assert terminal.process.wait(15) == 0
    terminal.ours = os.open(os.devnull, os.O_RDONLY)


def test_the_first_frame_is_whole(terminal):
    terminal.read(20, until=b"Help")
    assert b"Exports" in terminal.told[: terminal.told.index(b"Help")]


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
