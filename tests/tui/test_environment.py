"""Variables that load code or write files, outside the gate: what can be refused is, the rest is told."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tui.terminal import ROOT, Terminal
from tui.environment import disarm

# Much here is about the process itself.
pytestmark = pytest.mark.usefixtures("started_runs")

HOSTILE = {
    "TEXTUAL_LOG": "log",
    "TEXTUAL_DRIVER": "evil:Driver",
    "TEXTUAL_SCREENSHOT": "1",
    "TEXTUAL_SCREENSHOT_LOCATION": "pictures",
    "TEXTUAL_PRESS": "q",
    "SSLKEYLOGFILE": "keys",
    "PYTHON_KEYRING_BACKEND": "evil.Keyring",
    "KEYRING_PROPERTY_FILE_PATH": "keyring",
    "DBUS_SESSION_BUS_ADDRESS": "unix:path=/nowhere",
}


@pytest.fixture
def evil(tmp_path, monkeypatch):
    """A folder with a module that leaves a proof when it is imported, and variables that name it."""
    folder = tmp_path / "evil"
    folder.mkdir()
    (folder / "evil.py").write_text(f"open({str(folder / 'proof')!r}, 'w')\n")
    for name, value in HOSTILE.items():
        in_it = value in {"log", "keys", "pictures", "keyring"}
        monkeypatch.setenv(name, str(folder / value) if in_it else value)
    monkeypatch.setenv("PYTHONPATH", f"{ROOT}:{folder}")
    return folder


def test_what_can_be_taken_away_is(evil):
    environ = dict(os.environ)
    disarm(environ)
    assert set(environ) & set(HOSTILE) == {"DBUS_SESSION_BUS_ADDRESS"}
    environ["TEXTUAL_FPS"] = "15"
    disarm(environ)
    assert environ["TEXTUAL_FPS"] == "15"


@pytest.mark.slow
def test_no_command_obeys_them_and_the_doctor_names_what_did_its_work_before(evil, bench):
    """A connection over TLS is tried, and a key looked for in the keyring."""

    def segport(*words, typed=""):
        environ = {k: v for k, v in os.environ.items() if k != "SEGPORT_NO_KEYRING"}
        return subprocess.run(
            [sys.executable, "-m", "tui.cli", "-w", str(bench.workspace.root), *words],
            env=environ, input=typed, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip

    add = ("connection", "add", "Acme", "--agree", "--base-url", "https://127.0.0.1:1")
    tried = segport(*add, "--key-file", "-", typed=bench.sandbox.key)
    assert "connection was refused" in tried.stderr
    bench.connect()
    (bench.workspace.secrets_folder / "acme.toml").unlink()
    assert "no API key" in segport("connection", "test", "acme").stderr
    assert segport("keys").returncode == 0
    told = segport("doctor", "--json")
    [found] = [each for each in json.loads(told.stdout) if each["what"] == "environment"]
    assert found["found"] == "PYTHONPATH decides which code runs"
    assert "unset it" in found["remedy"]
    assert [each.name for each in evil.iterdir()] == ["evil.py"]


def test_the_app_obeys_none_of_them(evil, bench):
    environ = {name: os.environ[name] for name in (*HOSTILE, "PYTHONPATH")}
    terminal = Terminal(bench.workspace.root, **environ)
    try:
        assert b"Exports" in terminal.read(20, until=b"Exports")
        terminal.read(0.5)
        assert terminal.process.poll() is None
    finally:
        terminal.close()
    assert [each.name for each in evil.iterdir() if each.suffix != ".pyc"] == ["evil.py"]


def limits(process):
    """The most that a core file of a process may hold: soft and hard."""
    for line in Path(f"/proc/{process}/limits").read_text().splitlines():
        if line.startswith("Max core file size"):
            return tuple(line.split()[4:6])
    raise AssertionError


def test_no_process_leaves_a_core(bench, tmp_path):
    """Neither a command, nor a scheduler, nor a run, though the account allows it."""
    assert resource.getrlimit(resource.RLIMIT_CORE)[1] != 0, "no core can be left here anyway"
    bench.ready(500, rate=10)
    unlimited = "ulimit -c unlimited; exec "
    command = f"{sys.executable} -m tui.cli -w {bench.workspace.root}"
    scheduler = subprocess.Popen(
        ["bash", "-c", f"{unlimited}{command} schedule run"], cwd=ROOT,
        stdout=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    watcher = subprocess.Popen(
        ["bash", "-c", f"{unlimited}{command} export run weekly"], cwd=ROOT,
        stdout=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        run_id = bench.until(lambda: [r.id for r in runs_of(bench)])[0]
        bench.until(lambda: bench.load(run_id).accepted >= 100)
        processes = [scheduler.pid, watcher.pid, bench.process(run_id)]
        for process in processes:
            bench.until(lambda process=process: limits(process) == ("0", "0"))
        # A crash of the run itself leaves nothing behind but an interrupted run.
        os.kill(processes[2], 11)
        bench.until(lambda: not bench.is_alive(run_id))
        assert watcher.wait(30) == 1
        assert bench.load(run_id).state == "interrupted"
        assert not list(bench.workspace.root.rglob("core*"))
    finally:
        for process in (scheduler, watcher):
            process.kill()
            process.wait()


def runs_of(bench):
    from workers.actions import runs

    return runs.history(bench.desk)
