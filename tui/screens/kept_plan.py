"""The plan of a run, as it was frozen."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType

from tui.screens.base import Page
from tui.text import safe_content
from tui.widgets.keys import Keys
from tui.widgets.reading import Reading
from tui.widgets.static import Static
from tui.widgets.title import TitleBar

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.content import Content

    from store.journal.runs import Run


class KeptPlanScreen(Page):
    """Read from the journal; nothing is worked out anew."""

    MODE = "runs"
    PURPOSE = (
        "The plan that this run sends, as it was frozen before the first request. {plan.excluded} "
        "shows which rows it took out, and why."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("E", "excluded", "Excluded", id="plan.excluded",
                tooltip="Rows that the plan took out, and why."),
    ]  # fmt: skip
    DEFAULT_CSS = "KeptPlanScreen VerticalScroll { height: 1fr; padding: 0 1; }"

    def __init__(self, run: Run) -> None:
        super().__init__()
        self._run = run

    @property
    def place(self) -> str:
        """Of which run."""
        return f"Run {self._run.id} > Plan"

    def compose(self) -> ComposeResult:
        """One scrolling text."""
        yield TitleBar(self.MODE, self.segport.workspace.root.name)
        with Reading():
            yield Static("reading...", id="plan", markup=False)
        yield Keys()

    def on_mount(self) -> None:
        """Put it into words in a thread: its types come with the planner."""
        self.query_one(Reading).focus()
        self.ask(
            self._words,
            self.query_one("#plan", Static).update,
            failed=lambda error: self.query_one("#plan", Static).update(
                safe_content(error.message)
            ),
        )

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """There must be some."""
        if action == "excluded":
            return self._run.excluded > 0
        return super().check_action(action, parameters)

    def action_excluded(self) -> None:
        """Show them."""
        from tui.screens.excluded import ExcludedScreen

        self.app.push_screen(ExcludedScreen(self._run))

    def _words(self) -> Content:
        import msgspec

        from tui.widgets.plan import plan_content
        from workers.plan.report import PlanReport

        report = msgspec.convert(self._run.plan, PlanReport)
        return plan_content(self._run.export_name, report)
