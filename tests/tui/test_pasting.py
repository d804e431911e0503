"""A paste is text, whatever is in it and however it comes."""

from __future__ import annotations

import pytest
from textual import events

from tests.tui.terminal import Terminal
from tui.pasting import PlainPastes

ODD = "r\x1b[31my\x1b]52;c;Zm8=\x07\nn\x1b"


def told(parts):
    parser = PlainPastes()
    return [
        each.text if isinstance(each, events.Paste) else each.key
        for part in parts
        for each in parser.feed(part)
    ]


@pytest.mark.parametrize("size", range(1, 12))
def test_a_paste_with_escapes_is_one_paste_in_whatever_pieces_it_comes(size):
    typed = f"a\x1b[200~{ODD}\x1b[201~b\x1b[A\x1b[200~plain\x1b[201~c"
    parts = [typed[n : n + size] for n in range(0, len(typed), size)]
    assert told(parts) == ["a", ODD.replace("\x1b", ""), "b", "up", "plain", "c"]


def test_keys_come_at_once_and_escape_is_one():
    parser = PlainPastes()
    assert [each.key for each in parser.feed("\x1b[B")] == ["down"]
    assert not list(parser.feed("\x1b"))
    parser.feed("")
    assert told(["x", "\x1b[20~"]) == ["x", "f9"]


def test_what_is_pasted_over_a_list_presses_no_key(workspace):
    terminal = Terminal(workspace.root)
    try:
        terminal.read(20, until=b"Help")
        terminal.quiet()
        terminal.press(b"\x1b[200~4\x1b[31m3\x1b[201~")
        terminal.quiet()
        assert b"[1 Exports]" in terminal.told
        assert b"[3 Segments]" not in terminal.told
        assert b"[4 Runs]" not in terminal.told
    finally:
        terminal.close()
