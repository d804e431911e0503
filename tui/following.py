"""An app that follows the journal: what goes on, what was missed, who has written since."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from typing import TYPE_CHECKING

from textual.reactive import var

from store.errors import SegportError
from tui.hangup import terminal_is_gone
from tui.painting import Painting
from tui.screens.base import Page
from tui.watch import Watch

if TYPE_CHECKING:
    from textual.worker import WorkType

    from store.journal.runs import Brief
    from store.workspace import Workspace
    from workers.actions.desk import Desk
    from workers.actions.pulse import Pulse

LOOK_EVERY = 0.5
# Looks after which a run under way is looked after even though nobody wrote.
SURELY = 10


class Following(Painting):
    """Looks at the journal twice a second; while nobody writes, that costs no byte on the line."""

    pulse: var[Pulse | None] = var(None)

    def __init__(self, workspace: Workspace) -> None:
        # Without colours at all, the terminal's own are the ones that can be told from none.
        super().__init__(ansi_color=True if "NO_COLOR" in os.environ else None)
        self.workspace = workspace
        self._watch = Watch(workspace)
        self._looks = 0

    def desk(self) -> Desk:
        """Who sits here, read anew each time: roles and settings may change meanwhile."""
        from workers.actions.desk import sit_down

        return sit_down(self.workspace, "app")

    def on_mount(self) -> None:
        """Begin to look, once there is something on the screen."""
        self.set_interval(LOOK_EVERY, self._look)
        self.call_after_refresh(self._aside, self._arrive, "arrive")

    def on_unmount(self) -> None:
        """Close the journal."""
        self._watch.close()

    def _look(self) -> None:
        """Tell the screen in front when another process has written, and see what goes on."""
        if not self.is_headless and terminal_is_gone():
            self.exit()
            return
        changed = self._watch.changed()
        # A run whose process is gone writes nothing any more: its death is looked for.
        self._looks += 1
        # Neither does a scheduler that is gone.
        pulse = self.pulse
        # Nor somebody who mends the settings.
        live = pulse is not None and (pulse.under_way or pulse.scheduler or pulse.settings)
        overdue = live and self._looks >= SURELY
        if changed:
            # While the app closes, there is no screen any more.
            front = self.screen_stack[-1] if self.screen_stack else None
            if isinstance(front, Page):
                front.journal_changed()
        if changed or overdue:
            self.feel()

    def feel(self) -> None:
        """See what goes on, in a thread."""
        self._looks = 0
        self._aside(self._take_pulse, "pulse")

    def _aside(self, work: WorkType[None], group: str) -> None:
        """Do something while keys go on being taken; a newer one of its group replaces it."""
        self.run_worker(work, group=group, exclusive=True, exit_on_error=False)

    async def _take_pulse(self) -> None:
        def work() -> Pulse:
            from workers.actions import pulse

            return pulse.take(self.desk(), looking=self.current_mode == "runs")

        with suppress(SegportError):
            self.pulse = await asyncio.to_thread(work)

    async def _arrive(self) -> None:
        """Tell what happened since this operator was here last, then begin to follow."""

        def work() -> list[Brief]:
            from workers.actions import pulse

            return pulse.missed(self.desk())

        missed: list[Brief] = []
        with suppress(SegportError):
            missed = await asyncio.to_thread(work)
        # What is written from here on is a change; what was written before is felt now.
        self._look()
        self.feel()
        if missed:
            from tui.screens.away import AwayScreen

            self.push_screen(AwayScreen(missed), self._open_run)

    def _open_run(self, run_id: int | None) -> None:
        from tui.screens.run import RunScreen

        if run_id is not None:
            self.push_screen(RunScreen(run_id))
