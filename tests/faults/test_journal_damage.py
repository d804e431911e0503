"""A journal that is damaged, put back from a backup, or robbed of its side files."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from store.errors import Busy, SegportError
from workers.actions import runs

ROOT = Path(__file__).parents[2]
POSTS = "POST /v1/contact*"


def backup(bench, place: Path) -> None:
    """A copy as `segport doctor` and SQLite advise: whole, at one moment."""
    with (
        closing(sqlite3.connect(bench.workspace.journal_path)) as source,
        closing(sqlite3.connect(place)) as target,
    ):
        source.backup(target)


def at_rest(bench) -> None:
    """Nobody has the journal open: whoever closes it last folds its side files away."""
    bench.until(lambda: not list(bench.workspace.state.glob("journal.db-*")))


def put_back(bench, place: Path) -> None:
    """A new file in the place of the old one, without its side files."""
    for path in bench.workspace.state.glob("journal.db*"):
        path.unlink()
    shutil.copy(place, bench.workspace.journal_path)


def under_way(bench, count: int = 2000) -> int:
    bench.ready(count, rate=20)
    run_id = bench.start()
    bench.until(lambda: bench.load(run_id).accepted >= 200)
    return run_id


def ended(bench, run_id: int) -> None:
    bench.until(lambda: not bench.is_alive(run_id))
    assert bench.output(run_id) == ""


@pytest.mark.sampled(3)
@pytest.mark.parametrize("damage", ["cut short", "noise", "a stranger's"])
def test_a_damaged_journal_is_named_and_nothing_is_sent(bench, damage):
    bench.ready(20)
    assert bench.run().state == "successful"
    bench.sandbox.forget()
    at_rest(bench)
    whole = bench.workspace.journal_path.read_bytes()
    broken = {"cut short": whole[: len(whole) // 3], "noise": os.urandom(len(whole)),
              "a stranger's": b"id;name\n1;ann\n" * 900}[damage]  # fmt: skip
    bench.workspace.journal_path.write_bytes(broken)
    for command in (["run", "list"], ["export", "run", "weekly"], ["export", "plan", "weekly"]):
        done = bench.segport(*command)
        assert done.returncode == 1, done.stdout
        assert "journal.db" in done.stderr or "the journal" in done.stderr
        assert "is damaged" in done.stderr
    assert bench.sent() == []
    bench.workspace.journal_path.write_bytes(whole)
    assert bench.run().requests_sent == 0


def test_an_empty_journal_is_a_new_one_and_the_ledger_still_stands(bench):
    bench.ready(20)
    assert bench.run().state == "successful"
    at_rest(bench)
    bench.workspace.journal_path.write_bytes(b"")
    run = bench.run()
    assert (run.state, run.requests_sent) == ("successful", 0)
    # A number is given once: the first run's folder and log lines are not this one's.
    assert run.id == 2
    assert "1 run of this workspace is not in the journal" in bench.log(run.id)


@pytest.mark.sampled(3)
@pytest.mark.parametrize("damage", ["side files removed", "cut short", "put back in place"])
def test_a_journal_that_is_damaged_under_a_run(bench, addresses, tmp_path, damage):
    """It ends in a sentence; what it can no longer write down it does not send."""
    bench.ready(2000, rate=20)
    backup(bench, tmp_path / "before.db")
    run_id = bench.start()
    bench.until(lambda: bench.load(run_id).accepted >= 200)
    process = bench.process(run_id)
    journal = bench.workspace.journal_path
    if damage == "side files removed":
        for path in bench.workspace.state.glob("journal.db-*"):
            path.unlink()
    elif damage == "cut short":
        os.truncate(journal, 8192)
    else:
        journal.write_bytes((tmp_path / "before.db").read_bytes())
    bench.until(lambda: not bench.is_alive(run_id))
    assert bench.process(run_id) is None, process
    if damage == "side files removed":
        assert "The journal was removed" in bench.log(run_id)
        assert len(bench.sandbox.contacts()) < 2000
    output = bench.workspace.run_folder(run_id) / "output.txt"
    told = output.read_text()
    assert "Traceback" not in told
    assert ".py" not in told, told
    done = bench.segport("run", "list")
    assert done.returncode in {0, 1}
    put_back(bench, tmp_path / "before.db")
    output.write_text("")
    run = bench.run()
    bench.check_holds({"vip": addresses(range(2000))})
    repeats = sum(bench.sandbox.accepted().values()) - 2000
    assert repeats == 0 or "is unknown, and is sent again" in bench.log(run.id)


@pytest.mark.slow
def test_an_older_journal_that_is_put_back_asks_first_and_gives_no_number_twice(bench, tmp_path):
    bench.ready(20)
    assert bench.run().state == "successful"
    backup(bench, tmp_path / "backup.db")
    bench.people("vip", range(20), name=lambda n: f"M{n}")
    assert bench.run().accepted == 20
    at_rest(bench)
    put_back(bench, tmp_path / "backup.db")
    bench.sandbox.forget()
    run = bench.run()
    assert (run.id, run.state) == (3, "needs approval")
    assert "The ledger of this export is missing or not the one that was written last" in run.cause
    assert bench.sent() == []
    assert "1 run of this workspace is not in the journal" in bench.log(3)
    with pytest.raises(SegportError, match="There is no run 2"):
        runs.resume(bench.desk, 2)
    assert bench.approve(3).accepted == 20
    assert bench.run().requests_sent == 0


def test_an_older_journal_put_back_under_a_run_stops_it_and_starts_no_second(
    bench, addresses, tmp_path
):
    bench.ready(2000, rate=20)
    backup(bench, tmp_path / "backup.db")
    bench.sandbox.set_faults({"action": "delay", "match": POSTS, "seconds": 2.0, "since": 3})
    run_id = bench.start()
    bench.until(lambda: bench.load(run_id).accepted >= 100)
    put_back(bench, tmp_path / "backup.db")
    with pytest.raises(Busy, match="that the journal does not know is still at work"):
        bench.start()
    ended(bench, run_id)
    assert "The journal was removed" in bench.log(run_id)
    assert len(bench.sandbox.contacts()) < 2000
    bench.sandbox.set_faults()
    run = bench.run()
    if run.state == "needs approval":
        run = bench.approve(run.id)
    bench.check_delivered(run, {"vip": addresses(range(2000))})
    assert "sent again" in bench.log(run.id)


def test_a_run_whose_row_is_gone_ends_in_a_sentence(bench):
    """Somebody put older rows into the journal's own file."""
    run_id = under_way(bench)
    with closing(sqlite3.connect(bench.workspace.journal_path, timeout=15)) as journal, journal:
        journal.execute("pragma foreign_keys = off")
        for table in ("accepted", "repeated", "reject", "request", "target_list", "stage"):
            journal.execute(f"delete from {table} where run_id = ?", (run_id,))
        journal.execute("delete from run where id = ?", (run_id,))
    ended(bench, run_id)
    assert "leaves the run as it is" in bench.log(run_id)
    done = bench.segport("run", "show", str(run_id))
    assert (done.returncode, done.stderr.count("There is no run")) == (2, 1)
