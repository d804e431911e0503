"""How the app ends: it tells what goes on without it, and keeps what was typed from being lost."""

from __future__ import annotations

from rich.text import Text
from textual.css.query import NoMatches
from textual.widget import MountError

from store.errors import SegportError
from store.journal import runs
from store.journal.schema import Journal
from tui.confined import Confined
from tui.problems import own_mistake
from tui.registry import with_keys
from tui.screens.base import Asking
from tui.screens.confirm import Confirm
from tui.text import safe
from tui.widgets import too_small
from tui.words.figures import many
from workers.liveness import look_after_all


class Leaving(Confined):
    """An app whose way out tells the truth."""

    def _is_covered(self) -> bool:
        covers = self.screen.query_children(too_small.TooSmall)
        return any(cover.display for cover in covers)

    async def action_quit(self) -> None:
        """The way out from anywhere."""
        self.action_leave()

    def action_leave(self) -> None:
        """Leave, unless a form would lose what was typed, or a run goes on: these are told first."""
        if self._is_covered():
            # A question could not be read: what goes on does so by itself, what was typed is kept.
            if not self._unsaved():
                self._left(self._going_on())
            return
        if isinstance(self.screen, Confirm):
            return
        if not self._unsaved():
            self._leave()
            return
        self.push_screen(
            Confirm(
                "Leave without saving what was changed? A form stands open under "
                f"{' and '.join(self._unsaved())}.",
                yes="Leave",
                no="Stay",
            ),
            lambda leave: self._leave() if leave else None,
        )

    def _unsaved(self) -> list[str]:
        """The lists under which a form, or a question, was filled in and not saved."""
        return [
            mode.capitalize()
            for mode, screens in self._screen_stacks.items()
            if any(isinstance(screen, Asking) and screen.unsaved for screen in screens)
        ]

    def _leave(self) -> None:
        going_on = self._going_on()
        if not going_on:
            self.exit()
            return
        named = "\n".join(f"Run {run.id} ({run.export_name}): {run.state}" for run in going_on[:5])
        from tui.screens.run import RunScreen

        goes = "goes" if len(going_on) == 1 else "go"
        stop = "To stop one, open it under {app.runs} Runs and press {run.cancel}."
        words = (
            f"{many(len(going_on), 'run')} {goes} on without the app:\n\n{named}\n\n"
            f"{with_keys(stop, self, RunScreen)}"
        )
        self.push_screen(
            Confirm(words, yes="Leave", no="Stay"),
            lambda leave: self._left(going_on) if leave else None,
        )

    def _left(self, going_on: list[runs.Run]) -> None:
        lines = [
            f"Run {run.id} ({safe(run.export_name)}) goes on. "
            f"Follow it with: segport run watch {run.id}"
            for run in going_on
        ]
        self.exit(message=Text("\n".join(lines)) if lines else None)

    def _going_on(self) -> list[runs.Run]:
        try:
            with Journal(self.workspace.journal_path) as journal:
                look_after_all(self.workspace, journal)
                return runs.unfinished(journal)
        except SegportError:
            # Leaving must be possible with a damaged journal too.
            return []

    def _handle_exception(self, error: Exception) -> None:
        """End with a sentence: Textual's own traceback has customers in its locals."""
        # Textual mounts nothing more in an app that is left, and a screen that was being made misses it.
        if self._exit and isinstance(error, (MountError, NoMatches)):
            return
        self._return_code = 1
        if self._exception is None:
            self._exception = error
            self._exception_event.set()
        self._fatal_error()

    def _fatal_error(self) -> None:
        error = self._exception
        told = (
            error
            if isinstance(error, SegportError)
            else own_mistake(error or Exception(), self.workspace.state)
        )
        self._exit_renderables.append(Text(f"{safe(told.message)} {safe(told.hint)}"))
        self._close_messages_no_wait()
