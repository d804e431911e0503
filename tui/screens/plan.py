"""A plan: what a run would send, before anything is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content

from tui.screens.base import Page
from tui.text import safe, safe_content
from tui.widgets.keys import Keys
from tui.widgets.plan import plan_content
from tui.widgets.reading import Reading
from tui.widgets.static import Static
from tui.widgets.title import TitleBar

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from store.errors import SegportError
    from workers.plan.report import PlanReport


class PlanScreen(Page):
    """Works it out anew each time it opens."""

    MODE = "exports"
    PURPOSE = (
        "A plan is what a run would send, worked out in full. Nothing is sent by looking at it. "
        "{plan.run} runs the export; if the run then plans otherwise beyond the guards, it waits for "
        "approval. Who only looks gets a plan that does not ask the service."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "run", "Run this", id="plan.run"),
        Binding("a", "again", "Plan again", id="plan.again"),
    ]
    DEFAULT_CSS = """
    PlanScreen VerticalScroll { height: 1fr; padding: 0 1; }
    PlanScreen #plan { height: auto; }
    """

    def __init__(self, slug: str, name: str) -> None:
        super().__init__()
        self._slug = slug
        self._export = name
        self._report: PlanReport | None = None

    def compose(self) -> ComposeResult:
        """One scrolling text."""
        yield TitleBar(self.MODE, self.segport.workspace.root.name)
        with Reading():
            yield Static("", id="plan", markup=False)
        yield Keys()

    def on_mount(self) -> None:
        """Plan."""
        self.query_one(Reading).focus()
        self.action_again()

    def action_again(self) -> None:
        """Plan."""
        self._report = None
        self._tell(
            safe_content(f"Planning {self._export}: reading segments, asking the service...")
        )

        async def work() -> PlanReport:
            from workers.actions import exports, planning

            desk = self.segport.desk()
            self._export = exports.show(desk, self._slug).value.name
            # To ask the service takes a contributor; a plan that does not is for everyone.
            return await planning.plan(desk, self._slug, offline=desk.operator.role == "viewer")

        self.ask_async(work, self._show, failed=self._not_planned)

    def _show(self, report: PlanReport) -> None:
        self._report = report
        self._tell(plan_content(self._export, report))
        self.refresh_bindings()

    def _not_planned(self, error: SegportError) -> None:
        self._tell(
            Content.assemble(("No plan. ", "bold"), safe(error.message), "\n\n", safe(error.hint))
        )

    def _tell(self, content: Content) -> None:
        self.query_one("#plan", Static).update(content)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A run is offered for a plan that is there."""
        if action == "run":
            return self._report is not None and self._report.checked
        return super().check_action(action, parameters)

    def action_run(self) -> None:
        """Ask, then start by this plan."""
        from tui.screens.starting import start

        if self._report is not None:
            start(self, self._slug, self._export, self._report.account, self._report)
