"""The four lists: the first one is made at the start, the others when they are opened.

Reading the code of a screen takes longer than making it; so it is read ahead, once the first is shown.
The history, which has most to it, is made ahead as well: what is read then is only its rows.
"""

from __future__ import annotations

import importlib
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


def read_ahead() -> None:
    """Import what is opened later; for a thread, after the first list stands."""
    for name in _LATER:
        importlib.import_module(name)


def make_ahead(app: SegportApp) -> None:
    """Make the history while another list is in front, where nobody opened it yet."""
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
