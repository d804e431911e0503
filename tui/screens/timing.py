"""What the forms of a schedule and of the refresh share: fields, a look at the next times, save."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Horizontal

from store.errors import SegportError
from tui.screens.form import Form
from tui.text import safe_content, safe_lines_content
from tui.widgets.button import Button
from tui.widgets.field import Fields
from tui.widgets.keys import Keys
from tui.widgets.static import Static
from tui.widgets.timing import Timing
from tui.widgets.title import TitleBar
from tui.words.schedule import said_times

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from store.schedules import Schedule


class TimingForm(Form):
    """Shows the next five times as it is typed. Saving runs nothing."""

    MODE = "exports"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "save", "Save", id="timing.save", tooltip="Keep it. Nothing is run."),
    ]
    STANDING = "Saving runs nothing."
    LABEL = "Runs"
    KINDS: ClassVar[Sequence[tuple[str, str]]] = ()
    WITHOUT: ClassVar[Sequence[str]] = ()
    DEFAULT_CSS = """
    TimingForm .title { height: auto; margin-bottom: 1; }
    TimingForm .upcoming { height: auto; margin-top: 1; padding: 0 1; }
    """

    def compose(self) -> ComposeResult:
        """What it is about, the fields, the next times, save."""
        yield TitleBar(self.MODE, self.segport.workspace.root.name)
        # What is typed before the fields are filled in would be lost.
        with Fields(disabled=True):
            yield Static("", classes="title", markup=False)
            yield Timing(self.LABEL, self.kinds(), self.WITHOUT)
            yield Static("", classes="upcoming", markup=False)
        with Horizontal(classes="buttons"):
            yield Button("Save", "save", main=True)
        yield Static(self.STANDING, classes="outcome", markup=False)
        yield Keys()

    def kinds(self) -> Sequence[tuple[str, str]]:
        """What can be chosen, with its words first."""
        return self.KINDS

    def filled(self) -> None:
        """The fields show how it is set now; what is typed from here on is a change."""
        self.filled_in(self.query_one("#kind"))
        self.look_ahead()

    @property
    def timing(self) -> Timing:
        """The fields."""
        return self.query_one(Timing)

    def title_is(self, words: str) -> None:
        """Say what the schedule is of."""
        self.query_one(".title", Static).update(safe_content(words))

    def on_timing_changed(self) -> None:
        """Show what would come of it."""
        self.touched()
        self.look_ahead()

    def look_ahead(self) -> None:
        """Work out the next times in a thread, and show them or what is wrong."""
        try:
            wanted = self.draft()
        except SegportError as error:
            self.tell_upcoming(str(error))
            return
        if wanted is None:
            self.tell_upcoming(self.without_times())
            return

        def work() -> str:
            from workers.actions import schedules

            found = schedules.next_with(self.segport.desk(), wanted)
            if found is None:
                return self.without_times()
            return _words(*found)

        self.ask(work, self.tell_upcoming, group="ahead")

    def tell_upcoming(self, words: str) -> None:
        """Show the next times."""
        self.query_one(".upcoming", Static).update(safe_lines_content(words))

    def on_button_pressed(self) -> None:
        """Save."""
        self.action_save()

    def action_save(self) -> None:
        """Keep it."""
        raise NotImplementedError

    def draft(self) -> Schedule | None:
        """The schedule as it is typed; None for one without times."""
        raise NotImplementedError

    def without_times(self) -> str:
        """What is said where there is no next time."""
        return "It runs only by hand."


def _words(times: Sequence[datetime], zone: str) -> str:
    lines = said_times(times, zone) or ["never: it is over"]
    return "\n".join(f"{'Next' if place == 0 else '':<6}{line}" for place, line in enumerate(lines))
