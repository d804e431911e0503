"""What the doctor says of the machine, from files as machines have them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tui.cli import host


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ("rw,nosuid,relatime", "other accounts see them"),
        ("rw,hidepid=0", "other accounts see them"),
        ("rw,relatime,hidepid=2", "hidden"),
        ("rw,hidepid=invisible,gid=4", "hidden"),
    ],
)
def test_whether_other_accounts_see_command_lines(tmp_path, options, told):
    mounts = tmp_path / "mounts"
    mounts.write_text(f"sysfs /sys sysfs rw 0 0\nproc /proc proc {options} 0 0\n")
    check = host._processes(mounts)
    assert told in check.found
    assert check.fine


@pytest.mark.parametrize(
    ("conf", "more", "kills"),
    [
        (None, None, False),
        ("[Login]\n#KillUserProcesses=yes\n", None, False),
        ("[Login]\nKillUserProcesses=yes\n", None, True),
        ("[Login]\nKillUserProcesses=yes\n", "[Login]\nKillUserProcesses=no\n", False),
        ("[Login]\n", "[Login]\n KillUserProcesses = true\n", True),
    ],
)
def test_whether_sessions_take_runs_with_them(tmp_path, conf, more, kills):
    path, folder = tmp_path / "logind.conf", tmp_path / "logind.conf.d"
    folder.mkdir()
    if conf is not None:
        path.write_text(conf)
    if more is not None:
        (folder / "50.conf").write_text(more)
    assert host._kills(path, folder) is kills


def test_a_session_that_takes_runs_with_it_is_told_with_its_remedy(tmp_path, monkeypatch):
    conf = tmp_path / "logind.conf"
    conf.write_text("KillUserProcesses=yes")
    monkeypatch.setattr(host, "_SYSTEMD", tmp_path)
    monkeypatch.setattr(host, "_LOGIND", (conf, tmp_path / "none"))
    monkeypatch.setattr(host, "_LINGER", tmp_path)
    check = host._sessions("ann")
    assert not check.fine
    assert "enable-linger ann" in check.remedy
    (tmp_path / "ann").touch()
    assert host._sessions("ann").fine


def test_who_came_by_sudo_is_told_that_all_who_do_are_one():
    assert host._way_in("segport", "").found == "segport"
    check = host._way_in("segport", "bob")
    assert check.fine
    assert "by sudo from bob" in check.found
    assert "through the gate" in check.remedy
    assert not host._way_in("root", "bob").fine
    assert host._way_in("segport", "\x1b[31m bob").found == "segport"


def test_a_data_folder_that_is_open_to_all_is_told(workspace):
    def checked() -> dict[str, object]:
        done = subprocess.run(
            [sys.executable, "-m", "tui.cli", "-w", str(workspace.root), "doctor", "--json"],
            cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False,
        )  # fmt: skip
        return {each["what"]: each for each in json.loads(done.stdout)}["data folder"]

    assert checked()["fine"]
    workspace.data.chmod(0o755)
    found = checked()
    assert not found["fine"]
    assert found["remedy"] == f"chmod o= {workspace.data}"
