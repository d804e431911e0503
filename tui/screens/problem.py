"""The last problem in full, and a key to copy it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual.binding import Binding, BindingType
from textual.content import Content

from tui.registry import with_keys
from tui.screens.modal import Modal
from tui.text import safe, safe_lines
from tui.widgets.reading import Reading
from tui.widgets.static import Static

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from tui.app import SegportApp
    from tui.problems import Problem


class ProblemScreen(Modal[bool]):
    """What is wrong, what to do about it, and what to tell somebody who helps."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "copy", "Copy the details", id="problem.copy"),
        Binding("escape,q,enter", "dismiss(False)", "Close", id="problem.close"),
    ]

    def __init__(self, problem: Problem) -> None:
        super().__init__()
        self._problem = problem

    def compose(self) -> ComposeResult:
        """Cause, next step, details, keys."""
        problem = self._problem
        keys = with_keys("{problem.copy} copies all of this, {problem.close} closes it.", self)
        words = Content.assemble(
            (safe(problem.message), "bold"),
            f"\n{safe(problem.hint)}\n\n",
            safe_lines(problem.details),
            (f"\n\n{keys}", "dim"),
        )
        with Reading():
            yield Static(words, markup=False)

    def action_copy(self) -> None:
        """Send it to the terminal's clipboard."""
        cast("SegportApp", self.app).send_to_clipboard(safe_lines(self._problem.text))
