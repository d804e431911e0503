"""Start the app: settle Textual's environment first, since Textual reads it when imported."""

from __future__ import annotations

import gc
import os
from collections.abc import MutableMapping
from typing import TYPE_CHECKING

from tui.environment import disarm
from tui.hangup import let_go, terminal_is_gone
from tui.preferences import preferences

if TYPE_CHECKING:
    from store.workspace import Workspace


def prepare(environ: MutableMapping[str, str]) -> None:
    """Drop what Textual must not obey; be quiet on a connection that may be slow."""
    disarm(environ)
    if "SSH_CONNECTION" in environ:
        environ.setdefault("TEXTUAL_FPS", "15")
        environ.setdefault("TEXTUAL_ANIMATIONS", "none")


def run_app(workspace: Workspace, *, mouse: bool = True) -> None:
    """Show the app until the operator leaves.

    Args:
        workspace: where.
        mouse: whether the app may take the mouse; the operator's configuration is asked too.
    """
    wanted = preferences(os.environ, workspace)
    prepare(os.environ)
    # What is made now lives as long as the app: looking for garbage in it takes a twentieth of the
    # start, and later holds up a key each time.
    gc.disable()
    from tui.app import SegportApp

    gc.freeze()
    gc.enable()
    app = SegportApp(workspace, wanted)
    app.run(mouse=mouse and wanted.mouse)
    if terminal_is_gone():
        let_go()
    if app.return_code:
        raise SystemExit(app.return_code)
