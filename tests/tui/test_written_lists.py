"""A list written to a file: what is shown, for one account, and nothing behind the gate."""

from __future__ import annotations

import csv
import json
import stat

import pytest

from store.errors import NotPermitted
from store.people import operators
from tests.tui.painted import painted
from tui.app import SegportApp
from tui.spreadsheet import save


def told(app) -> str:
    return " ".join(each.message for each in app._notifications)


@pytest.mark.slow
async def test_a_list_is_written_as_it_is_shown(bench, settled, tmp_path):
    bench.people("vip", range(3))
    bench.connect()
    for name in ("Weekly", "=Daily", "Other"):
        bench.export("vip", name=name)
    app = SegportApp(bench.workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot, lambda: "3 exports" in painted(app))
        await pilot.press("slash", *"ly", "enter", "W")
        await settled(pilot, lambda: "Write 2 exports to which file?" in painted(app))
        app.focused.value = str(tmp_path / "list.txt")
        await pilot.press("enter")
        await settled(pilot, lambda: "ends neither in .csv nor in .json" in painted(app))
        app.focused.value = str(tmp_path / "list.csv")
        await pilot.press("enter")
        await settled(pilot, lambda: f"Written to {tmp_path / 'list.csv'}" in told(app))
        await pilot.press("escape", "space", "W")
        await settled(pilot, lambda: "Write 1 export to which file?" in painted(app))
        app.focused.value = str(tmp_path / "list.csv")
        await pilot.press("enter")
        await settled(pilot, lambda: "exists already" in painted(app))
        app.focused.value = str(tmp_path / "list.json")
        await pilot.press("enter")
        await settled(pilot, lambda: f"Written to {tmp_path / 'list.json'}" in told(app))
    assert stat.S_IMODE((tmp_path / "list.csv").stat().st_mode) == 0o600
    with (tmp_path / "list.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    # All columns, those too that an 80 cells wide terminal has no room for; and no formula.
    assert {row["Export"] for row in rows} == {"Weekly", "'=Daily"}
    assert {(row["Segments"], row["You may"]) for row in rows} == {("vip", "change, run")}
    (one,) = json.loads((tmp_path / "list.json").read_text())
    assert one["Profiles"] == ""
    assert one["Export"] in {"=Daily", "Weekly"}


async def test_behind_the_gate_no_list_is_written(workspace, settled, monkeypatch, tmp_path):
    (workspace.segments_folder / "vip.csv").write_text("email\na@example.com\n")
    app = SegportApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("3")
        await settled(pilot, lambda: "vip" in painted(app))
        monkeypatch.setattr(operators, "gated", lambda: True)
        await pilot.press("W")
        await pilot.pause(0.2)
        assert len(app.screen_stack) == 1
        with pytest.raises(NotPermitted):
            save(str(tmp_path / "list.csv"), ["a"], [["b"]])
    assert not (tmp_path / "list.csv").exists()
