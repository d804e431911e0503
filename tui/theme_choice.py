"""The choice of colours, and where it is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store import machine
from store.people import operators, tastes
from tui.preferences import THEMES
from tui.screens.base import Asking
from tui.screens.pick import Pick

if TYPE_CHECKING:
    from tui.app import SegportApp


def choose(app: SegportApp) -> None:
    """Ask for colours, show them, and keep the choice."""
    names = [*THEMES, *sorted(app.available_themes.keys() - set(THEMES.values()))]

    def picked(place: int | None) -> None:
        if place is not None:
            _take(app, names[place])

    shown = [THEMES.get(name, name) for name in names]
    at = shown.index(app.theme) if app.theme in shown else 0
    app.push_screen(Pick("Colours", names, at), picked)


def _take(app: SegportApp, name: str) -> None:
    app.theme = THEMES.get(name, name)
    front = app.screen
    if not isinstance(front, Asking):
        return

    def keep() -> str:
        # Behind the gate the account, and so its configuration, is everybody's.
        who = operators.identity()
        if who.gated:
            tastes.keep_theme(app.workspace, who.name, name)
            return f"for {who.name}"
        return f"in {machine.keep_theme(name)}"

    front.ask(keep, lambda where: front.say(f"Colours: {name}, kept {where}."), group="theme")
