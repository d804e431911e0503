"""Schedulers that are killed, doubled and raced: no occurrence runs twice, none is lost."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from store import exports
from store.journal import occurrences, runs
from store.schedules import Schedule
from workers.actions import alerts, schedules

SCRIPT = Path(__file__).with_name("clockwork.py")
HOUR = timedelta(hours=1)


@pytest.fixture
def house(bench, tmp_path, monkeypatch):
    """An export that is due every hour, a clock in a file, and schedulers as processes."""
    bench.ready(5)
    schedules.set_schedule(bench.desk, ["weekly"], Schedule(recurrence="interval", every="1 h"))
    os.utime(bench.workspace.segments_folder / "vip.csv", (0, 0))

    class House:
        def __init__(self) -> None:
            self.clock = tmp_path / "clock"
            self.output = tmp_path / "output"
            self.processes: list[subprocess.Popen[bytes]] = []
            now = datetime.now(UTC)
            self.begin = now.replace(minute=0, second=0, microsecond=0) + HOUR
            self.export_id = exports.load(bench.workspace, "weekly").value.id
            self.set(now)

        def set(self, moment: datetime) -> None:
            scratch = self.clock.with_suffix(".new")
            scratch.write_text(moment.isoformat())
            scratch.replace(self.clock)

        def scheduler(self, mode: str = "run", seam: str = "") -> subprocess.Popen[bytes]:
            environ = os.environ | ({"SEGPORT_SEAM": seam} if seam else {})
            command = [
                sys.executable,
                str(SCRIPT),
                str(bench.workspace.root),
                str(self.clock),
                mode,
            ]
            output = self.output.open("ab")
            process = subprocess.Popen(command, env=environ, stdout=output, stderr=output)
            output.close()
            self.processes.append(process)
            return process

        def kill(self, process: subprocess.Popen[bytes]) -> None:
            process.kill()
            process.wait()

        def occurrence(self, due: datetime):
            with bench.desk.journal() as journal:
                row = journal.row(
                    "select state, run_id from occurrence where due = ?", occurrences.written(due)
                )
            return (row["state"], row["run_id"]) if row else (None, None)

        def ended(self, due: datetime):
            """The run of an occurrence, once it has ended by itself."""
            state, run_id = self.occurrence(due)
            if state != "started":
                return None
            run = bench.load(run_id)
            return run if run.state == "successful" else None

        def check(self, last: datetime) -> None:
            """Every hour was started or is covered, each by a run of its own."""
            with bench.desk.journal() as journal:
                rows = journal.rows("select * from occurrence order by due")
                known = journal.rows("select id from run")
                found = [runs.load(journal, row["id"]) for row in known]
                assert journal.row("pragma integrity_check")[0] == "ok"
            dues = [datetime.fromisoformat(row["due"]) for row in rows]
            hours = int((last - self.begin) / HOUR) + 1
            assert len(rows) + sum(row["missed"] for row in rows) == hours
            assert dues[-1] == last
            assert {row["state"] for row in rows} == {"started"}
            of_runs = [row["run_id"] for row in rows]
            assert len(set(of_runs)) == len(of_runs)
            assert sorted(of_runs) == sorted(run.id for run in found)
            assert {(run.state, run.started_by) for run in found} == {("successful", "schedule")}

    found = House()
    yield found
    for process in found.processes:
        process.kill()
        process.wait()


@pytest.mark.parametrize("seam", ["claimed", "asked"])
def test_a_scheduler_that_dies_at_the_worst_point_leaves_its_work_to_the_next(bench, house, seam):
    house.set(house.begin)
    process = house.scheduler(seam=seam)
    assert process.wait(30) == -signal.SIGKILL
    assert house.occurrence(house.begin)[0] == ("waiting" if seam == "claimed" else "started")
    # The next may come days later, and by another way.
    house.set(house.begin + timedelta(minutes=20))
    assert house.scheduler("due").wait(30) == 0
    run = bench.until(lambda: house.ended(house.begin))
    assert run.attempt == (1 if seam == "claimed" else 2)
    # What is made good by itself alerts nobody.
    assert alerts.recent(bench.desk) == []
    house.check(house.begin)


@pytest.mark.slow
def test_killed_and_restarted_at_random_and_in_doubles(bench, house):
    chance = random.Random(20261124)
    due = house.begin
    for _ in range(6):
        house.set(due)
        # One or two schedulers race, and die somewhere between their start and the run's.
        for _ in range(chance.randint(1, 2)):
            racing = [house.scheduler(chance.choice(["run", "due"])) for _ in range(2)]
            time.sleep(chance.uniform(0.15, 0.9))
            for process in racing:
                house.kill(process)
        lasting = house.scheduler()
        bench.until(lambda: house.ended(due))  # noqa: B023 - used before the loop goes on
        house.kill(lasting)
        # Sometimes a few hours pass with nobody looking.
        last, due = due, due + chance.choice([1, 1, 3]) * HOUR
    house.check(last)


def test_a_second_lasting_scheduler_is_refused_and_the_first_goes_on(bench, house):
    first = house.scheduler()
    life = bench.until(lambda: (w := schedules.scheduler(bench.desk)).life == "alive" and w)
    assert life.words == "scheduler alive"
    second = house.scheduler()
    assert second.wait(30) == 1
    told = house.output.read_text()
    assert f"A scheduler of this workspace is running already: process {first.pid}." in told
    house.set(house.begin)
    bench.until(lambda: house.ended(house.begin))
    house.check(house.begin)
    house.kill(first)
    bench.until(lambda: schedules.scheduler(bench.desk).life != "alive")


def test_roles_that_nobody_can_read_have_not_been_taken_from_anybody(bench, house):
    settings = bench.workspace.settings_path
    text = settings.read_text()
    scheduler = house.scheduler()
    bench.until(lambda: schedules.scheduler(bench.desk).life == "alive")
    settings.write_text(f"{text}[broken")
    house.set(house.begin)
    # What it starts cannot be planned either, and says so itself.
    bench.until(lambda: house.occurrence(house.begin)[0] == "started")
    assert scheduler.poll() is None
    settings.write_text(text.replace("administrators = []", 'administrators = ["chief"]'))
    assert scheduler.wait(30) == 1
    assert (
        "is a viewer here; to run the scheduler takes an administrator" in house.output.read_text()
    )
    # Nobody looks any more, and the roles of now decide who does.
    house.set(house.begin + HOUR)
    assert house.scheduler().wait(30) == 1
    assert house.occurrence(house.begin + HOUR) == (None, None)


@pytest.mark.slow
def test_settings_that_break_and_are_mended_all_the_time_take_no_role_away(bench, house):
    settings = bench.workspace.settings_path
    scratch = settings.with_suffix(".new")
    text = settings.read_text()
    scheduler = house.scheduler()
    bench.until(lambda: schedules.scheduler(bench.desk).looked_at)
    until = time.monotonic() + 3
    while time.monotonic() < until:
        for each in (f"{text}[broken", text):
            scratch.write_text(each)
            scratch.replace(settings)
    assert scheduler.poll() is None, house.output.read_text()
