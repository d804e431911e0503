"""`segport sandbox`: the simulator as its own command."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "tui.cli", "sandbox", *arguments]


def look(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command("show", *arguments), cwd=ROOT, capture_output=True, text=True, check=False
    )


@pytest.fixture
def simulator(tmp_path):
    """A simulator in the foreground of another process: its port, key and file."""
    file = tmp_path / "held.db"
    process = subprocess.Popen(
        command("--file", str(file), "--rate", "0", "--mode", "account_name=Acme"),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    try:
        address = process.stdout.readline().removeprefix("Listening at ").strip()
        key = process.stdout.readline().removeprefix("Key: ").strip()
        yield int(address.split(":")[2].removesuffix("/v1")), key, file
    finally:
        process.send_signal(signal.SIGINT)
        process.stdout.close()
        assert process.wait(30) == 0


def post(port: int, key: str, path: str, payload: object) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"autopilotapikey": key, "Content-Type": "application/json"}
    connection.request("POST", f"/v1/{path}", json.dumps(payload), headers)
    assert connection.getresponse().status == 200
    connection.close()


def test_it_serves_until_ctrl_c_and_its_file_can_be_looked_at(simulator):
    port, key, file = simulator
    post(port, key, "list", {"name": "VIP"})
    post(port, key, "contact", {"contact": {"Email": "Ann@example.com", "FirstName": "A\x1b[2J"}})

    for _ in range(100):
        lists = look("--file", str(file))
        if "1 contact in 1 list." in lists.stdout:
            break
    assert "VIP" in lists.stdout
    assert "\x1b" not in lists.stdout

    one = look("--file", str(file), "--email", "ann@example.com")
    assert "A␛[2J" in one.stdout

    told = json.loads(look("--file", str(file), "--json").stdout)
    assert told["contacts"] == 1
    assert told["some"][0]["FirstName"] == "A\x1b[2J"
    assert told["lists"][0]["title"] == "VIP"

    busy = subprocess.run(command("--file", str(file)), cwd=ROOT, capture_output=True, check=False)
    assert busy.returncode == 75


@pytest.mark.parametrize(
    "arguments",
    [("--mode", "nonsense=1"), ("show", "--file", "/nowhere"), ("--rate", "-1"), ("show",)],
)
def test_a_mistake_is_a_two(arguments, tmp_path):
    done = subprocess.run(
        command(*arguments),
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1


def test_modes_and_rules_can_be_found_out():
    told = subprocess.run(command("modes"), cwd=ROOT, capture_output=True, text=True, check=True)
    assert re.search(
        r"^merge +overwrite-all +overwrite-all, keep-names$", told.stdout, re.MULTILINE
    )
    assert "close" in told.stdout
    wrong = subprocess.run(
        command("--mode", "foo=1"), cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert wrong.returncode == 2
    assert "foo" in wrong.stderr
    assert "segport sandbox modes" in wrong.stderr
