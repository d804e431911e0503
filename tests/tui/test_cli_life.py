"""Exports and connections from their first day to their last, by commands as a shell gives them."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path

import pytest

from tests import commands
from workers.sandbox import background
from workers.sandbox.modes import Modes

ROOT = Path(__file__).parents[2]


class Shell:
    def __init__(self, folder: Path, environ: dict[str, str]) -> None:
        self.folder = folder
        self.environ = environ

    def __call__(self, *arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
        done = commands.segport(
            "-w", str(self.folder), *arguments,
            cwd=self.folder.parent, env=self.environ, typed=given,
        )  # fmt: skip
        assert "Traceback" not in done.stderr
        return done

    def told(self, *arguments: str, given: str = ""):
        done = self(*arguments, "--json", given=given)
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout)


@pytest.fixture
def sandbox(tmp_path):
    found = background.start(tmp_path / "sandbox", modes=Modes(rate=0), until_idle=120)
    yield found
    background.stop(tmp_path / "sandbox")


@pytest.fixture
def shell(tmp_path, workspace, sandbox) -> Shell:
    import os

    environ = {**os.environ, "PYTHONPATH": str(ROOT), "SEGPORT_NO_KEYRING": "1"}
    found = Shell(workspace.root, environ)
    rows = "".join(f"p{n}@example.com,N{n}\n" for n in range(1000))
    (workspace.segments_folder / "vip.csv").write_text(f"email,name\n{rows}")
    found.told(
        "connection", "add", "Acme", "--base-url", sandbox.base_url, "--rate", "2", "--agree",
        "--key-file", "-", given=sandbox.key,
    )  # fmt: skip
    found.told("export", "add", "Weekly", "--connection", "acme", "--segment", "vip",
               "--field", "Email=email")  # fmt: skip
    return found


@pytest.mark.slow
def test_an_export_is_copied_paused_detached_and_attached(shell):
    assert shell.told("export", "duplicate", "weekly", "--name", "Monthly")["export"] == "monthly"
    shell.told("export", "unpause", "monthly")
    shell.told("export", "pause", "weekly", "monthly")
    assert shell.told("export", "show", "monthly")["export"]["schedule"]["on"] is False
    assert shell.told("export", "detach", "weekly")["detached"] == ["weekly"]
    shown = shell("export", "show", "weekly").stdout
    assert "no connection" in shown
    assert "paused" in shown
    refused = shell("export", "run", "weekly")
    assert refused.returncode == 2
    assert "no connection" in refused.stderr
    assert "fills the list vip" in shell("export", "attach", "weekly", "Acme").stdout
    assert shell("export", "attach", "weekly", "nowhere").returncode == 2


@pytest.mark.slow
def test_a_preview_masks_until_asked(shell):
    masked = shell("export", "preview", "weekly").stdout
    assert "p***@e***.com" in masked
    assert "p0@example.com" not in masked
    assert '"_autopilot_list"' in masked
    assert shell.told("export", "preview", "weekly", "--reveal")["fields"]["Email"] == {
        "filled": 1000, "samples": [f"p{n}@example.com" for n in range(3)], "personal": True,
    }  # fmt: skip


def test_consent_is_withdrawn_and_given_again(shell, sandbox):
    shown = shell("connection", "show", "acme").stdout
    assert "Data privacy and compliance" in shown
    assert "last reached" in shown
    run_id = shell.told("export", "run", "weekly", "--detach")["run"]
    deadline = time.monotonic() + 30
    while not any(visit.path.startswith("/v1/contact") for visit in sandbox.requests()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert shell("connection", "withdraw", "acme").returncode == 2
    told = shell.told("connection", "withdraw", "acme", "--yes")
    assert told == {"withdrawn": "acme", "stopping": [run_id]}
    assert shell("run", "watch", str(run_id)).returncode == 130
    assert shell("export", "run", "weekly").returncode == 4
    assert "none: nothing is sent" in shell("connection", "show", "acme").stdout
    shell.told("connection", "edit", "acme", "--agree")
    assert shell("export", "plan", "weekly").returncode == 0


def test_a_connection_in_use_is_removed_with_a_word_on_each_export(shell, sandbox):
    refused = shell("connection", "remove", "acme", "--yes")
    assert refused.returncode == 2
    assert "Weekly" in refused.stderr
    assert "--detach" in refused.stderr
    assert shell("connection", "remove", "acme", "--detach", "--remove-exports").returncode == 2
    told = shell.told("connection", "remove", "acme", "--detach", "--yes")
    assert told["exports"] == {"weekly": "detach"}
    (line,) = shell.told("export", "list")
    assert line["connection"] is None


def test_a_key_is_replaced_only_when_the_service_takes_it(shell, sandbox):
    wrong = shell("connection", "key", "acme", "--key-file", "-", given="b" * 32)
    assert wrong.returncode == 1
    assert "b" * 32 not in wrong.stderr
    told = shell.told("connection", "key", "acme", "--key-file", "-", given=sandbox.key)
    assert told["notes"] == []
    assert shell("connection", "test", "acme").returncode == 0
