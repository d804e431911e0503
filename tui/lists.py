"""The four lists: the first one is made at the start, the others when they are opened.

Reading the code of a screen takes longer than making it; so it is read ahead, once the first is shown.
The history, which has most to it, is made ahead as well: what is read then is only its rows.
"""

from __future__ import annotations

import importlib
import threading
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from tui.screens.exports import ExportsScreen

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.screen import Screen

    from tui.app import SegportApp
    from tui.screens.base import Page

# What people open first comes first.
_LATER: Final = ("tui.screens.runs", "tui.screens.run", "tui.screens.segments",
                 "tui.screens.connections")  # fmt: skip


HISTORY: Final = "runs"
# Seconds after which there is time for what nobody asked for yet.
_REST: Final = 1.0


def get_ready(app: SegportApp) -> None:
    """Read ahead once the first list stands; then make the history, once nobody types."""
    app.set_timer(_REST, threading.Thread(target=_read_ahead, args=[app], daemon=True).start)


def _read_ahead(app: SegportApp) -> None:
    for name in _LATER:
        importlib.import_module(name)
    app.call_later(_make_ahead, app, app.keys_so_far)


def _make_ahead(app: SegportApp, keys: int) -> None:
    """Behind another list, which takes as long as a key, so that none shall wait for it."""
    if not app.is_running:
        return
    if keys != app.keys_so_far:
        app.set_timer(_REST, partial(_make_ahead, app, app.keys_so_far))
    else:
        app._init_mode(HISTORY)  # noqa: SLF001 - its public way there also puts it in front


def _exports() -> Page:
    return _styled(ExportsScreen())


def _connections() -> Page:
    from tui.screens.connections import ConnectionsScreen

    return _styled(ConnectionsScreen())


def _segments() -> Page:
    from tui.screens.segments import SegmentsScreen

    return _styled(SegmentsScreen())


def _runs() -> Page:
    from tui.screens.runs import RunsScreen

    return _styled(RunsScreen())


def _styled(screen: Page) -> Page:
    """A new list goes by the rules as they are: Textual would read them all anew for it, twice."""
    screen._css_update_count = screen.app._css_update_count  # noqa: SLF001 - no other way
    return screen


LISTS: Final[dict[str, str | Callable[[], Screen[Any]]]] = {
    "exports": _exports,
    "connections": _connections,
    "segments": _segments,
    HISTORY: _runs,
}
