"""The top of every screen: which list this is, which workspace, and what goes on in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from rich.cells import cell_len
from textual import events
from textual.content import Content
from textual.style import Style

from tui.colours import ERROR, WARNING
from tui.registry import with_keys
from tui.text import safe
from tui.widgets.state import state_style
from tui.widgets.static import Static
from tui.words.figures import many, number

if TYPE_CHECKING:
    from tui.app import SegportApp
    from tui.screens.base import Page
    from workers.actions.pulse import Pulse

MODES = {"exports": "Exports", "connections": "Connections", "segments": "Segments", "runs": "Runs"}
_NAME = "Segport  "
# What a click on a part of the news leads to, beside runs.
_ABOUT = "about"
Part = Content | str | tuple[str, str]


class TitleBar(Static):
    """Written once, with no clock, so an idle app sends nothing; a second line while there is news."""

    DEFAULT_CSS = """
    TitleBar {
        dock: top; height: auto; max-height: 2; background: $panel; color: $foreground;
        padding: 0 1; text-wrap: nowrap; text-overflow: ellipsis;
    }
    """

    def __init__(self, mode: str, workspace: str) -> None:
        self._mode = mode
        self._workspace = workspace
        self._places: list[tuple[str, int, int]] = []
        self._head = Content()
        self._news = Content()
        # Something of the height that it will have, so that nothing below moves.
        super().__init__(_NAME, markup=False)

    def on_mount(self) -> None:
        """Say where this is; follow what goes on, from now on and as it is known already."""
        self._head = self._place(self.app.size.width - 2)
        self.update(self._head, layout=False)
        self.watch(self.app, "pulse", self._tell, init=True)

    def on_resize(self, event: events.Resize) -> None:
        """In a narrow line the workspace is cut, and the app goes without its name."""
        head = self._place(event.size.width)
        if head != self._head:
            self._head = head
            self._write(moved=False)

    def on_click(self, event: events.Click) -> None:
        """The keys of the lists, by mouse; news lead to what they are about."""
        app = cast("SegportApp", self.app)
        if event.y and event.style.meta.get(_ABOUT) == "alerts":
            app.action_alerts()
        elif (mode := "runs" if event.y else self._mode_at(event.x - 1)) is not None:
            app.action_go(mode)

    def _mode_at(self, column: int) -> str | None:
        return next((mode for mode, first, end in self._places if first <= column < end), None)

    def _tell(self, pulse: Pulse | None) -> None:
        page = cast("Page", self.screen)
        news = Content()
        if pulse is not None:
            keys = {name: with_keys(f"{{app.{name}}}", page) for name in ("runs", "alerts")}
            news = news_content(
                pulse, {k: v for k, v in keys.items() if k != page.SHOWS}, page.tells_of
            )
        if news != self._news:
            # Another height moves everything below it; another percent does not.
            moved = bool(news) != bool(self._news)
            self._news = news
            self._write(moved=moved)

    def _write(self, *, moved: bool) -> None:
        news = [self._news] if self._news else []
        self.update(Content("\n").join([self._head, *news]), layout=moved)

    def _place(self, width: int) -> Content:
        """The lists with their keys, where this is under one of them, and the workspace."""
        page = cast("Page", self.screen)
        labels = [
            (mode, f" {with_keys(f'{{app.{mode}}}', page)} {label} ")
            for mode, label in MODES.items()
        ]
        place = page.place
        if place:
            # The brackets say which one is open where colours do not.
            place = f" > {place}" if self._mode in MODES else f" [{place}]"
        workspace = f"  {safe(self._workspace)}"
        whole = _NAME + "".join(label for _, label in labels) + safe(place) + workspace
        name = _NAME if cell_len(whole) <= width else ""
        self._places = []
        at = len(name)
        for mode, label in labels:
            self._places.append((mode, at, at + len(label)))
            at += len(label)
        return Content.assemble(
            (name, "bold"),
            *(_label(label, is_open=mode == self._mode) for mode, label in labels),
            (safe(place), "bold"),
            (workspace, "dim"),
        )


def _label(label: str, *, is_open: bool) -> Part:
    return (f"[{safe(label.strip())}]", "reverse bold") if is_open else safe(label)


def news_content(pulse: Pulse, keys: Mapping[str, str], told: int | None = None) -> Content:
    """What goes on in a line of 78 cells; empty while there is nothing to say.

    Args:
        pulse: what goes on.
        keys: the keys that show "runs" and "alerts", where they are not shown already. Alerts that
            are shown are counted there.
        told: the run that the page itself tells of; if no other is under way, that is no news.
    """
    parts: list[Content] = []
    under_way = pulse.under_way
    if pulse.first is not None and (pulse.first.id, under_way) == (told, 1):
        under_way = 0
    elif pulse.first is not None:
        run = pulse.first
        # As its own page counts.
        done = run.accepted + run.rejected + pulse.halfway
        percent = f" {number(100 * done // run.to_send)} %" if run.to_send else ""
        lists = " (lists to come)" if pulse.halfway else ""
        first = f"run {run.id} {run.state}{percent}{lists}"
        more = f", {pulse.under_way - 1} more" if pulse.under_way > 1 else ""
        parts.append(Content.styled(f"{first}{more}", state_style(run.state)))
    if pulse.waiting:
        waits = "waits" if pulse.waiting == 1 else "wait"
        parts.append(Content.styled(f"{pulse.waiting} {waits} for approval", WARNING))
    if pulse.failed:
        parts.append(Content.styled(f"{many(pulse.failed, 'run')} failed", ERROR))
    about = []
    if parts:
        hint = _shown_by("runs", under_way + pulse.waiting + pulse.failed, keys)
        about.append(Content.assemble(Content(" | ").join(parts), hint))
    if pulse.alerts and "alerts" in keys:
        alerts = Content.styled(many(pulse.alerts, "alert"), ERROR)
        words = Content.assemble(alerts, _shown_by("alerts", pulse.alerts, keys))
        about.append(words.stylize(Style.from_meta({_ABOUT: "alerts"})))
    if pulse.deaf:
        about.append(Content.styled(safe(pulse.scheduler), WARNING))
    elif about and pulse.scheduler:
        about.append(Content.styled(safe(pulse.scheduler), "dim"))
    if pulse.settings:
        about.insert(0, Content.styled(safe(pulse.settings), ERROR))
    return Content(" | ").join(about)


def _shown_by(what: str, count: int, keys: Mapping[str, str]) -> tuple[str, str]:
    if what not in keys:
        return "", ""
    return f"  {safe(keys[what])} shows {'it' if count == 1 else 'them'}", "dim"
