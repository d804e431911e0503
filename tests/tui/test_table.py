"""The table that every list is made of: order, marks, and what an action is done to."""

from __future__ import annotations

import pytest
from rich.text import Text
from textual.app import App

from tui.widgets.columns import Column
from tui.widgets.order import Order
from tui.widgets.table import Row, Table

COLUMNS = [Column("Name", 12, stretch=1), Column("Rows", 8, right=True), Column("When", 12)]
ROWS = [
    Row("b", ("beta", "1,200", "24 Nov 09:00"), {2: "2026-11-24T09:00"}),
    Row("a", ("Alpha", "900", "03 Dec 09:00"), {2: "2025-12-03T09:00"}),
    Row("n", ("never", "-", "never"), {2: None}),
    Row("g", (Text("gamma"), "10,000", "24 Nov 10:00"), {2: "2026-11-24T10:00"}),
]


def keys(order):
    return "".join(row.key for row in order.sort(ROWS, COLUMNS))


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (Order(), "bang"),
        (Order(0), "abgn"),
        (Order(0, down=True), "ngba"),
        (Order(1, down=True), "gban"),
        (Order(1), "abgn"),
        (Order(2), "abgn"),
        (Order(2, down=True), "gban"),
    ],
)
def test_rows_go_by_what_they_stand_for_and_nothing_comes_last(order, expected):
    assert keys(order) == expected


class Shown(App):
    def compose(self):
        yield Table(COLUMNS, marks=True)

    def on_mount(self):
        self.table.focus()
        self.table.show(ROWS)

    @property
    def table(self):
        return self.query_one(Table)

    @property
    def order(self):
        return "".join(row.key for row in self.table._shown)

    @property
    def lines(self):
        return [strip.text for strip in self.screen._compositor.render_strips()]


async def test_a_key_goes_through_the_columns_and_back_to_how_it_was():
    app = Shown()
    async with app.run_test(size=(60, 10)) as pilot:
        await pilot.press("j")
        assert app.table.chosen == "a"
        seen = []
        for key in ("o", "O", "o", "o", "o"):
            await pilot.press(key)
            seen.append((app.order, app.table.sorted_by, app.table.chosen))
        assert seen == [
            ("abgn", "Name ▲", "a"),
            ("ngba", "Name ▼", "a"),
            ("gban", "Rows ▼", "a"),
            ("abgn", "When ▲", "a"),
            ("bang", "", "a"),
        ]


async def test_the_heading_says_the_order_and_takes_clicks():
    app = Shown()
    async with app.run_test(size=(60, 10)) as pilot:
        await pilot.click(Table, offset=(4, 0))
        await pilot.pause()
        assert app.order == "abgn"
        assert "Name ▲" in app.lines[0]
        await pilot.click(Table, offset=(4, 0))
        await pilot.pause()
        assert "Name ▼" in app.lines[0]


async def test_marks_are_seen_and_only_what_is_shown_is_acted_on():
    app = Shown()
    async with app.run_test(size=(60, 10)) as pilot:
        assert app.table.targets == ["b"]
        await pilot.press("space", "space")
        assert app.table.marked == ["b", "a"]
        assert app.table.chosen == "n"
        await pilot.pause()
        assert any("* beta" in line for line in app.lines)
        app.table.narrow("alp")
        assert app.table.targets == ["a"]
        assert app.table.copy_text == "Alpha\t900\t03 Dec 09:00"
        app.table.narrow("")
        await pilot.press("asterisk")
        assert len(app.table.marked) == 4
        await pilot.press("asterisk")
        assert app.table.marked == []
        await pilot.pause()
        assert not any("* beta" in line for line in app.lines)


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("ALP", "a"),
        ("^(beta|alpha)$", "ba"),
        ("24 Nov 1\\d", "g"),
        ("(", ""),
        ("9:00", "ba"),
        ("", "bang"),
    ],
)
async def test_a_filter_is_a_text_or_a_regular_expression(typed, shown):
    app = Shown()
    async with app.run_test(size=(60, 10)):
        app.table.narrow(typed)
        assert app.order == shown


async def test_what_changes_keeps_its_order_and_its_marks():
    app = Shown()
    async with app.run_test(size=(60, 10)) as pilot:
        await pilot.press("o", "space")
        app.table.show([*ROWS[:3], Row("g", ("aardvark", "1", "x"))])
        assert app.order == "gabn"
        assert app.table.marked == ["b"]


async def test_a_table_without_marks_offers_none():
    class Plain(Shown):
        def compose(self):
            yield Table(COLUMNS)

    app = Plain()
    async with app.run_test(size=(60, 10)) as pilot:
        await pilot.press("space", "asterisk")
        assert app.table.marked == []
