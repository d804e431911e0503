"""What the app tells in passing: it belongs to a screen, and goes when another one comes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tui.leaving import Leaving
from tui.problems import problem_of
from tui.text import safe

if TYPE_CHECKING:
    from textual.screen import Screen

    from store.errors import SegportError
    from store.workspace import Workspace
    from tui.problems import Problem

# Characters that people read in a second, at their ease.
_READ_A_SECOND: Final = 15


class Telling(Leaving):
    """An app that tells one thing at a time, and remembers what went wrong last."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self._problem: Problem | None = None
        self._told_on: tuple[Screen[object], ...] = ()

    def tell(self, words: str, by: Screen[object], *, wrong: bool = False) -> None:
        """Tell it in place of what was told before, for as long as it takes to read.

        It stays with the screen that says it, and with the one in front, where it is read.
        """
        self.clear_notifications()
        self._told_on = (by, self.screen)
        for screen in self._told_on:
            screen.add_class("-told")
        timeout, severity = (15.0, "error") if wrong else (5.0, "information")
        timeout = max(timeout, len(words) / _READ_A_SECOND)
        self.notify(safe(words), severity=severity, timeout=timeout, markup=False)  # type: ignore[arg-type]

    def on_notify(self) -> None:
        """Of two things told in one breath the later one takes the place as well."""
        self.clear_notifications()

    def comes_to_front(self, page: Screen[object]) -> None:
        """Another page is looked at: what was told on the one before does not concern it."""
        if page is self.screen and page not in self._told_on:
            self.clear_notifications()

    def clear_notifications(self) -> None:
        """Tell nothing any more; Textual itself would leave an empty line for each."""
        super().clear_notifications()
        for screen in self.screen_stack:
            screen.query("ToastHolder").remove()

    def send_to_clipboard(self, text: str) -> None:
        """Hand a text to the terminal. Whether it takes it, no terminal says."""
        self.copy_to_clipboard(text)
        self.tell("Sent to your terminal's clipboard, if it allows it.", self.screen)

    def keep_problem(self, error: SegportError, where: str) -> None:
        """Remember what went wrong last, for `!`."""
        self._problem = problem_of(error, where, self.workspace)

    def action_problem(self) -> None:
        """Show what went wrong last."""
        from tui.screens.problem import ProblemScreen

        if self._problem is not None:
            self.clear_notifications()
            self.push_screen(ProblemScreen(self._problem))
