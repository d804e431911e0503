from __future__ import annotations

import subprocess
import sys

from tui.launch import prepare


def test_textual_obeys_only_what_belongs_to_the_terminal():
    environ = {
        "TEXTUAL_PRESS": "r,y",
        "TEXTUAL_LOG": "/tmp/x",
        "TEXTUAL_DRIVER": "os:system",
        "TEXTUAL": "devtools",
        "TEXTUAL_SCREENSHOT": "1",
        "TEXTUAL_THEME": "no such theme",
        "TEXTUAL_FPS": "30",
        "HOME": "/root",
    }
    prepare(environ)
    assert environ == {"TEXTUAL_FPS": "30", "HOME": "/root"}


def test_ssh_is_quiet_and_the_operator_wins():
    environ = {"SSH_CONNECTION": "x", "TEXTUAL_FPS": "30", "COLORTERM": "truecolor"}
    prepare(environ)
    assert environ["TEXTUAL_FPS"] == "30"
    assert environ["TEXTUAL_ANIMATIONS"] == "none"


def test_the_app_is_imported_without_what_is_heavy():
    code = "import sys, tui.app; print(sorted({'httpx', 'duckdb', 'keyring'} & set(sys.modules)))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


def test_text_and_launch_import_no_textual():
    code = (
        "import sys, tui.text, tui.launch; print('textual' in sys.modules, 'rich' in sys.modules)"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["False", "False"]
