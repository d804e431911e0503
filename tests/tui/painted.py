"""What stands on the screen of an app that a test drives."""

from __future__ import annotations


def painted(app) -> str:
    """Its lines, as they would be seen."""
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips())
