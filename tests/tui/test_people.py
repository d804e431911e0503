"""One person in the app, by keys: why, reveal, forget."""

from __future__ import annotations

import pytest

from tests.tui.painted import painted
from tui.app import SegportApp
from workers.actions import people


async def asked(pilot, settled, address: str) -> None:
    """Why is this person in Autopilot, or not? From the list of exports."""
    await settled(pilot, lambda: "Weekly" in painted(pilot.app))
    await pilot.press("w")
    await settled(pilot, lambda: "Type an address" in painted(pilot.app))
    await pilot.press(*address, "enter")


async def test_w_asks_for_an_address_and_f_forgets_it(bench, settled):
    bench.ready(5)
    bench.run()
    app = SegportApp(bench.workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await asked(pilot, settled, "P1@example.com")
        await settled(pilot, lambda: "In Autopilot: Weekly got it" in painted(app))
        assert "sent FirstName N***" in painted(app)
        await pilot.press("v")
        await settled(pilot, lambda: "sent FirstName N1" in painted(app))
        await pilot.press("f")
        await settled(pilot, lambda: "Erase p1@example.com from everything" in painted(app))
        assert "1 row in the plans of 1 run: 1" in painted(app)
        await pilot.press("enter")
        await settled(pilot, lambda: "Erase p1@" not in painted(app))
        assert people.trace(bench.desk, "p1@example.com").found.anything
        await pilot.press("f")
        await settled(pilot, lambda: "Erase p1@example.com from everything" in painted(app))
        await pilot.press(*"p1@example.com", "tab", "y")
        await settled(pilot, lambda: "no run has sent it yet" in painted(app), tries=500)
        assert not people.trace(bench.desk, "p1@example.com").found.anything


async def test_why_cuts_no_word_wherever_its_lines_break(bench, settled):
    bench.people(
        "vip",
        range(1),
        title=lambda _: "公司公司",
        city=lambda _: "台北市",
        site=lambda _: "z" * 130,
    )
    bench.connect()
    fields = {"Email": "email", "Title": "title", "MailingCity": "city", "Website": "site"}
    bench.export("vip", fields=fields)
    bench.run()
    app = SegportApp(bench.workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await asked(pilot, settled, "p0@example.com")
        await settled(pilot, lambda: "sent Title" in painted(app))
        await pilot.press("v")
        await settled(pilot, lambda: "zzzzz" in painted(app))
        for width in range(66, 90):
            await pilot.resize_terminal(width, 40)
            await settled(pilot, lambda width=width: app.screen.size.width == width)
            told = painted(app).partition("Segments now")[2]
            assert "MailingCity" in told
            assert told.count("z") == 2 * 130, told
            assert "…" not in told


@pytest.mark.sampled(2)
@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
async def test_what_is_no_address_is_told_in_its_place(workspace, settled, size):
    app = SegportApp(workspace)
    async with app.run_test(size=size) as pilot:
        await pilot.press("w")
        await settled(pilot, lambda: "Type an address" in painted(app))
        await pilot.press(*"[red]nobody", "enter")
        await settled(pilot, lambda: "not an address, so no plan" in painted(app))
        assert "[red]nobody" in painted(app)
        await pilot.press("escape")
        await settled(pilot, lambda: "No exports yet" in painted(app))


@pytest.mark.slow
async def test_a_segment_page_by_page_masked_until_v(bench, settled):
    bench.people("vip", range(120), country=lambda n: ["France", "Japan"][n % 2])
    app = SegportApp(bench.workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("3")
        await settled(pilot, lambda: "vip" in painted(app))
        await pilot.press("enter")
        await settled(pilot, lambda: "Rows 1 to 50 of 120; personal values masked" in painted(app))
        assert "No run has planned it yet" in painted(app)
        assert "p1@example.com" not in painted(app)
        await pilot.press("n", "n")
        await settled(pilot, lambda: "Rows 101 to 120 of 120" in painted(app))
        await pilot.press("j", "j", "enter")
        await settled(pilot, lambda: "Most frequent values" in painted(app))
        assert "60   France" in painted(app)
        await pilot.press("escape", "v")
        await settled(pilot, lambda: "p101@example.com" in painted(app))
        assert "Rows 101 to 120 of 120; personal values shown, v masks them" in painted(app)
        await pilot.press("m")
        await settled(pilot, lambda: "No run has planned this segment yet" in painted(app))
        await pilot.press("escape")
        await settled(
            pilot, lambda: "Rows 101 to 120 of 120; personal values masked" in painted(app)
        )
        assert "@example" not in painted(app)
