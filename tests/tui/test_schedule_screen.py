"""Schedules and the refresh by the keys of the app."""

from __future__ import annotations

import pytest

from store import exports, settings
from store.exports import Export, SegmentChoice
from store.schedules import Refresh, Schedule
from tests.tui.painted import strips
from tui.app import SegportApp
from workers.actions import schedules
from workers.actions.desk import sit_down


@pytest.fixture
def house(workspace, monkeypatch):
    """Three exports, as their files say."""
    from store import documents

    monkeypatch.setenv("TZ", "UTC")
    for number, name in enumerate(("Alpha", "Beta", "Gamma")):
        export = Export(
            id=f"000000000000000{number}",
            name=name,
            connection="acme",
            segments=[SegmentChoice("vip")],
            fields={"Email": "email"},
        )
        documents.create(exports.path_of(workspace, name.lower()), export)
    return workspace


def painted(app) -> str:
    return "\n".join(strip.text.rstrip() for strip in strips(app))


def schedule_of(workspace, slug):
    return exports.load(workspace, slug).value.schedule


async def choose(pilot, app, kind):
    app.screen.query_one("#kind").value = kind
    await pilot.pause()


def type_into(app, **fields):
    for name, text in fields.items():
        app.screen.query_one(f"#{name}").value = text


async def test_one_export_gets_a_schedule_and_shows_its_next_five_times(house, settled):
    app = SegportApp(house)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot, lambda: "3 exports" in painted(app))
        await pilot.press("s")
        await settled(pilot, lambda: "Schedule of Alpha" in painted(app))
        await settled(pilot, lambda: "The refresh is off" in painted(app))
        form = app.screen
        await choose(pilot, app, "weekly")
        await settled(pilot, lambda: "Weekdays" in painted(app))
        assert "Cron expression" not in painted(app)
        type_into(app, days="thu,mon", times="06:00 18:00", zone="Europe/Berlin")
        await settled(pilot, lambda: painted(app).count(" CE") == 5)
        type_into(app, times="25:00")
        await settled(pilot, lambda: '"25:00" is no time of day' in painted(app))
        form.query_one("#save").press()
        await settled(pilot, lambda: "Problem:" in painted(app))
        assert schedule_of(house, "alpha") is None
        type_into(app, times="06:00, 18:00")
        form.query_one("#save").press()
        await settled(pilot, lambda: app.screen is not form)
    assert schedule_of(house, "alpha") == Schedule(
        recurrence="weekly",
        days=["monday", "thursday"],
        times=["06:00", "18:00"],
        zone="Europe/Berlin",
    )
    assert schedule_of(house, "beta") is None


async def test_what_is_set_is_shown_and_paused_keeps_it(house, settled):
    desk = sit_down(house, "app")
    monthly = Schedule(recurrence="monthly", day="last", times=["06:00"], until="2099-01-01")
    schedules.set_schedule(desk, ["alpha"], monthly)
    app = SegportApp(house)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot, lambda: "3 exports" in painted(app))
        await pilot.press("s")
        await settled(pilot, lambda: "last" in painted(app) and "2099-01-01" in painted(app))
        form = app.screen
        await choose(pilot, app, "hand")
        await settled(pilot, lambda: "what was set is kept" in painted(app))
        form.query_one("#save").press()
        await settled(pilot, lambda: app.screen is not form)
    assert schedule_of(house, "alpha") == Schedule(
        on=False, recurrence="monthly", day="last", times=["06:00"], until="2099-01-01"
    )


@pytest.mark.slow
async def test_several_exports_keep_their_own_or_get_a_new_one(house, settled):
    desk = sit_down(house, "app")
    daily = Schedule(recurrence="daily", times=["06:00"])
    schedules.set_schedule(desk, ["alpha"], daily)
    app = SegportApp(house)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot, lambda: "3 exports" in painted(app))
        await pilot.press("space", "space", "s")
        await settled(pilot, lambda: "Schedule of 2 exports: Alpha, Beta" in painted(app))
        form = app.screen
        await choose(pilot, app, "off")
        form.query_one("#save").press()
        await settled(pilot, lambda: app.screen is not form)
        assert schedule_of(house, "alpha") == Schedule(
            on=False, recurrence="daily", times=["06:00"]
        )
        assert schedule_of(house, "beta") == Schedule(on=False)
        await pilot.press("s")
        await settled(pilot, lambda: "Schedule of 2 exports" in painted(app))
        form = app.screen
        await choose(pilot, app, "interval")
        type_into(app, every="4 h", zone="UTC")
        form.query_one("#save").press()
        await settled(pilot, lambda: app.screen is not form)
    every = Schedule(recurrence="interval", every="4 h")
    assert [schedule_of(house, slug) for slug in ("alpha", "beta", "gamma")] == [every, every, None]


async def test_the_refresh_is_set_and_switched_off(house, settled):
    app = SegportApp(house)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot, lambda: "3 exports" in painted(app))
        await pilot.press("S")
        await settled(pilot, lambda: "Refresh of the workspace" in painted(app))
        await settled(pilot, lambda: "run only by hand" in painted(app))
        form = app.screen
        await choose(pilot, app, "daily")
        assert "Not before" not in painted(app)
        type_into(app, times="06:00", zone="Asia/Tokyo")
        await settled(pilot, lambda: painted(app).count(" JST") == 5)
        form.query_one("#save").press()
        await settled(pilot, lambda: app.screen is not form)
        assert settings.load(house).refresh == Refresh(on=True, times=["06:00"], zone="Asia/Tokyo")
        await pilot.press("S")
        await settled(pilot, lambda: "Asia/Tokyo" in painted(app))
        form = app.screen
        await choose(pilot, app, "off")
        form.query_one("#save").press()
        await settled(pilot, lambda: app.screen is not form)
    assert settings.load(house).refresh == Refresh(times=["06:00"], zone="Asia/Tokyo")


async def test_leaving_a_schedule_that_was_changed_asks(house, settled):
    app = SegportApp(house)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot, lambda: "3 exports" in painted(app))
        await pilot.press("s")
        await settled(pilot, lambda: "Schedule of Alpha" in painted(app))
        await choose(pilot, app, "daily")
        await pilot.press("escape")
        await settled(pilot, lambda: "Leave without saving" in painted(app))
        await pilot.press("y")
        await settled(pilot, lambda: "3 exports" in painted(app))
    assert schedule_of(house, "alpha") is None
