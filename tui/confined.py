"""An app that leads nowhere but to itself, and that whoever is taken out leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from store.errors import NotPermitted, SegportError
from store.people import operators
from tui.following import LOOK_EVERY, Following
from tui.text import safe

if TYPE_CHECKING:
    from store.workspace import Workspace


class Confined(Following):
    """Textual's own ways out of an app are not offered, behind the gate or elsewhere."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self._settings_changed = 0

    def on_mount(self) -> None:
        """Behind the gate, look whether this operator is still one."""
        if operators.gated():
            self.set_interval(LOOK_EVERY, self._leave_if_out)

    def action_suspend_process(self) -> None:
        """Not offered: behind the gate there is no shell to go back to."""

    def action_screenshot(self, filename: str | None = None, path: str | None = None) -> None:
        """Not offered: a picture of customers is a file of customers."""

    def open_url(self, url: str, *, new_tab: bool = True) -> None:
        """Not done: a browser on the host is another program."""

    def _leave_if_out(self) -> None:
        try:
            changed = self.workspace.settings_path.stat().st_mtime_ns
        except OSError:
            changed = 0
        if changed == self._settings_changed:
            return
        self._settings_changed = changed
        try:
            self.desk()
        except NotPermitted as error:
            self.exit(return_code=error.exit_code, message=Text(safe(error)))
        except SegportError:
            # Each screen that reads the settings tells what is wrong with them.
            return
