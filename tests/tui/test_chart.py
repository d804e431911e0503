"""The chart of accepted and rejected contacts: by shape, for a young workspace and an old one."""

from __future__ import annotations

from datetime import date, timedelta

from store.journal.past import Day
from tui.chart import columns, lines
from tui.widgets.chart import _content

TODAY = date(2026, 11, 24)


def days(*values: tuple[int, int]) -> list[Day]:
    """Days up to today, each with what was accepted and rejected."""
    first = TODAY - timedelta(days=len(values) - 1)
    return [
        Day((first + timedelta(days=n)).isoformat(), 1, accepted, rejected)
        for n, (accepted, rejected) in enumerate(values)
    ]


def test_whatever_is_not_nothing_shows():
    assert columns([0, 1, 500, 1000], 1000, 1) == [" ▁▄█"]
    assert columns([0, 1, 1000], 1000, 2) == ["  █", " ▁█"]
    assert lines(days((1000, 1), (0, 0), (1, 0)), 10) == ["█████████░", "", "█"]


def test_a_young_workspace_gets_broad_columns():
    text = _content(days((10, 0), (20, 3)), TODAY, 70, 1).plain.split("\n")
    assert text[0] == "accepted 20    " + " " * 60 + "▄▄▄▄ ████"
    assert text[1] == "rejected 3     " + " " * 65 + "████"
    assert text[2].startswith(" " * 15 + "11 Nov")
    assert text[2].endswith("24 Nov")


def test_an_old_one_gets_the_days_that_there_is_room_for():
    text = _content(days(*[(5, 0)] * 400), TODAY, 60, 1).plain.split("\n")
    assert text[0] == "accepted 5     " + "█" * 60
    assert max(map(len, text)) == 75


def test_nothing_sent_is_no_chart():
    assert not _content(days((0, 0)), TODAY, 60, 3)
    assert not _content([], TODAY, 60, 3)
