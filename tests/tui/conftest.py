from __future__ import annotations

import asyncio
import json
import subprocess

import pytest
from textual import events
from textual.screen import Screen

from store.workspace import create
from tests import commands
from tests.tui.painted import painted


@pytest.fixture
def workspace(tmp_path):
    return create(tmp_path / "acme")


@pytest.fixture(autouse=True)
def unpainted(monkeypatch):
    """Where there is no terminal, nothing is painted for it: what is looked at is made when it is."""
    paint = Screen._compositor_refresh

    def nothing(screen):
        # What stands behind a question is known only while it is painted.
        if screen is not screen.app.screen or screen.is_modal:
            paint(screen)
        else:
            screen._compositor._dirty_regions.clear()
            screen._dirty_widgets.clear()

    monkeypatch.setattr(Screen, "_compositor_refresh", nothing)


async def settled(pilot, what=lambda: True, tries=500):
    """Wait until threads have answered and `what` holds, also when every message has been dealt with."""
    for _ in range(tries):
        await asyncio.sleep(0.02)
        if what():
            await pilot.pause(0.02)
            if what():
                return
    raise AssertionError("not on screen:\n" + painted(pilot.app))


def burst(app, *keys: str) -> None:
    """Keys that arrive at once; Textual's pilot waits for an idle process after each."""
    for key in keys:
        app.post_message(events.Key(key, key if len(key) == 1 else None))


@pytest.fixture(name="burst")
def burst_fixture():
    return burst


@pytest.fixture(name="settled")
def settled_fixture():
    return settled


@pytest.fixture
def segport(bench):
    """Runs `segport` in the bench's workspace; `out` is its standard output, `told` its JSON."""

    def ended(*arguments: str, code: int = 0, typed: str = "") -> subprocess.CompletedProcess[str]:
        done = commands.segport("-w", str(bench.workspace.root), *arguments, typed=typed)
        assert "Traceback" not in done.stderr
        assert done.returncode == code, done.stdout + done.stderr
        return done

    def command(*arguments: str, code: int = 0, typed: str = "") -> str:
        done = ended(*arguments, code=code, typed=typed)
        return done.stdout + done.stderr

    command.out = lambda *arguments: ended(*arguments).stdout
    command.told = lambda *arguments: json.loads(command.out(*arguments, "--json"))
    return command
