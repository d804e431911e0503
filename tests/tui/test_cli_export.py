"""From an empty folder to a delivered export, with real processes and the simulator."""

from __future__ import annotations

import csv
import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests import commands
from workers.sandbox import background
from workers.sandbox.modes import Modes

ROOT = Path(__file__).parents[2]
MATCHING = ("--field", "Email=email", "--field", "FirstName=name")


class Shell:
    """Runs `segport` in one workspace."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environ = {**os.environ, "PYTHONPATH": str(ROOT), "SEGPORT_NO_KEYRING": "1"}
        self.environ.pop("SEGPORT_WORKSPACE", None)

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "tui.cli", "-w", str(self.folder), *arguments]

    def __call__(self, *arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
        done = commands.segport(
            "-w", str(self.folder), *arguments,
            cwd=self.folder.parent, env=self.environ, typed=given,
        )  # fmt: skip
        assert "Traceback" not in done.stderr
        return done

    def fine(self, *arguments: str, given: str = "") -> str:
        done = self(*arguments, given=given)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def told(self, *arguments: str):
        return json.loads(self.fine(*arguments, "--json"))


@pytest.fixture
def sandbox(tmp_path):
    found = background.start(tmp_path / "sandbox", modes=Modes(rate=0), until_idle=120)
    yield found
    background.stop(tmp_path / "sandbox")


@pytest.fixture
def shell(tmp_path) -> Shell:
    folder = tmp_path / "ws"
    found = Shell(folder)
    subprocess.run(
        [sys.executable, "-m", "tui.cli", "init", str(folder)],
        env=found.environ,
        cwd=ROOT,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    people(folder, 250)
    return found


@pytest.fixture
def ready(shell, sandbox) -> Shell:
    """A workspace with a connection and an export."""
    connect(shell, sandbox)
    shell.fine("export", "add", "Weekly", "--connection", "Acme", "--segment", "vip=VIP", *MATCHING)
    return shell


def people(folder: Path, count: int, *more: str) -> None:
    lines = [f"p{n}@example.com,Name {n}" for n in range(count)]
    text = "\n".join(["email,name", *lines, *more]) + "\n"
    (folder / "data" / "segments" / "vip.csv").write_text(text, encoding="utf-8")


def connect(shell: Shell, sandbox, *more: str) -> str:
    return shell.fine(
        "connection", "add", "Acme", "--base-url", sandbox.base_url, "--rate", "200",
        "--key-file", "-", "--agree", *more, given=sandbox.key + "\n",
    )  # fmt: skip


def test_a_connection_is_tried_before_it_is_saved(shell, sandbox):
    told = connect(shell, sandbox)
    assert "Segport Sandbox <marketing@example.com>" in told
    assert "0 lists" in told
    text = (shell.folder / "connections" / "acme.toml").read_text()
    assert sandbox.key not in text
    shown = shell.fine("connection", "show", "Acme")
    assert sandbox.key not in shown
    assert "marketing@example.com" in shown
    assert "secrets/acme.toml" in shown
    assert "Segport Sandbox" in shell.fine("connection", "test", "Acme")
    assert re.search(r"^Acme +autopilot ", shell.fine("connection", "list"), re.MULTILINE)
    [line] = shell.told("connection", "list")
    assert line["slug"] == "acme"
    assert shell.told("connection", "test", "acme")["lists"] == 0


def test_without_consent_there_is_no_connection_and_the_statement_is_shown(shell, sandbox):
    from workers.consent import STATEMENT

    done = shell("connection", "add", "Acme", "--base-url", sandbox.base_url, "--key-file", "-",
                 given=sandbox.key)  # fmt: skip
    assert done.returncode == 2
    assert STATEMENT.splitlines()[0] in done.stderr
    assert "--agree" in done.stderr.splitlines()[-1]
    assert not list((shell.folder / "connections").glob("*.toml"))
    assert sandbox.requests() == []


@pytest.mark.parametrize(
    ("url", "key", "code"),
    [("http://127.0.0.1:1/v1", "a" * 32, 1), (None, "b" * 32, 1), ("http://example.com", "x", 2)],
)
def test_a_connection_that_does_not_answer_is_not_saved(shell, sandbox, url, key, code):
    done = shell("connection", "add", "Acme", "--base-url", url or sandbox.base_url, "--agree",
                 "--key-file", "-", given=key)  # fmt: skip
    assert done.returncode == code
    assert done.stderr.count("\n") == 1
    assert key not in done.stderr or key == "x"
    assert not list((shell.folder / "connections").glob("*.toml"))


def test_no_connect_saves_what_cannot_be_reached(shell):
    shell.fine("connection", "add", "Later", "--base-url", "http://127.0.0.1:1/v1", "--agree",
               "--no-connect", "--key-file", "-", given="a" * 32)  # fmt: skip
    assert (shell.folder / "connections" / "later.toml").exists()
    assert shell("connection", "test", "Later").returncode == 1


def test_a_key_is_asked_for_only_on_a_terminal(shell, sandbox):
    done = shell("connection", "add", "Acme", "--base-url", sandbox.base_url, "--agree")
    assert done.returncode == 2
    assert "--key-file" in done.stderr


def test_on_a_terminal_consent_and_key_are_asked_for_and_the_key_is_not_shown(shell, sandbox):
    child, terminal = pty.fork()
    if child == 0:
        command = shell.command("connection", "add", "Acme", "--base-url", sandbox.base_url)
        os.chdir(ROOT)
        os.execve(sys.executable, command, shell.environ)
    seen = b""
    try:
        for question, answer in ((b"[y/N]", b"y\n"), (b"(not shown)", sandbox.key.encode() + b"\n"),
                                 (b"Saved as", b"")):  # fmt: skip
            while question not in seen:
                seen += os.read(terminal, 4096)
            os.write(terminal, answer)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    finally:
        os.close(terminal)
    assert b"Data privacy" in seen
    assert sandbox.key.encode() not in seen


def test_a_key_in_the_environment_is_used_and_not_kept(shell, sandbox):
    shell.environ["SEGPORT_KEY_ACME"] = sandbox.key
    told = shell.fine("connection", "add", "Acme", "--base-url", sandbox.base_url, "--agree")
    assert "environment variable SEGPORT_KEY_ACME" in told
    assert not list((shell.folder / ".segport" / "secrets").glob("*.toml"))
    shell.fine("connection", "test", "Acme")
    del shell.environ["SEGPORT_KEY_ACME"]
    assert shell("connection", "test", "Acme").returncode == 1


def test_connections_are_edited_and_removed(shell, sandbox):
    connect(shell, sandbox)
    shell.fine("connection", "edit", "Acme", "--name", "Acme Ltd", "--rate", "7.5")
    shown = shell.fine("connection", "show", "Acme Ltd")
    assert "7.5 requests a second" in shown
    moved = shell("connection", "edit", "Acme Ltd", "--base-url", "http://127.0.0.1:9/v1")
    assert moved.returncode == 2
    shell.fine("connection", "edit", "Acme Ltd", "--base-url", f"{sandbox.origin}/v1/")
    assert shell("connection", "edit", "Acme Ltd").returncode == 2
    assert shell("connection", "remove", "Acme Ltd").returncode == 2
    shell.fine("connection", "remove", "Acme Ltd", "--yes")
    assert shell.told("connection", "list") == []


def test_an_export_is_planned_run_and_looked_up(ready, sandbox):
    people(ready.folder, 250, "not an address,Nobody", "p1@example.com,Twice")
    assert (ready("connection", "remove", "Acme", "--yes")).returncode == 2

    plan = ready.fine("export", "plan", "Weekly")
    assert "rows 252 = contacts 250 + excluded 1 + merged 1" in plan
    assert "contacts 250 = add 250 + change 0 + membership only 0 + unchanged 0" in plan
    assert "to create" in plan
    assert ready.told("export", "plan", "Weekly", "--offline")["add"] == 250
    assert sandbox.contacts() == {}

    told = ready.fine("export", "run", "Weekly")
    assert "to send 250 = accepted 250 + rejected 0 + pending 0; possibly repeated 0" in told
    assert "\x1b" not in told
    assert len(sandbox.contacts()) == 250
    assert len(sandbox.members("VIP")) == 250

    again = ready.told("export", "run", "Weekly")
    assert again["state"] == "successful"
    assert again["to_send"] == 0
    assert [run["id"] for run in ready.told("run", "list")] == [2, 1]
    assert re.search(
        r"^Weekly +Acme +vip +250 .* successful +-  change, run$",
        ready.fine("export", "list"),
        re.MULTILINE,
    )
    assert "not an address" in ready.fine("run", "excluded", "1")
    assert "Nobody was rejected." in ready.fine("run", "rejects", "1")
    assert "successful" in ready.fine("run", "watch", "1")

    ready.fine("export", "reset", "Weekly", "--yes")
    assert ready.told("export", "plan", "Weekly")["add"] == 250
    ready.fine("export", "remove", "Weekly", "--yes")
    assert ready.told("export", "list") == []


def test_fields_are_proposed_by_name_and_edited(ready):
    told = ready.fine("export", "add", "Guess", "--connection", "acme", "--segment", "vip")
    assert re.search(r"^ +Email +email$", told, re.MULTILINE)
    ready.fine("export", "edit", "Guess", "--custom", "Nick:string=name", "--guard", "adds=10",
               "--list", "vip=Best people")  # fmt: skip
    shown = ready.fine("export", "show", "Guess")
    assert "Best people" in shown
    assert "adds 10" in shown
    assert ready.told("export", "show", "Guess")["export"]["custom_fields"]["Nick"] == {
        "column": "name",
        "type": "string",
    }
    for wrong in (
        ["export", "add", "X", "--connection", "acme"],
        ["export", "add", "X", "--connection", "none", "--segment", "vip"],
        ["export", "add", "X", "--connection", "acme", "--segment", "none"],
        ["export", "edit", "Guess"],
        ["export", "show", "None"],
        ["export", "edit", "Guess", "--guard", "adds=many"],
    ):
        assert ready(*wrong).returncode == 2, wrong


def test_a_limit_sends_the_first_and_says_what_is_held_back(ready, sandbox):
    told = ready.fine("export", "run", "Weekly", "--limit", "10")
    assert "accepted 10" in told
    assert "240 contacts" in told
    assert len(sandbox.contacts()) == 10


def test_a_guard_makes_a_run_wait_and_approval_lets_it_go(ready, sandbox):
    ready.fine("export", "edit", "Weekly", "--guard", "adds=100")
    waiting = ready("export", "run", "Weekly")
    assert waiting.returncode == 4
    assert "segport run approve 1" in waiting.stdout
    assert sandbox.contacts() == {}
    assert ready("run", "watch", "1").returncode == 4
    told = ready.fine("run", "approve", "1")
    assert re.search(r"^state +successful$", told, re.MULTILINE)
    # What was said before the approval is not said again.
    assert "needs approval" not in told
    assert len(sandbox.contacts()) == 250


@pytest.mark.slow
def test_rejects_are_a_three_and_can_be_opened_in_a_spreadsheet(ready, sandbox):
    # A field that the account knows as a number is sent a text: only who has none passes.
    sandbox.set_modes(declared={"Nick": "integer"}, type_conflicts="rejected")
    people(ready.folder, 3, "=cmd@example.com,Evil", "fine@example.com,")
    ready.fine("export", "edit", "Weekly", "--custom", "Nick:string=name")
    done = ready("export", "run", "Weekly")
    assert done.returncode == 3, done.stdout + done.stderr
    assert "segport run rejects 1" in done.stdout
    assert set(sandbox.contacts()) == {"fine@example.com"}
    assert "p***@e***.com" in ready.fine("run", "rejects", "1")
    path = ready.folder / "rejects.csv"
    ready.fine("run", "rejects", "1", "--csv", str(path))
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["segment", "row", "email", "status", "reason", "words"]
    assert "'=cmd@example.com" in {row["email"] for row in rows}
    assert len(rows) == 4
    assert ready("run", "rejects", "1", "--csv", str(path)).returncode == 2


@pytest.fixture
def slow(ready, sandbox) -> Shell:
    """An export that takes some seconds: one request at a time, few a second."""
    people(ready.folder, 2000)
    sandbox.set_modes(latency=0.2)
    ready.fine("connection", "edit", "Acme", "--rate", "4")
    return ready


def started(shell: Shell, *arguments: str) -> tuple[subprocess.Popen[str], int]:
    """Start a command and wait until its run sends."""
    process = subprocess.Popen(
        shell.command(*arguments), cwd=ROOT, env=shell.environ, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        runs = shell.told("run", "list")
        if runs and runs[0]["accepted"]:
            return process, runs[0]["id"]
    raise AssertionError("the run did not begin to send")


def test_ctrl_c_cancels_and_the_rest_can_be_resumed(slow, sandbox):
    process, run_id = started(slow, "export", "run", "Weekly")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, out + err
    assert "Canceling" in err
    assert f"segport run resume {run_id}" in out
    run = slow.told("run", "show", str(run_id))
    assert run["state"] == "canceled"
    assert 0 < run["accepted"] < 2000
    assert len(sandbox.contacts()) == run["accepted"]

    sandbox.set_modes(latency=0)
    assert slow.told("run", "resume", str(run_id))["accepted"] == 2000
    assert len(sandbox.contacts()) == 2000


@pytest.mark.slow
def test_a_resumed_run_is_canceled_by_ctrl_c_and_may_be_left_alone(slow, sandbox):
    run_id = int(slow.fine("export", "run", "Weekly", "--limit", "1500", "--detach"))
    slow.fine("run", "cancel", str(run_id))
    assert slow("run", "watch", str(run_id)).returncode == 130
    begun = slow.told("run", "show", str(run_id))["accepted"]
    process = subprocess.Popen(
        slow.command("run", "resume", str(run_id)), cwd=ROOT, env=slow.environ,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    deadline = time.monotonic() + 30
    while slow.told("run", "show", str(run_id))["accepted"] == begun:
        assert time.monotonic() < deadline
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, out + err
    assert "Canceling" in err
    sandbox.set_modes(latency=0)
    assert slow.fine("run", "resume", str(run_id), "--detach") == f"{run_id}\n"
    assert slow.told("run", "watch", str(run_id))["accepted"] == 1500


@pytest.mark.slow
def test_a_detached_run_can_be_left_and_canceled(slow):
    run_id = int(slow.fine("export", "run", "Weekly", "--detach"))
    busy = slow("export", "run", "Weekly")
    assert busy.returncode == 75
    process, _ = started(slow, "run", "watch", str(run_id))
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "goes on without you" in err
    assert slow.told("run", "show", str(run_id))["state"] == "sending"
    slow.fine("run", "cancel", str(run_id))
    assert slow("run", "watch", str(run_id)).returncode == 130


@pytest.mark.slow
def test_a_plan_that_a_run_would_not_go_through_with_says_so_by_its_exit_code(ready):
    people(ready.folder, 250)
    ready.fine("connection", "edit", "Acme", "--limit", "10")
    told = ready("export", "plan", "Weekly", "--offline")
    assert "refused: The export holds 250 profiles" in told.stdout
    assert told.returncode == 4
    ready.fine("connection", "edit", "Acme", "--limit", "1000")
    ready.fine("export", "plan", "Weekly", "--offline")
    ready.fine("export", "edit", "Weekly", "--guard", "adds=10")
    assert ready("export", "plan", "Weekly", "--offline").returncode == 4


def test_nothing_is_said_to_be_matched_before_an_export_is_refused(ready):
    (ready.folder / "data" / "segments" / "nameless.csv").write_text("x,y\n1,2\n")
    for connection, segment in (("nosuch", "vip"), ("acme", "nameless")):
        told = ready("export", "add", "New", "--connection", connection, "--segment", segment)
        assert told.returncode == 2
        assert "Matched" not in told.stdout + told.stderr
