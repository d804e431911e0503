"""A disk that becomes read-only: between two runs, and under one, as a kernel does with a disk that fails."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
REMOUNTED = "errors=remount-ro"


def mount(*arguments: str) -> bool:
    return subprocess.run(["mount", *arguments], capture_output=True, check=False).returncode == 0


@pytest.fixture
def disk(tmp_path):
    """An ext4 disk of its own, in a file, at the place of the bench's workspace."""
    image, place = tmp_path / "disk.img", tmp_path / "house"
    place.mkdir()
    with image.open("wb") as file:
        file.truncate(32 << 20)
    made = subprocess.run(["mkfs.ext4", "-q", str(image)], capture_output=True, check=False)
    if made.returncode or not mount("-o", f"loop,{REMOUNTED}", str(image), str(place)):
        pytest.skip("a disk of its own cannot be mounted here")
    place.chmod(0o700)
    yield place
    subprocess.run(["umount", "-l", str(place)], check=False)


@pytest.fixture
def small(disk, bench):
    assert bench.workspace.root.stat().st_dev == disk.stat().st_dev
    return bench


def test_a_disk_that_is_read_only_is_named_by_every_command(small, disk):
    small.ready(20)
    assert small.run().state == "successful"
    # Whoever closes the journal last folds its side files away; nobody has a file open then.
    small.until(lambda: mount("-o", "remount,ro", str(disk)))
    for command in (
        ["run", "list"], ["run", "show", "1"], ["export", "run", "weekly"], ["export", "plan", "weekly"],
        ["run", "cancel", "1"], ["export", "list"], ["connection", "list"],
    ):  # fmt: skip
        done = small.segport(*command)
        assert done.returncode == 1, (command, done.stdout)
        assert "lies on a disk that is read-only. Look why" in done.stderr
    assert mount("-o", "remount,rw", str(disk))
    assert small.run().requests_sent == 0


def test_a_disk_that_fails_and_becomes_read_only_under_a_run(small, disk, tmp_path, addresses):
    """Nothing leaves that cannot be written down; what was acknowledged is there after a repair."""
    small.ready(2000, rate=20)
    subprocess.run(["sync", "-f", str(disk)], check=True)  # what was there before the run
    run_id = small.start()
    small.until(lambda: small.load(run_id).accepted >= 200)
    assert mount("-o", "remount,abort", str(disk))
    small.until(lambda: not small.is_alive(run_id))
    stored = sum(small.sandbox.accepted().values())
    assert stored < 2000
    assert small.segport("run", "list").returncode == 1
    subprocess.run(["umount", "-l", str(disk)], check=True)
    repaired = subprocess.run(
        ["e2fsck", "-p", str(tmp_path / "disk.img")], capture_output=True, check=False
    )
    assert repaired.returncode <= 1, repaired.stdout
    assert mount("-o", f"loop,{REMOUNTED}", str(tmp_path / "disk.img"), str(disk))
    run = small.load(run_id)
    assert run.state in {"interrupted", "failed"}
    assert 200 <= run.accepted <= stored
    output = small.workspace.run_folder(run_id) / "output.txt"
    assert "Traceback" not in output.read_text()
    output.write_text("")
    run = small.resume(run_id)
    small.check_delivered(run, {"vip": addresses(range(2000))})
    assert sum(small.sandbox.accepted().values()) - 2000 <= run.repeated + small.tried(run)
    small.check_converged()
