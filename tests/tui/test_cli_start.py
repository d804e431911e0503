"""The command line as a process: what it imports, how it ends, what it lets through."""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.tui.terminal import Terminal

ROOT = Path(__file__).parents[2]
HEAVY = ("duckdb", "httpx", "textual", "keyring", "starlette", "uvicorn", "msgspec", "tomlkit")


def segport(*arguments: str, cwd: Path = ROOT, **options) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "SEGPORT_NO_KEYRING": "1"}
    environ.pop("SEGPORT_WORKSPACE", None)
    return subprocess.run(
        [sys.executable, "-m", "tui.cli", *arguments],
        cwd=cwd,
        env=environ | options.pop("env", {}),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        stdin=options.pop("stdin", subprocess.DEVNULL),
        **options,
    )


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    assert segport("init", str(tmp_path / "ws")).returncode == 0
    return tmp_path / "ws"


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["nonsense"]])
def test_it_starts_without_anything_heavy(arguments):
    code = (
        "import sys; from tui.cli import main; "
        f"main({arguments!r}); print([n for n in {HEAVY!r} if n in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_version_is_the_projects():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert segport("--version").stdout == f"segport {project['version']}\n"


def test_every_command_has_a_help_and_the_words_of_the_list():
    from tui.cli.root import COMMANDS, root

    for name in COMMANDS:
        found = root.get_command(None, name)
        assert found is not None
        assert found.name == name
        assert found.help


def test_every_command_that_prints_can_print_json():
    import click

    from tui.cli.root import COMMANDS, root

    without = []
    for noun in COMMANDS:
        command = root.get_command(None, noun)
        assert command is not None
        verbs = command.commands.values() if isinstance(command, click.Group) else [command]
        without += [
            f"{noun} {verb.name}"
            for verb in verbs
            if not any("--json" in parameter.opts for parameter in verb.params)
        ]
    # These open an app, print a script for a shell or a log without an end.
    assert set(without) == {
        "demo demo",
        "schedule run",
        "completion completion",
        "serve-operator serve-operator",
    }


def test_without_a_terminal_the_app_says_why_it_does_not_start():
    done = segport()
    assert done.returncode == 2
    assert done.stdout == ""
    assert "The app does not start, since standard input is no terminal." in done.stderr
    assert "`segport --help` lists" in done.stderr


@pytest.mark.parametrize(
    ("name", "says"), [("dumb", "TERM is dumb"), ("", "TERM is not set"), ("xterm", "")]
)
def test_a_terminal_that_cannot_move_its_cursor_gets_a_sentence_and_no_app(workspace, name, says):
    start = (
        "import sys; sys.path.insert(0, sys.argv[1]); "
        "from tui.cli import main; sys.exit(main(['-w', sys.argv[2]]))"
    )
    terminal = Terminal(workspace, start, TERM=name, SEGPORT_NO_KEYRING="1")
    try:
        told = terminal.read(30, b"--help` lists them." if says else b"No exports yet")
    finally:
        terminal.close()
    words = " ".join(told.decode().split())
    assert ("The app does not start, since this terminal cannot" in words) is bool(says)
    assert says in words
    assert (b"\x1b[?1049h" in told) is not bool(says)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nonsense"], "No such command"),
        (["segment", "list", "--nonsense"], "No such option"),
        (["run", "show", "one"], "'one'"),
        (["segment", "list"], "There is no Segport workspace"),
        (["--workspace", "/nowhere", "segment", "list"], "is not a Segport workspace"),
    ],
)
def test_a_mistake_is_one_sentence_and_a_two(arguments, says, tmp_path):
    done = segport(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("segport: ")
    assert done.stderr.count("\n") == 1
    assert says in done.stderr


def test_what_an_operator_typed_does_not_reach_the_terminal_as_it_is(workspace):
    done = segport("segment", "show", "\x1b[31mred\u202e", cwd=workspace)
    assert done.returncode == 2
    assert "\x1b" not in done.stderr
    assert "\u202e" not in done.stderr
    assert "␛[31mred" in done.stderr


def test_an_argument_that_is_no_text_is_no_traceback(workspace):
    done = subprocess.run(
        [sys.executable, "-m", "tui.cli", "-w", str(workspace), "segment", "show", b"\xff\xfe"],
        cwd=ROOT,
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr


def test_segments_are_listed_shown_and_told_as_json(workspace):
    folder = workspace / "data" / "segments"
    (folder / "vip.csv").write_text("email,name\na@example.com,Ann\nb@example.com,\x1b[2JBob\n")
    (folder / "bad.xlsx").write_text("no")

    listed = segport("segment", "list", cwd=workspace)
    assert listed.returncode == 0
    assert re.search(r"^vip +2 +2 ", listed.stdout, re.MULTILINE)
    assert "bad.xlsx is of no kind that can be read." in listed.stdout

    shown = segport("segment", "show", "vip", "--sample", "2", "--reveal", cwd=workspace)
    assert shown.returncode == 0
    assert "\x1b" not in shown.stdout
    assert "␛[2JBob" in shown.stdout

    told = segport("segment", "show", "vip", "--sample", "2", "--reveal", "--json", cwd=workspace)
    assert json.loads(told.stdout)["facts"]["sample_rows"][1] == ["b@example.com", "\x1b[2JBob"]
    assert "\x1b" not in told.stdout


def test_json_hides_no_character_and_sends_none_that_steers(workspace):
    segment = workspace / "data" / "segments" / "vip.csv"
    segment.write_text("email\nx\u202ey\u009b\n", encoding="utf-8")
    done = segport("segment", "show", "vip", "--sample", "1", "--reveal", "--json", cwd=workspace)
    assert json.loads(done.stdout)["facts"]["sample_rows"] == [["x\u202ey\u009b"]]
    assert "\u202e" not in done.stdout
    assert "\u009b" not in done.stdout


def test_a_broken_settings_file_names_line_and_field(workspace):
    (workspace / "segport.toml").write_text("profile_key = 3\n")
    done = segport("segment", "list", cwd=workspace)
    assert done.returncode == 2
    assert "line 1, field profile_key" in done.stderr


def test_init_says_how_the_app_is_opened_and_warns_inside_a_workspace(tmp_path):
    made = segport("init", "my news", cwd=tmp_path)
    assert "Then open the app: cd 'my news' && segport\n" in made.stdout
    assert made.stderr == ""
    inside = segport("init", "x", cwd=tmp_path / "my news")
    assert inside.returncode == 0
    assert "warning: it lies inside the workspace" in inside.stderr
    (tmp_path / "plain").mkdir()
    here = segport("init", cwd=tmp_path / "plain")
    assert "Then open the app: segport\n" in here.stdout


def test_init_twice_changes_nothing(workspace):
    before = (workspace / "segport.toml").read_text()
    done = segport("init", str(workspace))
    assert done.returncode == 2
    assert (workspace / "segport.toml").read_text() == before


def test_a_reader_that_leaves_is_no_traceback(workspace):
    command = [sys.executable, "-m", "tui.cli", "-w", str(workspace), "segment", "list", "--json"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdout.close()
    told = process.stderr.read()
    process.stderr.close()
    assert process.wait(60) == 1
    assert told == b""


def test_an_unexpected_error_is_a_sentence_and_a_private_report(workspace):
    code = (
        "import sys; from store.segments import facts\n"
        "def overviews(workspace):\n"
        "    secret = 'ann@example.com'\n"
        "    raise RuntimeError(secret)\n"
        "facts.overviews = overviews\n"
        "from tui.cli import main; sys.exit(main(['segment', 'list']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=workspace,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "ann@example.com" not in done.stderr
    [report] = (workspace / ".segport").glob("crash-*.txt")
    assert str(report) in done.stderr
    assert stat.S_IMODE(report.stat().st_mode) == 0o600
    text = report.read_text()
    assert "RuntimeError" in text
    assert "in overviews" in text
    # The line of source may name the variable; what it held is nowhere.
    assert "RuntimeError: " not in text


def test_the_doctor_looks_at_the_workspace(workspace):
    fine = segport("doctor", "--json", cwd=workspace)
    assert fine.returncode == 0
    assert {each["what"] for each in json.loads(fine.stdout)} >= {
        "workspace",
        "python",
        "keyring",
        "file system",
        ".segport/",
    }
    (workspace / "exports" / "weekly.toml").write_text("name = \n")
    (workspace / "connections" / "acme.toml").write_text("rate = true\n")
    wrong = {
        each["what"]: each for each in json.loads(segport("doctor", "--json", cwd=workspace).stdout)
    }
    assert "exports/weekly.toml, line 1: this is not valid TOML" in wrong["exports"]["found"]
    assert "connections/acme.toml, line 1" in wrong["connections"]["found"]
    assert not wrong["exports"]["fine"]
    assert not wrong["connections"]["fine"]
    (workspace / ".segport").chmod(0o755)
    ill = segport("doctor", cwd=workspace)
    assert ill.returncode == 1
    assert "chmod -R go=" in ill.stdout
