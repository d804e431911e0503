"""Schedules in the workspace's files: what is refused, and where the mistake is said to be."""

from __future__ import annotations

import pytest

from store import documents, exports, settings
from store.errors import ConfigurationError
from store.schedules import Refresh, Schedule
from store.settings import Settings

EXPORT = """\
id = "0011223344556677"
name = "Weekly"
segments = [{ segment = "vip" }]
fields = { Email = "email" }

[schedule]
"""


@pytest.mark.parametrize(
    ("lines", "line", "told"),
    [
        ('recurrence = "hourly"', 7, "field schedule.recurrence: invalid enum value 'hourly'"),
        ('recurrence = "daily"', 6, "field schedule.times: a daily schedule takes a time of day"),
        ('recurrence = "daily"\ntimes = ["6:00"]', 8, 'field schedule.times: "6:00" is no time'),
        ('recurrence = "daily"\ntimes = ["24:00"]', 8, 'field schedule.times: "24:00" is no time'),
        (
            'recurrence = "daily"\ntimes = [6]',
            8,
            r"field schedule.times\[0\]: expected text, got a whole number",
        ),
        (
            'recurrence = "daily"\ntimes = ["01:00","02:00","03:00","04:00","05:00"]',
            8,
            "field schedule.times: there are 5 of them",
        ),
        (
            'recurrence = "daily"\ntimes = ["01:00","01:00"]',
            8,
            "field schedule.times: one of them is named twice",
        ),
        (
            'recurrence = "weekly"\ntimes = ["06:00"]\ndays = ["mon"]',
            9,
            r"field schedule.days\[0\]: invalid enum value 'mon'",
        ),
        (
            'recurrence = "monthly"\ntimes = ["06:00"]\nday = 32',
            9,
            'field schedule.day: "32" is no day of a month: it is 1 to 31, or last',
        ),
        ('every = "4 h"', 7, "field schedule.every: what runs with the refresh has no use for it"),
        (
            'recurrence = "interval"\nevery = "1 min"',
            8,
            'field schedule.every: "1 min" is not between 5 minutes and 366 days',
        ),
        ('recurrence = "interval"\nevery = "soon"', 8, 'field schedule.every: "soon" is no inter'),
        ('recurrence = "cron"\ncron = "0 6 * *"', 8, "field schedule.cron: .* takes five fields"),
        ('recurrence = "cron"\ncron = "0 6 31 2 *"', 8, "field schedule.cron: .*bad day-of-month"),
        ('recurrence = "cron"\ncron = "* * * * * *"', 8, "field schedule.cron: .* five fields"),
        ('zone = "Europe/Nowhere"', 7, 'field schedule.zone: there is no time zone "Europe/No'),
        ('zone = "../../etc/passwd"', 7, "field schedule.zone: there is no time zone"),
        ('on = "yes"', 7, "field schedule.on: expected true or false, got text"),
        ("onn = true", 7, "field schedule.onn: object contains unknown field"),
        (
            'recurrence = "daily"\ntimes = ["06:00"]\nstart = "soon"',
            9,
            'field schedule.start: "soon" is no time',
        ),
        (
            'recurrence = "daily"\ntimes = ["06:00"]\nstart = "2026-02-02"\nuntil = "2026-02-01"',
            10,
            "field schedule.until: it is before the start",
        ),
    ],
)
def test_a_mistake_in_a_schedule_is_named_by_file_line_and_field(workspace, lines, line, told):
    exports.path_of(workspace, "weekly").write_text(EXPORT + lines + "\n")
    with pytest.raises(ConfigurationError, match=told) as caught:
        exports.load(workspace, "weekly")
    assert caught.value.message.startswith(f"exports/weekly.toml, line {line}, ")
    broken = exports.catalogue(workspace)["weekly"]
    assert broken.reason == caught.value.message


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ("on = true", "field refresh.times: the refresh is on and has no time of day"),
        ('on = true\ntimes = ["7"]', 'field refresh.times: "7" is no time of day'),
        ('on = true\ntimes = ["07:00"]\ndays = ["caturday"]', r"field refresh.days\[0\]"),
        ('zone = "Nowhere"', "field refresh.zone: there is no time zone"),
    ],
)
def test_a_mistake_in_the_refresh_is_named_too(workspace, lines, told):
    with workspace.settings_path.open("a") as file:
        file.write(f"\n[refresh]\n{lines}\n")
    with pytest.raises(ConfigurationError, match=told) as caught:
        settings.load(workspace)
    assert "/segport.toml, line " in caught.value.message


def test_the_refresh_is_off_until_it_is_set(workspace):
    assert settings.load(workspace).refresh is None
    assert Refresh().timing() is None


def test_an_edited_schedule_keeps_comments_and_comes_back_as_it_was(workspace):
    path = exports.path_of(workspace, "weekly")
    path.write_text(f'# Ours.\n{EXPORT}recurrence = "daily" # as agreed\ntimes = ["06:00"]\n')
    document = exports.load(workspace, "weekly")
    assert document.value.schedule == Schedule(recurrence="daily", times=["06:00"])
    schedule = Schedule(recurrence="weekly", times=["07:00"], days=["monday"], zone="Asia/Tokyo")
    document.value.schedule = schedule
    documents.update(document, document.value)
    assert "# Ours." in path.read_text()
    assert exports.load(workspace, "weekly").value.schedule == schedule


def test_settings_with_a_refresh_come_back_as_they_were(workspace):
    document = documents.read(workspace.settings_path, Settings)
    document.value.refresh = Refresh(on=True, times=["06:00"], days=["friday"], zone="Asia/Tokyo")
    documents.update(document, document.value)
    assert settings.load(workspace).refresh == document.value.refresh
