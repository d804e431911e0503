"""Start the app: settle Textual's environment first, since Textual reads it when imported."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Mapping, MutableMapping
from typing import TYPE_CHECKING, Final

from tui.environment import disarm
from tui.hangup import end_with_terminal, let_go, terminal_is_gone
from tui.preferences import preferences

if TYPE_CHECKING:
    from store.workspace import Workspace


# Names of terminals that can only go on to the next line.
_DUMB: Final = frozenset({"", "dumb", "unknown"})


def why_not(environ: Mapping[str, str]) -> str:
    """Why the app cannot be shown here, in a few words; empty where it can."""
    if not sys.stdin.isatty():
        return "standard input is no terminal"
    if not sys.stdout.isatty():
        return "standard output is no terminal"
    if (name := environ.get("TERM", "")) in _DUMB:
        return f"this terminal cannot move its cursor (TERM is {name or 'not set'})"
    return ""


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
    from tui.pasting import keep_plain

    gc.freeze()
    gc.enable()
    keep_plain()
    app = SegportApp(workspace, wanted)
    end_with_terminal()
    app.run(mouse=mouse and wanted.mouse)
    if terminal_is_gone():
        let_go()
    if app.return_code:
        raise SystemExit(app.return_code)
