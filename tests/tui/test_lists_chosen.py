"""The list that a segment fills, chosen among those of the account: by command and by keys."""

from __future__ import annotations

import httpx
import pytest

from store import exports
from tests.tui.painted import strips
from tui.app import SegportApp


@pytest.fixture
def twins(bench):
    """Two lists of one title in the account, and one of another; returns the ids of the two."""

    def made(title: str) -> str:
        answer = httpx.post(
            f"{bench.sandbox.base_url}/list", json={"name": title}, headers=bench.sandbox.headers
        )
        return answer.json()["list_id"]

    bench.sandbox.set_modes(duplicate_list="second")
    bench.ready(5, usable_by="contributors")
    bench.people("old", range(3))
    made("Friends")
    return sorted(made("vip") for _ in range(2))


def choices(bench):
    found = exports.load(bench.workspace, "weekly").value.segments
    return [(each.segment, each.list, each.list_id) for each in found]


@pytest.mark.slow
def test_lists_by_command(bench, segport, twins):
    found = [(each["id"], each["title"]) for each in segport.told("connection", "lists", "acme")]
    assert [title for _, title in found] == ["Friends", "vip", "vip"]
    assert [list_id for list_id, title in found if title == "vip"] == twins
    refused = segport("export", "plan", "weekly", code=4)
    assert "--list-id" in refused
    segport("export", "edit", "weekly", "--list-id", f"vip={twins[1]}")
    assert twins[1] in segport("export", "show", "weekly")
    segport("export", "run", "weekly")
    assert len(bench.sandbox.members(twins[1])) == 5
    assert len(bench.sandbox.members(twins[0])) == 0
    # What is said of one segment leaves the others as they are; a title of its own drops the id.
    segport("export", "edit", "weekly", "--segment", "vip", "--segment", "old=Friends",
            "--list-id", f"vip={twins[0]}")  # fmt: skip
    segport("export", "edit", "weekly", "--list", "old=Older")
    assert choices(bench) == [("vip", None, twins[0]), ("old", "Older", None)]
    segport("export", "edit", "weekly", "--list", "vip=Best")
    assert choices(bench)[0] == ("vip", "Best", None)
    assert "does not have" in segport("export", "edit", "weekly", "--list-id", "news=1", code=2)


async def test_lists_by_keys(bench, twins, settled):
    def painted() -> str:
        return "\n".join(strip.text for strip in strips(app))

    app = SegportApp(bench.workspace)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot, lambda: "Weekly" in painted())
        await pilot.press("enter")
        await settled(pilot, lambda: "Fills the list" in painted() and "old" in painted())
        await pilot.press("L")
        await settled(pilot, lambda: "vip fills" in painted())
        assert all(f"vip ({each})" in painted() for each in twins)
        await pilot.press("j", "enter")
        await settled(pilot, lambda: "vip fills" not in painted() and f"({twins[1]})" in painted())
        # One whose title is enough needs no id in the file, and is marked by being chosen.
        await pilot.press("j", "L")
        await settled(pilot, lambda: "old fills" in painted())
        await pilot.press("enter", "escape")
        await pilot.pause()
        await settled(pilot, lambda: "Leave without saving" in painted())
        await pilot.press("escape", "shift+tab", "shift+tab")
        await pilot.press("tab", "tab", "s")
        await settled(pilot, lambda: choices(bench)[0][2] == twins[1])
    assert choices(bench) == [("vip", None, twins[1]), ("old", "Friends", None)]
