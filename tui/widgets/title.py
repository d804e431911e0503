"""The top of every screen: which list this is, which workspace, and what goes on in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual import events
from textual.content import Content
from textual.widgets import Static

from tui.text import safe
from tui.widgets.state import state_text
from tui.words.figures import many

if TYPE_CHECKING:
    from tui.app import SegportApp
    from workers.actions.pulse import Pulse

MODES = {"exports": "Exports", "connections": "Connections", "segments": "Segments", "runs": "Runs"}
_NAME = "Segport"


class TitleBar(Static):
    """Written once, with no clock, so an idle app sends nothing; a second line while there is news."""

    DEFAULT_CSS = """
    TitleBar {
        dock: top; height: auto; max-height: 2; background: $panel; color: $foreground;
        padding: 0 1; text-wrap: nowrap; text-overflow: ellipsis;
    }
    """

    def __init__(self, mode: str, workspace: str) -> None:
        self._head = _head(mode, workspace)
        super().__init__(self._head, markup=False)
        self._news = Content()

    def on_mount(self) -> None:
        """Follow what goes on, from now on and as it is known already."""
        self.watch(self.app, "pulse", self._tell, init=True)

    def on_click(self, event: events.Click) -> None:
        """The keys of the lists, by mouse; news are about runs."""
        mode = "runs" if event.y else _mode_at(event.x - 1)
        if mode is not None:
            cast("SegportApp", self.app).action_go(mode)

    def _tell(self, pulse: Pulse | None) -> None:
        news = news_content(pulse) if pulse is not None else Content()
        if news == self._news:
            return
        # Another height moves everything below it; another percent does not.
        moved = bool(news) != bool(self._news)
        self._news = news
        self.update(Content("\n").join([self._head, news] if news else [self._head]), layout=moved)


def news_content(pulse: Pulse) -> Content:
    """What goes on in a line of 78 cells; empty while there is nothing to say."""
    parts: list[Content] = []
    if pulse.first is not None:
        run = pulse.first
        settled = run.accepted + run.rejected
        percent = f" {100 * settled // run.to_send} %" if run.to_send else ""
        first = f"run {run.id} {run.state}{percent}"
        more = f", {pulse.under_way - 1} more" if pulse.under_way > 1 else ""
        parts.append(Content.styled(f"{first}{more}", str(state_text(run.state).style)))
    if pulse.waiting:
        waits = "waits" if pulse.waiting == 1 else "wait"
        parts.append(Content.styled(f"{pulse.waiting} {waits} for approval", "bold yellow"))
    if pulse.failed:
        parts.append(Content.styled(f"{many(pulse.failed, 'run')} failed", "bold red"))
    runs = [("  4 shows them", "dim")] if parts else []
    about = [Content.assemble(Content(" | ").join(parts), *runs)] if parts else []
    if pulse.alerts:
        alerts = Content.styled(many(pulse.alerts, "alert"), "bold red")
        about.append(Content.assemble(alerts, ("  B shows them", "dim")))
    if pulse.deaf:
        about.append(Content.styled(pulse.scheduler, "bold yellow"))
    elif about and pulse.scheduler:
        about.append(Content.styled(pulse.scheduler, "dim"))
    if pulse.settings:
        about.insert(0, Content.styled(safe(pulse.settings), "bold red"))
    return Content(" | ").join(about)


def _labels() -> list[tuple[str, str]]:
    return [(mode, f" {place} {label} ") for place, (mode, label) in enumerate(MODES.items(), 1)]


def _head(mode: str, workspace: str) -> Content:
    parts: list[Content | str | tuple[str, str]] = [(_NAME, "bold"), "  "]
    for name, label in _labels():
        # The brackets say which one is open where colours do not.
        parts.append((f"[{label.strip()}]", "reverse bold") if name == mode else label)
    return Content.assemble(*parts, "  ", (safe(workspace), "dim"))


def _mode_at(column: int) -> str | None:
    start = len(_NAME) + 2
    for mode, label in _labels():
        if start <= column < start + len(label):
            return mode
        start += len(label)
    return None
