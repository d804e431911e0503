"""Start the app: settle Textual's environment first, since Textual reads it when imported."""

from __future__ import annotations

import os
from collections.abc import MutableMapping
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from store.workspace import Workspace

# What an operator may set for their own terminal. The others press keys, take screenshots, write
# log files of everything on screen or import code; no environment that happens to be inherited
# may do that to an app that shows customers.
_SANE: Final = frozenset(
    {
        "TEXTUAL_ANIMATIONS",
        "TEXTUAL_COLOR_SYSTEM",
        "TEXTUAL_DISABLE_KITTY_KEY",
        "TEXTUAL_FPS",
        "TEXTUAL_SMOOTH_SCROLL",
        "TEXTUAL_THEME",
    }
)
_TRUECOLOR: Final = frozenset({"truecolor", "24bit"})


def prepare(environ: MutableMapping[str, str]) -> None:
    """Drop what Textual must not obey; be quiet on a connection that may be slow."""
    for name in [name for name in environ if name.startswith("TEXTUAL") and name not in _SANE]:
        del environ[name]
    if "SSH_CONNECTION" in environ:
        environ.setdefault("TEXTUAL_FPS", "15")
        environ.setdefault("TEXTUAL_ANIMATIONS", "none")
    if environ.get("COLORTERM", "").lower() not in _TRUECOLOR:
        # The terminal's own sixteen colours: half the bytes, and readable on every background.
        environ.setdefault("TEXTUAL_THEME", "ansi-dark")


def run_app(workspace: Workspace) -> None:
    """Show the app until the operator leaves."""
    prepare(os.environ)
    from tui.app import SegportApp

    app = SegportApp(workspace)
    app.run()
    if app.return_code:
        raise SystemExit(app.return_code)
