"""Why a person is, or is not, in Autopilot."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType

from tui.screens.base import Revealing
from tui.text import safe, safe_content, safe_text
from tui.widgets.keys import Keys
from tui.widgets.reading import Reading
from tui.widgets.static import Static
from tui.widgets.title import TitleBar
from tui.words.why import lines

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from store.errors import SegportError
    from workers.actions.people import Trace
    from workers.why.answer import Why

_NAMES = 14


class WhyScreen(Revealing):
    """The answer in a sentence, then everything it rests on, in the order of time."""

    REVEALS = "why.reveal"
    PLACE = "Why?"
    PURPOSE = (
        "Everything kept here about one address: the segments that hold it, what the next run "
        "would do, what was acknowledged, and every run that sent it with what was answered. "
        "The service is not asked. {why.reveal} shows values as they are, and masks them again; who "
        "looked is written down."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("v", "reveal", "Reveal", id="why.reveal",
                tooltip="Personal values as they are, or masked again; it is written down who asked."),
        Binding("f", "forget", "Forget", id="why.forget",
                tooltip="Erase this person from everything kept here; for administrators."),
    ]  # fmt: skip
    DEFAULT_CSS = """
    WhyScreen VerticalScroll { height: 1fr; padding: 0 1; }
    WhyScreen #why { height: auto; }
    """

    def __init__(self, address: str) -> None:
        super().__init__()
        self._address = address
        self._why: Why | None = None

    def compose(self) -> ComposeResult:
        """One scrolling text."""
        yield TitleBar(self.app.current_mode, self.segport.workspace.root.name)
        with Reading():
            yield Static(safe_content(f"Looking for {self._address}..."), id="why", markup=False)
        yield Keys()

    def on_mount(self) -> None:
        """Look."""
        self.query_one(Reading).focus()
        self.show_values(revealed=False)

    def show_values(self, *, revealed: bool) -> None:
        """Look anew."""

        def work() -> Why:
            from workers.actions import people

            return people.why(self.segport.desk(), self._address, revealed=revealed)

        def show(found: Why) -> None:
            self._why = found
            self.now_shown(revealed=revealed)
            self._tell(found)

        self.ask(work, show, group="why", failed=self.problem if revealed else self._none)

    def _none(self, error: SegportError) -> None:
        self.query_one("#why", Static).update(safe_content(f"{error.message} {error.hint}"))

    def _tell(self, why: Why) -> None:
        from rich.console import Group
        from rich.table import Table

        facts = Table.grid(padding=(0, 1))
        facts.add_column(width=_NAMES, no_wrap=True, overflow="ellipsis")
        # Cut nowhere: not a long word, nor, as Rich else does, one that ends a line with wide characters.
        facts.add_column(overflow="fold")
        for line in lines(why):
            if len(line) == 1:
                facts.add_row("", "")
                facts.add_row(safe_text(line[0], "bold"), "")
            else:
                facts.add_row(safe_text(line[0]), Text(safe(line[1])))
        head = [Text(safe(why.address), "bold"), Text(safe(why.answer))]
        self.query_one("#why", Static).update(Group(*head, facts))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """There must be somebody to forget, or values to show."""
        if action in {"forget", "reveal"}:
            return self._why is not None
        return super().check_action(action, parameters)

    def action_forget(self) -> None:
        """Say what is kept, and erase it once the address was typed."""
        from tui.screens.typed_confirm import TypedConfirm
        from tui.words.forget import kept_here, left

        def traced(trace: Trace) -> None:
            if not trace.found.anything:
                self.say("Nothing is kept of this person.")
                return
            kept = "\n".join(f"  {line}" for line in kept_here(trace))
            words = (
                f"Erase {trace.found.person} from everything kept here?\n\n{kept}\n\n"
                + " ".join(left(trace))
            )
            self.put(TypedConfirm(words, trace.found.person, yes="Erase"), erase)

        def erase(yes: bool | None) -> None:
            if yes:
                self.say("Erasing: it is done when this says so.")
                self.ask(lambda: people.forget(self.segport.desk(), self._address), erased)

        def erased(_: Trace) -> None:
            self.say("Erased from everything kept here.")
            self.show_values(revealed=False)

        from workers.actions import people

        self.ask(lambda: people.trace(self.segport.desk(), self._address), traced, group="trace")
