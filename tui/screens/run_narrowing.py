"""What narrows the list of runs down, asked for: an export, a state, dates, an operator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from store.journal.runs import State
from tui.screens.pick import Pick
from tui.words.moments import FORMS, since_until

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tui.screens.runs import RunsScreen

_ALL: Final = "all"
_WHEN: Final = f"Runs asked for since when? {FORMS}; or two of them with .. between. Empty: all."


def by_export(screen: RunsScreen) -> None:
    """Ask which export; those that are gone have runs, too."""
    from workers.actions import history

    def show(found: Mapping[str, str]) -> None:
        ids = sorted(found, key=lambda each: found[each].casefold())
        _pick(
            screen,
            "Runs of which export?",
            [found[each] for each in ids],
            lambda at: screen.narrow(export=None if at is None else (ids[at], found[ids[at]])),
        )

    screen.ask(lambda: history.names(screen.segport.desk()), show, group="names")


def by_state(screen: RunsScreen) -> None:
    """Ask which state."""
    states = list(State)
    _pick(
        screen,
        "Runs in which state?",
        [each.value for each in states],
        lambda at: screen.narrow(state=None if at is None else states[at]),
    )


def by_operator(screen: RunsScreen) -> None:
    """Ask whose runs."""
    from workers.actions import history

    def show(found: list[str]) -> None:
        _pick(
            screen,
            "Runs that who asked for?",
            found,
            lambda at: screen.narrow(by=None if at is None else found[at]),
        )

    screen.ask(lambda: history.operators(screen.segport.desk()), show, group="names")


def by_dates(screen: RunsScreen) -> None:
    """Ask since when, or from when to when."""
    from tui.screens.prompt import Prompt

    def take(words: str) -> str:
        if words:
            since_until(words)
        return words

    def typed(words: str | None) -> None:
        if words is not None:
            screen.narrow(dates=words)

    screen.app.push_screen(Prompt(_WHEN, screen.filters.dates, take), typed)


def _pick(
    screen: RunsScreen, title: str, names: list[str], then: Callable[[int | None], None]
) -> None:
    def picked(place: int | None) -> None:
        if place is not None:
            then(None if place == 0 else place - 1)

    screen.app.push_screen(Pick(title, [_ALL, *names]), picked)
