"""Schedules by commands as a shell gives them; the scheduler as the process that it is."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests import commands

ROOT = Path(__file__).parents[2]


class Shell:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environ = {**os.environ, "PYTHONPATH": str(ROOT), "TZ": "UTC"}
        self.environ.pop("SEGPORT_WORKSPACE", None)

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "tui.cli", "-w", str(self.folder), *arguments]

    def __call__(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        done = commands.segport(
            "-w", str(self.folder), *arguments, cwd=self.folder.parent, env=self.environ
        )
        assert "Traceback" not in done.stderr
        return done

    def told(self, *arguments: str):
        done = self(*arguments, "--json")
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout)


@pytest.fixture
def shell(bench) -> Shell:
    bench.people("vip", range(5))
    bench.connect()
    bench.export("vip")
    bench.export("vip", name="Other")
    return Shell(bench.workspace.root)


def test_schedules_are_set_shown_switched_and_replaced(shell):
    (one,) = shell.told("schedule", "set", "Weekly", "--weekly", "thu,mon", "--at", "06:00",
                        "--zone", "Asia/Tokyo")  # fmt: skip
    assert one["schedule"] == "mon, thu 06:00 (Asia/Tokyo)"
    assert len(one["next"]) == 5
    assert one["active"]
    # Switched off and on, each keeps its own.
    both = shell.told("schedule", "set", "weekly", "other", "--off")
    assert [each["active"] for each in both] == [False, False]
    both = shell.told("schedule", "set", "weekly", "other", "--on")
    assert [each["schedule"] for each in both] == [
        "mon, thu 06:00 (Asia/Tokyo)", "with the refresh, which is off",
    ]  # fmt: skip
    # A new one replaces both.
    both = shell.told("schedule", "set", "weekly", "other", "--every", "4 h")
    assert [each["schedule"] for each in both] == ["every 4 h (UTC)"] * 2
    shown = shell("schedule", "show", "weekly").stdout
    assert "every 4 h (UTC)" in shown
    assert shown.count(":00 UTC") == 5
    shown = shell.told("export", "show", "weekly")
    assert shown["why"].startswith("Never ran. No scheduler is running")
    assert len(shown["next"]) == 5


def test_the_refresh_is_set_by_command(shell):
    assert shell("schedule", "show").stdout.startswith("refresh    off\n")
    found = shell.told("schedule", "refresh", "--daily", "--at", "06:00", "--at", "18:00")
    assert found["refresh"]["times"] == ["06:00", "18:00"]
    assert [each["active"] for each in shell.told("schedule", "show")["exports"]] == [True, True]
    shell.told("schedule", "refresh", "--off")
    found = shell.told("schedule", "show")
    assert found["refresh"]["times"] == ["06:00", "18:00"]
    assert [each["active"] for each in found["exports"]] == [False, False]
    # On again, it is as it was.
    shell.told("schedule", "refresh", "--on")
    found = shell.told("schedule", "show")
    assert found["refresh"]["times"] == ["06:00", "18:00"]
    assert [each["active"] for each in found["exports"]] == [True, True]


def test_a_refresh_that_never_had_times_asks_for_them(shell):
    done = shell("schedule", "refresh", "--on")
    assert (done.returncode, "When?" in done.stderr) == (2, True), done.stderr


def test_an_export_whose_file_is_wrong_is_told_where_schedules_are(shell):
    file = shell.folder / "exports" / "weekly.toml"
    file.write_text("name = \n")
    told = "weekly cannot be used: exports/weekly.toml, line 1: this is not valid TOML"
    assert told in shell("schedule", "show").stdout
    assert {"weekly", "other"} == {
        each["slug"] for each in shell.told("schedule", "show")["exports"]
    }
    (shell.folder / "exports" / "other.toml").unlink()
    assert "There are no exports" not in shell("schedule", "show").stdout


@pytest.mark.sampled(5)
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["weekly"], "Which schedule?"),
        (["weekly", "--at", "06:00"], "--at alone says not how often."),
        (["weekly", "--daily"], '--at: a daily schedule takes a time of day, as in "06:00".'),
        (["weekly", "--daily", "--every", "4 h"], "are two schedules"),
        (["weekly", "--daily", "--at", "6"], '--at: "6" is no time of day'),
        (["weekly", "--cron", "* * *"], "--cron:"),
        (["weekly", "--monthly", "40", "--at", "06:00"], '--monthly: "40" is no day of a month'),
        (["weekly", "--daily", "--at", "06:00", "--zone", "Here"], "--zone: there is no time zone"),
        (["nowhere", "--daily", "--at", "06:00"], "There is no export nowhere."),
        (["weekly", "nowhere", "--daily", "--at", "06:00"], "There is no export nowhere."),
    ],
)
def test_a_wrong_schedule_is_a_sentence_and_changes_nothing(shell, arguments, told):
    done = shell("schedule", "set", *arguments)
    assert (done.returncode, told in done.stderr) == (2, True), done.stderr
    assert "[schedule]" not in (shell.folder / "exports" / "weekly.toml").read_text()


def test_run_all_runs_those_with_an_active_schedule(bench, shell):
    assert shell.told("export", "run", "--all") == []
    shell.told("schedule", "set", "weekly", "--daily", "--at", "06:00")
    (one,) = shell.told("export", "run", "--all")
    assert (one["export"], one["state"]) == ("weekly", "successful")
    (bench.workspace.secrets_folder / "acme.toml").unlink()
    done = shell("export", "run", "--all")
    assert done.returncode == 1
    assert "not started: There is no API key" in done.stdout
    assert shell("export", "run").returncode == 2
    assert shell("export", "run", "weekly", "--all").returncode == 2


def test_the_lasting_scheduler_ends_when_it_is_told_and_shows_that_it_lives(bench, shell):
    assert shell.told("schedule", "due") == {"happenings": [], "next_due": None}
    process = subprocess.Popen(
        shell.command("schedule", "run"), env=shell.environ, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == (
            "Looking for what is due: 0 of 2 exports run by themselves.\n"
        )
        bench.until(lambda: shell.told("schedule", "show")["scheduler"]["life"] == "alive")
        second = shell("schedule", "run")
        assert second.returncode == 75
        assert f"process {process.pid}" in second.stderr
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    finally:
        process.kill()
        process.wait()
    # What looked last is known still.
    assert shell.told("schedule", "show")["scheduler"]["life"] == "cron"


@pytest.mark.slow
def test_an_administrator_who_is_given_another_role_loses_the_scheduler_at_once(shell, bench):
    import getpass

    from store.journal import audit

    me = getpass.getuser()
    shell.told("operator", "add", "chief", "--role", "administrator")
    scheduler = subprocess.Popen(
        shell.command("schedule", "run"), cwd=shell.folder.parent, env=shell.environ,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        deadline = time.monotonic() + 60
        while shell.told("schedule", "show")["scheduler"]["life"] != "alive":
            assert time.monotonic() < deadline
            time.sleep(0.1)
        shell.told("operator", "role", me, "viewer")
        _, told = scheduler.communicate(timeout=60)
    finally:
        scheduler.kill()
        scheduler.wait()
    assert scheduler.returncode == 5
    assert f"{me} is a viewer here; to run the scheduler takes an administrator" in told
    assert "chief" in told
    assert shell("schedule", "due").returncode == 5
    with bench.desk.journal() as journal:
        (began,) = audit.deeds(journal, audit.Wanted(action="scheduler started"))
        (refused,) = audit.deeds(journal, audit.Wanted(result="refused"), limit=1)
    assert (began.action, began.operator, began.role) == ("scheduler started", me, "administrator")
    assert (refused.action, refused.role) == ("run the scheduler", "viewer")


def test_a_run_says_when_it_was_due_and_how_late_it_was(shell, bench):
    from datetime import UTC, datetime, timedelta

    from store import exports
    from store.journal import occurrences

    # Half an hour ago, and at that minute of every hour before.
    now = datetime.now(UTC)
    minute = (now - timedelta(minutes=30)).minute
    shell.told("schedule", "set", "weekly", "--cron", f"{minute} * * * *", "--zone", "UTC")
    os.utime(bench.workspace.segments_folder / "vip.csv", (0, 0))
    # The machine was off for five hours.
    with bench.desk.journal() as journal, journal.writing() as db:
        seen = (now - timedelta(hours=5)).isoformat(timespec="milliseconds")
        db.execute("update timing set seen_until = ?", (seen,))
    shell.told("schedule", "due")
    export_id = exports.load(bench.workspace, "weekly").value.id
    with bench.desk.journal() as journal:
        run_id = occurrences.newest(journal, export_id).run_id
    bench.wait(run_id)
    told = shell("run", "show", str(run_id)).stdout
    line = next(line for line in told.splitlines() if line.startswith("due "))
    assert re.search(r" 3[01] min late: no scheduler was looking at", line)
    assert "4 times that passed before are not made up for" in line
    plain = shell.told("run", "show", str(run_id))
    assert plain["late"] in line
    assert datetime.fromisoformat(plain["due"]) <= datetime.now(UTC)
    by_hand = bench.run()
    assert "due" not in shell("run", "show", str(by_hand.id)).stdout
    assert shell.told("run", "show", str(by_hand.id))["due"] is None
