"""What stands on the screen of an app that a test drives."""

from __future__ import annotations

from textual._context import visible_screen_stack


def strips(app) -> list:
    """Its lines, as they would be painted."""
    # What a dialog stands on is painted with it, and kept: without this, nothing would be there.
    visible_screen_stack.set(app._background_screens)
    return app.screen._compositor.render_strips()


def painted(app) -> str:
    """Its lines, as they would be seen."""
    return "\n".join(strip.text for strip in strips(app))
