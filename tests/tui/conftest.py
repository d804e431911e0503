from __future__ import annotations

import pytest

from store.workspace import create


@pytest.fixture
def workspace(tmp_path):
    return create(tmp_path / "acme")


async def settled(pilot, what=lambda: True, tries=200):
    """Wait until threads have answered and `what` holds."""
    for _ in range(tries):
        await pilot.pause(0.02)
        if what():
            return
    strips = pilot.app.screen._compositor.render_strips()
    raise AssertionError("not on screen:\n" + "\n".join(strip.text for strip in strips))


@pytest.fixture(name="settled")
def settled_fixture():
    return settled
