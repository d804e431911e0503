"""A scheduler's look at a real workspace, by a clock that the test sets."""

from __future__ import annotations

import os
import random
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

import msgspec
import pytest

from store import connections, documents, exports, locks
from store.errors import NotPermitted
from store.journal import audit, occurrences, runs
from store.people.operators import Operator
from store.schedules import Refresh, Schedule
from workers.actions import keeping, schedules
from workers.actions.desk import Desk
from workers.schedule import alive
from workers.schedule.times import occurrences as occurrences_of
from workers.schedule.why import Known, why

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
SIX = Schedule(recurrence="daily", times=["06:00"])


@pytest.fixture
def house(bench):
    """An export that is due at six every day, and a clock that begins at the first six to come."""
    bench.ready(5)
    schedules.set_schedule(bench.desk, ["weekly"], SIX)

    class House:
        def __init__(self) -> None:
            now = datetime.now(UTC)
            today = now.replace(hour=6, minute=0, second=0, microsecond=0)
            self.six = today if now < today - MINUTE else today + DAY

        def look(self, now: datetime):
            return schedules.look(bench.desk, now, "due", now).happenings

        def settle(self) -> None:
            """Let what falls due before the first six run: it depends on the hour of the test."""
            self.look(self.six - MINUTE)
            for each in self.runs():
                bench.wait(each.id)

        def newest(self):
            with bench.desk.journal() as journal:
                return occurrences.newest(journal, exports.load(bench.workspace, "weekly").value.id)

        def runs(self):
            with bench.desk.journal() as journal:
                found = journal.rows("select id from run order by id")
                return [runs.load(journal, row["id"]) for row in found]

        def why(self, now: datetime) -> str:
            """What is said at a time that is not now."""
            export = exports.load(bench.workspace, "weekly").value
            line = schedules.of(bench.desk, "weekly")
            with bench.desk.journal() as journal:
                return why(
                    Known(
                        export,
                        line.timing,
                        occurrences.marks(journal).get(export.id),
                        occurrences.newest(journal, export.id),
                        runs.last_of_each(journal).get(export.id),
                        alive.scheduler_alive(bench.workspace, journal, now),
                    ),
                    now,
                )

    return House()


def test_a_time_runs_once_and_says_who_started_it(bench, house):
    assert house.look(house.six - MINUTE) == []
    due, started = house.look(house.six + timedelta(seconds=3))
    assert (due.what, started.due) == ("due", house.six)
    run = bench.wait(started.run_id)
    assert (run.state, run.operator, run.started_by) == ("successful", "scheduler", "schedule")
    assert house.look(house.six + MINUTE) == []
    assert house.newest().run_id == run.id
    assert "Started by the schedule." in bench.log(run.id)
    assert f" on schedule (run {run.id}): successful." in house.why(house.six + MINUTE)
    with bench.desk.journal() as journal:
        deeds = [(d.operator, d.via, d.action) for d in audit.deeds(journal)]
    assert ("scheduler", "schedule", "run started") in deeds
    # The next day is another occurrence.
    assert [h.what[:3] for h in house.look(house.six + DAY)] == ["due", "run"]


def test_what_was_missed_while_the_machine_was_off_runs_once_late_and_says_so(bench, house):
    back = house.six + 2 * DAY + 3 * timedelta(hours=1)
    _, started = house.look(back)
    told = ", 3 h late: no scheduler was looking at"
    assert told in started.what
    assert "2 times that passed before are not made up for" in started.what
    bench.wait(started.run_id)
    assert told in bench.log(started.run_id)
    assert (house.newest().due, house.newest().missed) == (house.six + 2 * DAY, 2)
    assert told in house.why(back)
    assert len(house.runs()) == 1
    assert house.look(back + MINUTE) == []


def test_a_file_that_is_being_written_is_waited_for(bench, house):
    source = bench.workspace.segments_folder / "vip.csv"
    written = house.six - timedelta(seconds=5)
    os.utime(source, (written.timestamp(), written.timestamp()))
    _, waits = house.look(house.six)
    assert waits.what.startswith("waits: vip.csv changed 5 s ago")
    assert house.look(house.six + timedelta(seconds=10)) == []
    assert "and waits: vip.csv changed" in house.why(house.six + timedelta(seconds=10))
    (started,) = house.look(house.six + MINUTE)
    assert "of waiting: vip.csv changed" in started.what
    assert "late" not in started.what
    assert bench.wait(started.run_id).state == "successful"


def test_a_sql_segment_waits_for_every_file_it_may_read(bench, house):
    (bench.workspace.segments_folder / "few.sql").write_text("select * from vip limit 2")
    bench.export("few", name="Few")
    for path in bench.workspace.segments_folder.iterdir():
        os.utime(path, (0, 0))
    schedules.set_schedule(bench.desk, ["few"], SIX)
    written = house.six.timestamp()
    os.utime(bench.workspace.segments_folder / "vip.csv", (written, written))
    found = {
        h.slug: h.what for h in house.look(house.six + timedelta(seconds=1)) if h.what != "due"
    }
    assert found["few"].startswith("waits: vip.csv changed 1 s ago")


def test_a_run_under_way_is_waited_for_until_the_next_time_comes(bench, house):
    run_id = bench.start()
    bench.wait(run_id)
    # The lock alone says that it is alive.
    with bench.desk.journal() as journal, journal.writing() as db:
        runs.note(db, run_id, state=runs.State.SENDING)
    lock = locks.acquire(bench.workspace.locks_folder / f"run-{run_id}.lock")
    _, waits = house.look(house.six)
    assert "runs this export already" in waits.what
    _, again = house.look(house.six + DAY)
    assert again.what.startswith("waits:")
    with bench.desk.journal() as journal:
        rows = journal.rows("select state, cause from occurrence order by due")
    assert [row["state"] for row in rows] == ["skipped", "waiting"]
    assert rows[0]["cause"].startswith("the next time came while it waited: ")
    with bench.desk.journal() as journal, journal.writing() as db:
        runs.note(db, run_id, state=runs.State.SUCCESSFUL)
    lock.release()
    (started,) = house.look(house.six + DAY + MINUTE)
    assert bench.wait(started.run_id).state == "successful"


def test_nothing_waits_for_ever(bench, house):
    schedules.set_schedule(
        bench.desk, ["weekly"], Schedule(recurrence="monthly", day="last", times=["06:00"])
    )
    (due,) = schedules.of(bench.desk, "weekly").next[:1]
    source = bench.workspace.segments_folder / "vip.csv"
    for hours in (0, 12, 24):
        now = due + timedelta(hours=hours)
        os.utime(source, (now.timestamp(), now.timestamp()))
        found = house.look(now)
    assert found[0].what.startswith("skipped: gave up after a day: vip.csv changed")
    assert "Did not run at" in house.why(due + DAY)


def withdraw(bench) -> None:
    document = connections.load(bench.workspace, "acme")
    documents.update(document, msgspec.structs.replace(document.value, consent=None))


def break_file(bench) -> None:
    path = exports.path_of(bench.workspace, "weekly")
    path.write_text(path.read_text() + "\nnonsense = 1\n")


def lose_connection(bench) -> None:
    connections.path_of(bench.workspace, "acme").unlink()


def lose_key(bench) -> None:
    (bench.workspace.secrets_folder / "acme.toml").unlink()


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (withdraw, "skipped: Nobody has agreed to data leaving"),
        (break_file, "skipped: exports/weekly.toml, line"),
        (lose_connection, "skipped: There is no connection acme"),
        (lose_key, "skipped: There is no API key for connection acme"),
    ],
)
def test_what_cannot_run_is_skipped_with_the_one_cause(bench, house, spoil, told):
    spoil(bench)
    _, skipped = house.look(house.six)
    assert skipped.what.startswith(told)
    assert house.look(house.six + MINUTE) == []
    assert house.runs() == []


def test_every_cause_of_not_running_has_its_own_line(bench, house):
    """Paused, no connection, refresh off, over, no scheduler, being written, skipped."""
    now = house.six - MINUTE
    lines = {}
    house.look(now)
    lines["fine"] = house.why(now)
    lines["no scheduler"] = house.why(now - timedelta(hours=2))
    schedules.switch(bench.desk, ["weekly"], on=False)
    lines["paused"] = house.why(now)
    schedules.set_schedule(bench.desk, ["weekly"], Schedule())
    lines["refresh off"] = house.why(now)
    over = Schedule(recurrence="daily", times=["06:00"], until="2020-01-01")
    schedules.set_schedule(bench.desk, ["weekly"], over)
    lines["over"] = house.why(now)
    schedules.set_schedule(bench.desk, ["weekly"], SIX)
    source = bench.workspace.segments_folder / "vip.csv"
    os.utime(source, (house.six.timestamp(), house.six.timestamp()))
    house.look(house.six)
    lines["being written"] = house.why(house.six)
    lines["overdue"] = house.why(house.six + DAY)
    os.utime(source, (0, 0))
    withdraw(bench)
    house.look(house.six + MINUTE)
    lines["skipped"] = house.why(house.six + MINUTE)
    bench.change("weekly", connection=None)
    lines["detached"] = house.why(house.six + MINUTE)
    assert len(set(lines.values())) == len(lines), lines
    assert lines["fine"] == "Never ran."
    assert lines["overdue"].startswith("Due since ")
    assert all("\n" not in line for line in lines.values())


def test_the_refresh_runs_every_export_that_has_not_its_own(bench, house):
    bench.people("gold", range(3))
    bench.export("gold", name="Gold")
    bench.export("gold", name="Hand")
    schedules.switch(bench.desk, ["hand"], on=False)
    seven = Refresh(on=True, times=["07:00"])
    schedules.set_refresh(bench.desk, seven)
    house.settle()
    assert {h.slug for h in house.look(house.six)} == {"weekly"}
    found = house.look(house.six + timedelta(hours=1))
    assert {h.slug for h in found} == {"gold"}
    for each in house.runs():
        bench.wait(each.id)


def test_broken_settings_stop_no_schedule_that_is_known(bench, house):
    schedules.set_schedule(bench.desk, ["weekly"], Schedule())
    schedules.set_refresh(bench.desk, Refresh(on=True, times=["07:00"]))
    house.look(house.six)
    text = bench.workspace.settings_path.read_text()
    bench.workspace.settings_path.write_text(text + "\nnonsense = 1\n")
    found = house.look(house.six + timedelta(hours=1))
    assert [h.what.partition(",")[0] for h in found] == [
        "due", f"skipped: {bench.workspace.root.name}/segport.toml",
    ]  # fmt: skip


def test_a_schedule_that_was_changed_owes_nothing_from_before(bench, house):
    house.look(house.six - MINUTE)
    path = exports.path_of(bench.workspace, "weekly")
    path.write_text(path.read_text().replace("06:00", "05:00"))
    # Edited by hand: it counts from when a scheduler first saw it.
    assert house.look(house.six + MINUTE) == []
    assert house.look(house.six + DAY - timedelta(hours=1))[0].what == "due"


def test_a_paused_export_does_not_catch_up(bench, house):
    house.look(house.six - MINUTE)
    schedules.switch(bench.desk, ["weekly"], on=False)
    assert house.look(house.six + MINUTE) == []
    schedules.switch(bench.desk, ["weekly"], on=True)
    with bench.desk.journal() as journal:
        (mark,) = occurrences.marks(journal).values()
    # It counts from when it was switched on, which is the real now.
    assert abs(mark.seen_until - datetime.now(UTC)) < MINUTE


def test_a_clock_that_is_set_back_runs_nothing_twice_and_goes_on(bench, house):
    _, started = house.look(house.six + 2 * MINUTE)
    bench.wait(started.run_id)
    assert house.look(house.six - timedelta(hours=3)) == []
    assert house.look(house.six + MINUTE) == []
    assert len(house.runs()) == 1
    _, again = house.look(house.six + DAY)
    assert again.run_id != started.run_id


def test_a_clock_that_jumps_ahead_and_back_still_runs_the_days_between(bench, house):
    _, wrong = house.look(house.six + 30 * DAY)
    bench.wait(wrong.run_id)
    assert house.look(house.six - MINUTE) == []
    _, right = house.look(house.six)
    assert right.run_id != wrong.run_id
    bench.wait(right.run_id)
    # The one day that had run while the clock was wrong is not run again.
    house.look(house.six + 30 * DAY - MINUTE)
    assert [h.what for h in house.look(house.six + 30 * DAY)] == []


def test_only_an_administrator_runs_the_scheduler(bench, house):
    for role in ("viewer", "contributor"):
        desk = Desk(bench.workspace, Operator("eve", role), "command line")
        with pytest.raises(NotPermitted, match="to run the scheduler takes an administrator"):
            schedules.look(desk, house.six, "due", house.six)
    viewer = Desk(bench.workspace, Operator("eve", "viewer"), "command line")
    with pytest.raises(NotPermitted):
        schedules.set_schedule(viewer, ["weekly"], SIX)
    contributor = Desk(bench.workspace, Operator("carl", "contributor"), "command line")
    with pytest.raises(NotPermitted):
        schedules.set_refresh(contributor, Refresh())
    # Not shared with contributors.
    with pytest.raises(NotPermitted):
        schedules.set_schedule(contributor, ["weekly"], SIX)


def test_whether_a_scheduler_is_alive(bench, house):
    def life(now):
        with bench.desk.journal() as journal:
            return alive.scheduler_alive(bench.workspace, journal, now).life

    assert life(house.six) == "none"
    house.look(house.six)
    assert life(house.six + MINUTE) == "cron"
    assert life(house.six + timedelta(hours=1)) == "none"
    lock = locks.acquire(alive.lock_path(bench.workspace))
    schedules.look(bench.desk, house.six, "run", house.six)
    assert life(house.six + MINUTE) == "alive"
    assert life(house.six + timedelta(hours=1)) == "stuck"
    lock.release()
    assert life(house.six + timedelta(hours=1)) == "none"
    for each in house.runs():
        bench.wait(each.id)


def test_what_is_too_old_is_removed_once_a_day(bench, house):
    run = bench.run()
    folder = bench.workspace.run_folder(run.id)
    with bench.desk.journal() as journal, journal.writing() as db:
        runs.note(db, run.id, ended_at="2020-01-01T00:00:00.000+00:00")
    assert (folder / "plan.parquet").exists()
    keeping.keep(bench.desk, plans=30)
    schedules.look_after(bench.desk, house.six)
    assert not (folder / "plan.parquet").exists()
    with bench.desk.journal() as journal:
        deeds = [(d.operator, d.action) for d in audit.deeds(journal, audit.Wanted())]
        assert ("scheduler", "retention applied") in deeds
        with journal.writing() as db:
            hour = timedelta(hours=1)
            assert not occurrences.take_turn(db, "retention", 1, house.six + 23 * hour, DAY)
            assert occurrences.take_turn(db, "retention", 1, house.six + 24 * hour, DAY)


@pytest.mark.slow
def test_a_year_of_looks_in_three_zones_decides_every_time_once(bench):
    """A scheduler that looks now and then, by a clock that goes through two changes of each zone.

    Nothing can start here, so that every time is decided at once and no process is needed.
    """
    chance = random.Random(7)
    zones = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe"]
    bench.ready(2)
    wanted = {}
    for zone in zones:
        slug = bench.export("vip", name=zone.split("/")[1])
        every = Schedule(recurrence="daily", times=["02:15", "14:00"], zone=zone)
        schedules.set_schedule(bench.desk, [slug], every)
        wanted[slug] = every
    for path in bench.workspace.segments_folder.iterdir():
        os.utime(path, (0, 0))
    lose_key(bench)
    begin = datetime.now(UTC)
    hours = [begin + n * timedelta(hours=1) for n in range(365 * 24)]
    changes = [
        hour for hour in hours for zone in map(ZoneInfo, zones)
        if hour.astimezone(zone).utcoffset() != (hour - DAY / 24).astimezone(zone).utcoffset()
    ]  # fmt: skip
    assert len(changes) == 6
    # Closely around every change, and with gaps of days in between.
    near = [change + n * MINUTE for change in changes for n in (-900, -90, -15, 20, 45, 90, 600)]
    far = [chance.choice(hours) for _ in range(40)]
    looked = [begin, *sorted(near + far), begin + 365 * DAY]
    now = looked[-1]
    for each in looked:
        schedules.look(bench.desk, each, "due", each)
    with bench.desk.journal() as journal:
        rows = journal.rows("select slug, due, claimed_at, missed, state from occurrence")
    for slug, schedule in wanted.items():
        own = sorted((row for row in rows if row["slug"] == slug), key=lambda row: row["due"])
        moments = list(takewhile(lambda moment: moment <= now, occurrences_of(schedule, begin)))
        assert len(moments) == 730
        assert len(own) + sum(row["missed"] for row in own) == len(moments)
        assert {datetime.fromisoformat(row["due"]) for row in own} <= set(moments)
        for row in own:
            due, seen = (datetime.fromisoformat(row[name]) for name in ("due", "claimed_at"))
            # Seen at the first look after it, and it was the newest then.
            assert seen.replace(microsecond=0) == min(
                each.replace(microsecond=0) for each in looked if each >= due
            )
            assert not [each for each in moments if due < each <= seen]
        assert {row["state"] for row in own} == {"skipped"}


def test_saving_says_that_an_export_will_run_by_itself(bench, house):
    from workers.actions import exports as doors

    schedules.set_refresh(bench.desk, Refresh(on=True, times=["07:00"], zone="Asia/Tokyo"))
    bench.change("weekly", schedule=None)
    read = exports.load(bench.workspace, "weekly")
    told = " ".join(doors.save(bench.desk, read.value, "weekly", read.digest).notes)
    assert "It runs by itself: daily 07:00 (Asia/Tokyo). Pause it" in told
    paused = msgspec.structs.replace(read.value, schedule=Schedule(on=False))
    told = " ".join(doors.save(bench.desk, paused, "weekly", read.digest).notes)
    assert "by itself" not in told


def test_times_of_long_ago_are_forgotten_but_for_the_newest(bench, house):
    lose_key(bench)
    for days in range(4):
        house.look(house.six + days * DAY)
    with bench.desk.journal() as journal, journal.writing() as db:
        assert occurrences.drop_before(db, house.six + 2 * DAY) == 2
        assert occurrences.drop_before(db, house.six + 900 * DAY) == 1
    assert house.newest().due == house.six + 3 * DAY
