"""Widths of columns: names first; and lines of characters that take two cells."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from rich.cells import cell_len

from tests.tui.painted import strips
from tui.app import SegportApp
from tui.screens.exports import ExportsScreen
from tui.screens.runs import RunsScreen
from tui.widgets.columns import Column, fit
from tui.widgets.tail import _words

COLUMNS = [
    Column("Name", 8, stretch=1, most=20),
    Column("State", 10),
    Column("When", 12, gives_way=1),
    Column("By", 6, stretch=1, gives_way=2),
]


@pytest.mark.parametrize(
    ("contents", "room", "widths"),
    [
        # Everything has what it needs; what is left goes to those that stretch.
        ((4, 5, 12, 4), 44, {0: 11, 1: 5, 2: 12, 3: 7}),
        # The least useful goes first, so that the name has its room.
        ((18, 5, 12, 4), 46, {0: 23, 1: 5, 2: 12}),
        # A state that takes a longer word finds its room left to it: no column goes for it.
        ((18, 10, 12, 4), 46, {0: 18, 1: 10, 2: 12}),
        ((20, 5, 12, 4), 31, {0: 22, 1: 5}),
        # A name that is longer than others give way for is cut.
        ((40, 5, 12, 4), 48, {0: 25, 1: 5, 2: 12}),
        # One very long name leaves others as much as it takes itself.
        ((90, 5, 12, 60), 90, {0: 33, 1: 5, 2: 12, 3: 32}),
        # What can only be cut is cut, to its least.
        ((40, 22, 12, 4), 20, {0: 8, 1: 10}),
    ],
)
def test_names_have_room_and_the_least_useful_gives_way(contents, room, widths):
    assert fit(COLUMNS, contents, room) == widths


def test_what_is_usual_is_left_to_a_column_and_more_only_once_it_is_there():
    columns = [
        Column("Name", 8, stretch=1),
        Column("Rows", 10, usual=6),
        Column("Size", 5, gives_way=1),
    ]
    assert list(fit(columns, (8, 4, 5), 25)) == [0, 1, 2]
    assert list(fit(columns, (8, 6, 5), 25)) == [0, 1, 2]
    assert list(fit(columns, (8, 7, 5), 25)) == [0, 1]


@pytest.mark.parametrize(
    ("screen", "holds", "room", "shown"),
    [
        # At 80 cells: how many there are, when, and what came of it.
        (ExportsScreen, {"Export": 20}, 76, {"Profiles", "Schedule", "Last run", "State"}),
        (RunsScreen, {"Export": 17}, 76, {"Asked for", "Accepted", "Rejected", "State"}),
        # A short one at 60.
        (RunsScreen, {"Export": 8}, 56, {"Accepted", "Rejected", "State"}),
    ],
)
def test_counts_are_there_beside_a_usual_name(screen, holds, room, shown):
    contents = [holds.get(column.title, len(column.title)) for column in screen.COLUMNS]
    assert {screen.COLUMNS[place].title for place in fit(screen.COLUMNS, contents, room)} >= shown


def painted(app) -> list[str]:
    return [strip.text for strip in strips(app)]


async def test_names_of_two_cells_a_character_stand_in_their_columns(bench, settled):
    name, segment = "每週電子報：臺灣與香港 📣", "客戶名單 臺灣與香港的貴賓 😀"
    bench.csv(segment, [{"email": "c1@example.com", "名字": "陳怡君"}])
    connection = bench.connect("行銷帳號 🏙️")
    slug = bench.export(segment, name=name, connection=connection, fields={"Email": "email"})
    run_id = bench.start(slug)
    bench.until(lambda: not bench.load(run_id).active)
    app = SegportApp(bench.workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        for key, words in [
            ("1", (name, "行銷帳號")), ("2", ("行銷帳號",)), ("3", (segment,)), ("4", ("每週電子報",)),
            ("6", ("每週電子報",)), ("3 enter", ("名字", "陳***")), ("4 enter", (name, segment)),
        ]:  # fmt: skip
            await pilot.press(*key.split())
            await settled(
                pilot, lambda words=words: all(word in "\n".join(painted(app)) for word in words)
            )
            assert {cell_len(line) for line in painted(app)} == {80}
            if key in "126":
                await pilot.press("escape")


@pytest.mark.parametrize("width", [40, 41, 77])
def test_log_lines_break_by_cells(width):
    text = "Made the list " + "客戶名單臺灣與香港的貴賓😀" * 5 + " and went on with 臺灣."
    line = SimpleNamespace(at="2026-11-24T22:53:56.000+00:00", level="warning", text=text)
    broken = _words(line, width)
    assert max(map(cell_len, broken)) <= width
    whole = "".join(broken).replace(" ", "")
    assert whole.endswith(f"WARN{text.replace(' ', '')}")
