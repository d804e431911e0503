"""The occurrences of schedules, held against a clock that walks through a year, five minutes a step."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import pairwise, takewhile
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from store.schedules import WEEKDAYS, Schedule
from workers.schedule.times import last_due, next_times, occurrences

# Clocks that change by an hour, north and south of the equator, and one that changes by half of one.
ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe"]
YEAR = 2026
BEGIN, END = datetime(YEAR, 1, 3, tzinfo=UTC), datetime(YEAR, 12, 29, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
STEP = 5 * MINUTE


@cache
def walls(zone: str) -> list[tuple[datetime, datetime]]:
    """Every step of the year: the moment, and what the clock on the wall shows."""
    place = ZoneInfo(zone)
    count = int((END - BEGIN) / STEP)
    moments = [BEGIN + n * STEP for n in range(1, count + 1)]
    return [(moment, moment.astimezone(place).replace(tzinfo=None)) for moment in moments]


@cache
def first_showing(zone: str) -> dict[datetime, datetime]:
    """For each time that the wall shows, the first moment at which it does."""
    found: dict[datetime, datetime] = {}
    for moment, wall in walls(zone):
        found.setdefault(wall, moment)
    return found


def by_the_wall(zone: str, day: date, clock: str) -> datetime | None:
    """When a time of day comes on a day; after a gap where the clock leaves it out."""
    wanted = datetime.fromisoformat(f"{day.isoformat()}T{clock}")
    shown = first_showing(zone)
    if wanted < walls(zone)[0][1]:
        return None
    for steps in range(37):
        if wanted + steps * STEP in shown:
            return shown[wanted + steps * STEP]
    return None


def through_the_year(schedule: Schedule) -> list[datetime]:
    return list(takewhile(lambda moment: moment <= END, occurrences(schedule, BEGIN)))


def expected(zone: str, clocks: list[str], fits) -> list[datetime]:
    days = [date(YEAR, 1, 1) + timedelta(days=n) for n in range(365)]
    found = {by_the_wall(zone, day, clock) for day in days if fits(day) for clock in clocks}
    return sorted(moment for moment in found if moment and BEGIN < moment <= END)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(
    "clocks", [["06:00"], ["02:30", "02:45", "03:00"], ["01:30", "02:15"], ["00:00", "23:55"]]
)
def test_daily_times_through_a_year(zone, clocks):
    found = through_the_year(Schedule(recurrence="daily", times=clocks, zone=zone))
    assert found == expected(zone, clocks, lambda day: True)


@pytest.mark.parametrize("zone", ZONES)
def test_weekdays_through_a_year(zone):
    schedule = Schedule(
        recurrence="weekly", times=["02:15", "18:00"], days=["sunday", "wednesday"], zone=zone
    )
    found = through_the_year(schedule)
    assert found == expected(zone, ["02:15", "18:00"], lambda day: day.weekday() in (6, 2))


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("day", [1, 15, 28, 29, 30, 31, "last"])
def test_days_of_the_month_through_a_year(zone, day):
    schedule = Schedule(recurrence="monthly", times=["02:30"], day=day, zone=zone)

    def fits(each: date) -> bool:
        last = (each + timedelta(days=1)).month != each.month
        return last if day == "last" else each.day == day or (last and each.day < day)

    found = through_the_year(schedule)
    assert found == expected(zone, ["02:30"], fits)
    assert len(found) in (11, 12)


@pytest.mark.sampled(3)
@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(("cron", "step"), [("*/15 * * * *", 15), ("0 * * * *", 60)])
def test_a_cron_expression_with_a_star_goes_through_both_changes(zone, cron, step):
    found = through_the_year(Schedule(recurrence="cron", cron=cron, zone=zone))
    assert found == [moment for moment, wall in walls(zone) if wall.minute % step == 0]


@pytest.mark.parametrize("zone", ZONES)
def test_a_cron_expression_at_fixed_times_runs_once_a_day(zone):
    found = through_the_year(Schedule(recurrence="cron", cron="30 2 * * *", zone=zone))
    assert found == expected(zone, ["02:30"], lambda day: True)


@pytest.mark.parametrize("zone", ZONES)
def test_an_interval_is_elapsed_time(zone):
    schedule = Schedule(recurrence="interval", every="5 h", start=f"{YEAR}-01-04 06:00", zone=zone)
    found = through_the_year(schedule)
    begin = datetime(YEAR, 1, 4, 6, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    assert found == [begin + n * timedelta(hours=5) for n in range(len(found))]
    assert END - found[-1] < timedelta(hours=5)


def test_what_happens_when_the_clocks_change_in_berlin():
    zone = ZoneInfo("Europe/Berlin")
    daily = Schedule(recurrence="daily", times=["02:30"], zone="Europe/Berlin")

    def shown(month: int, day: int) -> list[str]:
        after = datetime(YEAR, month, day, 12, tzinfo=UTC)
        return [each.astimezone(zone).isoformat() for each in next_times(daily, after, 3)]

    assert shown(3, 27) == [
        "2026-03-28T02:30:00+01:00", "2026-03-29T03:00:00+02:00", "2026-03-30T02:30:00+02:00",
    ]  # fmt: skip
    assert shown(10, 23) == [
        "2026-10-24T02:30:00+02:00", "2026-10-25T02:30:00+02:00", "2026-10-26T02:30:00+01:00",
    ]  # fmt: skip
    # Asked between the two, at 02:10 for the second time: it has come already.
    second = datetime(YEAR, 10, 25, 1, 10, tzinfo=UTC)
    assert next_times(daily, second, 1)[0].astimezone(zone).day == 26


SCHEDULES = st.one_of(
    st.builds(
        lambda hour, minute, zone: Schedule(
            recurrence="daily", times=[f"{hour:02}:{minute:02}"], zone=zone
        ),
        st.integers(0, 23),
        st.sampled_from([0, 1, 30, 59]),
        st.sampled_from(ZONES),
    ),
    st.builds(
        lambda days, zone: Schedule(
            recurrence="weekly", times=["02:30", "03:00"], days=sorted(days), zone=zone
        ),
        st.sets(st.sampled_from(WEEKDAYS), min_size=1),
        st.sampled_from(ZONES),
    ),
    st.builds(
        lambda every, zone: Schedule(recurrence="interval", every=every, zone=zone),
        st.sampled_from(["5 min", "90 min", "7 h", "3 d"]),
        st.sampled_from(ZONES),
    ),
    st.builds(
        lambda cron, zone: Schedule(recurrence="cron", cron=cron, zone=zone),
        st.sampled_from(["*/7 * * * *", "0 3 29 2 *", "15 2 * * 0", "0 0 1 1,7 *"]),
        st.sampled_from(ZONES),
    ),
)


@settings(max_examples=60, deadline=None)
@given(SCHEDULES, st.integers(0, 525_000), st.integers(0, 60_000))
def test_what_is_due_is_the_newest_and_none_is_counted_twice(schedule, minute, span):
    after = BEGIN + minute * MINUTE
    now = after + span * MINUTE
    due = last_due(schedule, after, now)
    moments = list(takewhile(lambda moment: moment <= now, occurrences(schedule, after)))
    assert all(earlier < later for earlier, later in pairwise(moments))
    if not moments:
        assert due is None
    else:
        assert due == (moments[-1], min(100, len(moments) - 1))
    if moments:
        # From any of its moments on, the next one is the next one.
        middle = moments[len(moments) // 2]
        later = [moment for moment in moments if moment > middle]
        assert next_times(schedule, middle, 1)[:1] == (later or next_times(schedule, now, 1))[:1]


def test_bounds_and_the_switch():
    schedule = Schedule(
        recurrence="daily", times=["06:00"], start="2026-05-01 07:00", until="2026-05-03 06:00"
    )
    assert next_times(schedule, BEGIN) == [
        datetime(2026, 5, 2, 6, tzinfo=UTC), datetime(2026, 5, 3, 6, tzinfo=UTC),
    ]  # fmt: skip
    assert next_times(Schedule(on=False, recurrence="daily", times=["06:00"]), BEGIN) == []
    assert next_times(None, BEGIN) == []


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "UTC"])
def test_a_schedule_ends_with_the_calendar(zone):
    daily = Schedule(recurrence="daily", times=["06:00"], zone=zone)
    late = structs.replace(daily, start="9999-12-30")
    assert 1 <= len(next_times(late, BEGIN)) <= 2
    assert next_times(structs.replace(daily, start="9999-12-31 23:59"), BEGIN) == []
    for_ever = structs.replace(daily, start="0001-01-01", until="9999-12-31 23:59")
    assert next_times(for_ever, BEGIN) == next_times(daily, BEGIN)
    hours = Schedule(recurrence="interval", every="23 h", zone=zone, start="9999-12-31")
    assert 1 <= len(next_times(hours, BEGIN)) <= 2


def test_a_year_off_is_looked_through_at_once():
    schedule = Schedule(recurrence="cron", cron="* * * * *")
    assert last_due(schedule, BEGIN, END) == (END, 100)
