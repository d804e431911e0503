"""The simulator as a process: started, found again, shown, ended."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from store import locks
from store.errors import NotFound, SegportError, StorageError
from workers.sandbox import background
from workers.sandbox.client import NotAnswering
from workers.sandbox.modes import Modes
from workers.sandbox.server import running
from workers.sandbox.show import show

ROOT = Path(__file__).parents[2]


def fill(sandbox, *addresses, title="A"):
    def post(path, payload):
        answer = httpx.post(f"{sandbox.base_url}/{path}", json=payload, headers=sandbox.headers)
        return answer.raise_for_status().json()

    list_id = post("list", {"name": title})["list_id"]
    people = [
        {"Email": address, "FirstName": "Ada", "_autopilot_list": list_id} for address in addresses
    ]
    post("contacts", {"contacts": people})
    return list_id


def until(condition, seconds=10.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.02)


@pytest.fixture
def folder(tmp_path):
    yield tmp_path / "sandbox"
    background.stop(tmp_path / "sandbox")


def test_it_outlives_its_starter_is_found_again_and_keeps_what_it_holds(folder):
    sandbox = background.start(folder, modes=Modes(rate=0, account_email="x@example.com"))
    fill(sandbox, "a@example.com")
    pid = sandbox.summary()["pid"]
    assert pid != os.getpid()
    assert os.getsid(pid) == pid
    assert background.find(folder) == background.start(folder) == sandbox
    assert [p for p in (folder, *folder.iterdir()) if p.stat().st_mode & 0o077] == []
    state = json.loads((folder / "state.json").read_bytes())
    assert (state["pid"], state["base_url"]) == (pid, sandbox.base_url)

    assert background.stop(folder)
    assert background.find(folder) is None
    assert not background.stop(folder)
    with pytest.raises(NotAnswering):
        sandbox.summary()

    # It comes back at the same place, with the same modes.
    again = background.start(folder)
    assert again.base_url == sandbox.base_url
    assert again.summary()["modes"]["account_email"] == "x@example.com"
    assert set(again.contacts()) == {"a@example.com"}
    assert again.members("A") == {"a@example.com"}


def test_show_reads_what_a_running_simulator_holds_within_a_second(folder):
    sandbox = background.start(folder, modes=Modes(rate=0))
    fill(sandbox, "a@example.com", "b@example.com")
    fill(sandbox, "c@example.com", title="B")
    until(lambda: show(sandbox.file).contacts == 3, seconds=2)
    holding = show(sandbox.file)
    assert [(each.title, each.size) for each in holding.lists] == [("A", 2), ("B", 1)]
    assert len(holding.some) == 3
    [one] = show(sandbox.file, email=" C@Example.com ").some
    assert (one.email, one.name, one.lists) == ("c@example.com", "Ada", ("B",))
    of_a = show(sandbox.file, list_name="A")
    assert {each.email for each in of_a.some} == {"a@example.com", "b@example.com"}
    assert len(show(sandbox.file, limit=1).some) == 1
    with pytest.raises(NotFound):
        show(sandbox.file, list_name="C")


def test_show_needs_a_file_of_the_simulator(tmp_path):
    with pytest.raises(NotFound):
        show(tmp_path / "none.db")
    (tmp_path / "other.db").write_bytes(b"x" * 5000)
    with pytest.raises(StorageError):
        show(tmp_path / "other.db")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_with_everything_kept(folder, number):
    sandbox = background.start(folder, modes=Modes(rate=0))
    fill(sandbox, "a@example.com")
    os.kill(sandbox.summary()["pid"], number)
    until(lambda: not locks.is_held(folder / "sandbox.db.lock"))
    assert show(sandbox.file).contacts == 1


def test_two_at_once_share_one(folder):
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); from pathlib import Path;"
        "from workers.sandbox import background as b; print(b.start(Path(sys.argv[2]), until_idle=20).port)"
    )
    root = str(ROOT)
    both = [
        subprocess.Popen(
            [sys.executable, "-I", "-W", "ignore", "-c", code, root, str(folder)],
            stdout=subprocess.PIPE,
        )
        for _ in range(2)
    ]
    ports = {process.communicate(timeout=30)[0] for process in both}
    assert len(ports) == 1


def test_it_ends_when_idle_and_nobody_holds_a_lock(folder, tmp_path):
    (tmp_path / "locks").mkdir()
    lock = locks.acquire(tmp_path / "locks" / "run")
    assert lock is not None
    background.start(folder, until_idle=0.2, while_locked=[tmp_path / "locks", tmp_path / "app"])
    time.sleep(0.6)
    assert locks.is_held(folder / "sandbox.db.lock")
    lock.release()
    until(lambda: not locks.is_held(folder / "sandbox.db.lock"), seconds=3)


def test_what_cannot_start_is_said(folder):
    folder.mkdir()
    (folder / "modes.json").write_text('{"speed": 1}')
    with pytest.raises(SegportError, match="did not start"):
        background.start(folder)
    assert "speed" in (folder / "output.txt").read_text()


def test_the_command_takes_modes_rules_and_says_where_it_listens(tmp_path):
    (tmp_path / "faults.json").write_text('[{"action": "status", "nth": 1}]')
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "workers.sandbox", "--rate", "0", "--latency", "0.01"),
            *("--mode", "merge=keep-names", "--mode", "bulk_map=false"),
            *("--faults", str(tmp_path / "faults.json")),
        ],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    with process:
        base_url = process.stdout.readline().split()[-1]
        answer = httpx.get(f"{base_url.removesuffix('/v1')}/_sandbox/").json()
        assert answer["modes"]["merge"] == "keep-names"
        assert answer["modes"]["bulk_map"] is False
        assert answer["modes"]["latency"] == 0.01
        assert answer["file"] is None
        assert len(answer["faults"]) == 1
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0


@pytest.mark.parametrize(
    "arguments", [["--mode", "speed=1"], ["--mode", "merge"], ["--faults", "none.json"]]
)
def test_a_wrong_argument_is_exit_2_and_a_sentence(arguments):
    done = subprocess.run(
        [sys.executable, "-m", "workers.sandbox", *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_running_can_be_a_process_or_keep_a_file(tmp_path):
    with running(process=True, rate=0) as sandbox:
        fill(sandbox, "a@example.com")
        file = sandbox.file
    assert not file.exists()
    with running(folder=tmp_path, rate=0) as sandbox:
        fill(sandbox, "a@example.com")
        with pytest.raises(SegportError, match="Another simulator"), running(folder=tmp_path):
            pass
    assert show(tmp_path / "sandbox.db").contacts == 1
