# ruff: noqa: INP001 - a script, and no package
"""Make the screenshots of the README: the app at 80x24, on sample data and the local simulator.

    python screenshots/make.py [FOLDER]

Nothing leaves this machine, and every address is under a name that is reserved for examples.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.pilot import Pilot

    from store.workspace import Workspace
    from tui.app import SegportApp
    from workers.actions.desk import Desk
    from workers.sandbox.client import Sandbox

SIZE = (80, 24)
PROFILES = 5000
WAIT = 30.0


def main(folder: Path) -> None:
    """Build a workspace, show it, and write one SVG a screen."""
    os.environ.update(SEGPORT_NO_KEYRING="1", TZ="UTC", TEXTUAL_ANIMATIONS="none")
    time.tzset()
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="segport-shots-") as scratch:
        from workers.sandbox import background

        place = Path(scratch) / "sandbox"
        sandbox = background.start(place, until_idle=120)
        try:
            desk = _desk(Path(scratch) / "acme", sandbox)
            asyncio.run(_shoot(desk, folder))
        finally:
            background.stop(place)


def _desk(root: Path, sandbox: Sandbox) -> Desk:
    from store.connections import Connection
    from store.exports import Export, SegmentChoice
    from store.journal.runs import ACTIVE
    from store.keys.secrets import Key
    from store.workspace import create
    from workers.actions import connecting, connections, exports, runs
    from workers.actions.desk import sit_down
    from workers.sandbox.sample import write_sample

    workspace: Workspace = create(root)
    write_sample(workspace.data, profiles=PROFILES, seed=7)
    desk = sit_down(workspace, "app")
    draft = Connection(name="Acme marketing", base_url=sandbox.base_url, rate=20)
    report = asyncio.run(connecting.try_out(desk, draft, Key(sandbox.key)))
    account = report.account.email
    slug = connections.add(desk, draft, Key(sandbox.key), agreed=True, account=account)
    fields = {
        "Email": "email",
        "FirstName": "first_name",
        "LastName": "last_name",
        "MailingCountry": "country",
    }
    chosen = {
        "Newsletter": SegmentChoice("Newsletter"),
        "Win back": SegmentChoice("Lapsed", "Win back 2026"),
    }
    made = [
        Export(id=id_ * 16, name=name, connection=slug, segments=[choice], fields=fields)
        for id_, (name, choice) in zip("ab", chosen.items(), strict=True)
    ]
    saved = [exports.add(desk, export).slug for export in made]
    run_id = runs.start(desk, saved[0])
    deadline = time.monotonic() + WAIT
    while runs.load(desk, run_id).state in ACTIVE and time.monotonic() < deadline:
        time.sleep(0.1)
    return desk


async def _shoot(desk: Desk, folder: Path) -> None:
    from tui.app import SegportApp

    app = SegportApp(desk.workspace)
    async with app.run_test(size=SIZE) as pilot:

        async def shot(name: str, words: str, *keys: str) -> None:
            await pilot.press(*keys)
            # The footer comes a moment after the rest.
            await _until(
                pilot,
                lambda: words in _painted(app) and bool(_painted(app).splitlines()[-1].strip()),
            )
            svg = app.export_screenshot(title="Segport")
            # Textual names its classes by a hash of the picture; a steady name keeps diffs small.
            svg = re.sub(r"terminal-\d+-", f"{name}-", svg)
            (folder / f"{name}.svg").write_text(svg, encoding="utf-8")

        await shot("exports", "runs only by hand")
        await shot("palette", "Search for commands", "ctrl+p")
        await shot("plan", "To send", "escape", "j", "p")
        await shot("export-form", "distinct profiles of", "escape", "enter")
        await shot("connections", "Used by: ", "escape", "2")
        await shot("connection-form", "I agree", "n", *("tab",) * 6)
        await shot("segments", "Newsletter", "escape", "3")
        await _until(pilot, lambda: "counting" not in _painted(app))
        await shot("segments", "Newsletter")
        await shot("segment", "***", "j", "enter")
        await shot("runs", "Newsletter", "escape", "4")
        await shot("run", "end of the log", "enter")
        await shot("rejects", "In its words", "e")
        await shot("help", "esc closes", "escape", "question_mark")
        await pilot.press("escape", "w", *"annie")
        await pilot.press("full_stop", *"example", "at", *"example", "full_stop", *"com")
        await shot("why", "Acknowledged", "enter")


def _painted(app: SegportApp) -> str:
    return "\n".join(line.text for line in app.screen._compositor.render_strips())  # noqa: SLF001 - the one way to read a screen


async def _until(pilot: Pilot[None], shown: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT
    while not shown():
        if time.monotonic() > deadline:
            raise SystemExit(f"This never came to be shown:\n{_painted(pilot.app)}")  # type: ignore[arg-type]
        await pilot.pause(0.05)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
