"""Disks that fill up, journals that go away: what was acknowledged stays true, and it can go on."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import time
from contextlib import closing, suppress
from pathlib import Path

import pytest

from store.errors import Busy, SegportError
from tests import commands
from workers.actions import home, runs


@pytest.fixture
def disk(tmp_path):
    """A small disk of its own at the place of the bench's workspace."""
    place = tmp_path / "house"
    place.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=6m,mode=700", "tmpfs", str(place)],
        capture_output=True,
        check=False,
    )
    if made.returncode:
        pytest.skip("a small disk cannot be mounted here")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


@pytest.fixture
def small(disk, bench):
    """The bench on the small disk."""
    assert bench.workspace.root.stat().st_dev == disk.stat().st_dev
    return bench


def fill(disk: Path) -> Path:
    """Use up what is left of a disk."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"\0" * 4096)
        except OSError:
            return filler


def test_a_disk_that_fills_up_while_a_run_sends(disk, small, addresses):
    small.ready(1500, rate=20)
    run_id = small.start()
    small.until(lambda: small.load(run_id).accepted >= 200)
    process = small.process(run_id)
    filler = fill(disk)
    # What it could not print it tries to print once more at its very end.
    small.until_ended(process)
    filler.unlink()
    run = small.load(run_id)
    assert run.state in {"failed", "interrupted"}
    assert run.accepted < 1500
    output = small.workspace.run_folder(run_id) / "output.txt"
    assert "Traceback" not in output.read_text()
    output.write_text("")
    small.check_delivered(small.resume(run_id), {"vip": addresses(range(1500))})
    stored = sum(small.sandbox.accepted().values())
    run = small.load(run_id)
    assert stored - 1500 <= run.repeated + small.tried(run)
    small.check_converged()


@pytest.mark.parametrize("room", [True, False])
def test_a_run_that_is_dead_is_not_called_alive_by_the_list_of_exports(disk, small, room):
    """Nobody has written down that it is gone, and on a full disk nobody can."""
    small.ready(1500, rate=4)
    run_id = small.start()
    small.until(lambda: small.load(run_id).accepted >= 100)
    process = small.process(run_id)
    filler = None if room else fill(disk)
    with suppress(ProcessLookupError):  # for want of room it may have ended by itself
        os.kill(process, signal.SIGKILL)
    small.until(lambda: not small.is_alive(run_id))
    [line] = home.listed(small.desk)
    last = line.export.last
    assert (last.state, last.cause) == ("interrupted", "its process is gone")
    assert line.why.startswith("Ran ")
    assert f"(run {run_id}): interrupted" in line.why
    if filler is not None:
        filler.unlink()
    assert small.load(run_id).state == "interrupted"


def test_a_run_that_is_dead_is_told_of_where_nobody_can_write_that_down(disk, small):
    small.ready(1500, rate=4)
    run_id = small.start()
    small.until(lambda: small.load(run_id).accepted >= 100)
    os.kill(small.process(run_id), signal.SIGKILL)
    small.until(lambda: not small.is_alive(run_id))
    with closing(sqlite3.connect(small.workspace.journal_path, isolation_level=None)) as held:
        # What is written next needs room of its own.
        assert held.execute("pragma wal_checkpoint(truncate)").fetchone()[0] == 0
        filler = fill(disk)
        [brief] = runs.history(small.desk)
        assert (brief.state, brief.cause) == ("interrupted", "its process is gone")
        assert runs.load(small.desk, run_id).state == "interrupted"
        assert held.execute("select state from run").fetchone() == ("sending",)
    filler.unlink()


def test_a_plan_that_does_not_fit_on_the_disk(disk, small, addresses):
    small.ready(500)
    filler = fill(disk)
    with filler.open("r+b") as file:  # room for the journal's own rows, and for no plan
        file.truncate(filler.stat().st_size - 100_000)
    try:
        run_id = small.start()
        small.until(lambda: not small.load(run_id).active and not small.is_alive(run_id))
    except SegportError as error:
        told = str(error)
    else:
        run = small.load(run_id)
        told = f"{run.state}: {run.cause}"
        assert "Traceback" not in small.output(run_id)
    # Where there is no room for its end either, whoever looks finds it interrupted.
    assert "is full" in told or told.startswith("interrupted"), told
    assert small.sent() == []
    filler.unlink()
    small.check_delivered(small.run(), {"vip": addresses(range(500))})


def test_a_workspace_that_does_not_fit_on_the_disk(disk):
    filler = fill(disk)
    done = commands.segport("init", str(disk / "new"))
    assert done.returncode == 1
    assert "cannot be written: the disk or a quota is full. Make room there" in done.stderr
    assert "permission" not in done.stderr
    filler.unlink()
    # No half of a workspace stays behind that would be taken for one.
    assert commands.segport("init", str(disk / "new")).returncode == 0
    assert commands.segport("-w", str(disk / "new"), "export", "list").returncode == 0


def test_a_journal_that_is_deleted_takes_nothing_from_the_ledger(bench, addresses):
    """What was acknowledged stands in the ledger too, so that nobody is sent twice."""
    bench.ready(300)
    assert bench.run().state == "successful"
    delete_journal(bench)
    run = bench.run()
    assert (run.state, run.requests_sent) == ("successful", 0)
    bench.people("vip", range(301))
    assert bench.run().accepted == 1


@pytest.mark.slow
def test_a_journal_that_is_deleted_under_a_run_stops_it(bench, addresses):
    bench.ready(2000, rate=20)
    run_id = bench.start()
    bench.until(lambda: bench.load(run_id).accepted >= 200)
    delete_journal(bench)
    with pytest.raises(Busy, match="journal"):
        bench.start()
    bench.until(lambda: not bench.is_alive(run_id))
    there = set(bench.sandbox.contacts())
    assert len(there) < 2000
    assert "The journal" in bench.log(run_id)
    # Nothing that was acknowledged is forgotten: it had been settled before the process ended.
    bench.check_delivered(bench.run(), {"vip": addresses(range(2000))})
    # One contact may tell what bulk calls do, now that nobody knows whose the others there are.
    assert sum(bench.sandbox.accepted().values()) <= 2001


def delete_journal(bench) -> None:
    for path in bench.workspace.journal_path.parent.glob("journal.db*"):
        path.unlink()


def test_a_journal_that_another_process_holds_is_waited_for(bench, addresses):
    bench.ready(500, rate=20)
    run_id = bench.start()
    bench.until(lambda: bench.load(run_id).accepted >= 100)
    holder = sqlite3.connect(bench.workspace.journal_path, isolation_level=None)
    holder.execute("begin immediate")
    # One request may have been noted already; no other leaves while none can be noted.
    seen = len(bench.sent())
    time.sleep(0.5)
    assert len(bench.sent()) <= seen + 1
    holder.execute("rollback")
    holder.close()
    bench.check_delivered(bench.wait(run_id), {"vip": addresses(range(500))})
    assert set(bench.sandbox.accepted().values()) == {1}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_workspace_that_cannot_be_written(bench):
    bench.ready(10)
    folder = bench.workspace.journal_path.parent
    folder.chmod(0o500)
    try:
        with pytest.raises(SegportError, match="cannot be"):
            runs.start(bench.desk, "weekly")
    finally:
        folder.chmod(0o700)


def test_no_further_file_can_be_made(small, disk, addresses):
    """The disk has room, and no inode is left."""
    small.ready(200)
    found = os.statvfs(disk)

    def most(files):
        subprocess.run(["mount", "-o", f"remount,nr_inodes={files}", str(disk)], check=True)

    most(found.f_files - found.f_ffree + 1)
    try:
        told = small.wait(small.start()).cause
    except SegportError as error:
        told = str(error)
    most(found.f_files)
    assert "no more files" in told or "No space left" in told or "full" in told
    assert small.sent() == []
    small.check_delivered(small.run(), {"vip": addresses(range(200))})


def test_a_log_that_is_damaged_is_told_and_loses_nobody(bench, addresses):
    bench.ready(300)
    assert bench.run().state == "successful"
    for path in bench.workspace.state.glob("log.db*"):
        path.write_bytes(b"this is no database, and never was one " * 200)
    bench.people("vip", range(310))
    run_id = bench.start()
    bench.until(lambda: not bench.is_alive(run_id))
    run = bench.load(run_id)
    assert run.state == "failed"
    assert run.cause.startswith("log.db is damaged: it is not a database. Put log.db aside")
    assert bench.output(run_id) == ""
    for path in bench.workspace.state.glob("log.db*"):
        path.unlink()
    bench.check_delivered(bench.resume(run_id), {"vip": addresses(range(310))})
    assert set(bench.sandbox.accepted().values()) == {1}


@pytest.mark.sampled(4)
@pytest.mark.parametrize("damage", ["zeros", "noise", "cut short", "gone"])
def test_a_write_ahead_log_that_is_damaged_while_nobody_looks(bench, addresses, damage):
    """After a power cut on a bad disk: what is left is true, and the next run sends the rest."""
    from store.journal.schema import Journal

    bench.ready(300)
    held = Journal(bench.workspace.journal_path)  # so that the log is not folded away at the end
    assert bench.run().state == "successful"
    wal = bench.workspace.journal_path.with_name("journal.db-wal")
    text = wal.read_bytes()
    assert len(text) > 20_000
    held.close()
    half = len(text) // 2
    broken = {
        "zeros": text[:half] + bytes(4096) + text[half + 4096 :],
        "noise": text[:half] + os.urandom(4096) + text[half + 4096 :],
        "cut short": text[: half + 100],
        "gone": b"",
    }[damage]
    for path in bench.workspace.state.glob("journal.db-*"):
        path.unlink()
    if broken:
        wal.write_bytes(broken)
    run = bench.run()
    assert run.state in {"successful", "needs approval"}, run.cause
    if run.state == "needs approval":
        run = bench.approve(run.id)
    bench.check_holds({"vip": addresses(range(300))})
    bench.check_converged()
    with bench.desk.journal() as journal:
        assert journal.row("pragma integrity_check")[0] == "ok"
