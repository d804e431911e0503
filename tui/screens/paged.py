"""A list that is too long to be read at once: a page of it, the newest first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.screens.listing import Listing

if TYPE_CHECKING:
    from tui.widgets.table import Row


class Paged(Listing):
    """What has a page read it into `rows`: what comes before `before`, and then says `further`.

    Attributes:
        further: where the page after this one begins; None on the last.
    """

    def __init__(self) -> None:
        super().__init__()
        # Where each page after the first began; the one that is shown comes last.
        self._pages: list[int] = []
        self.further: int | None = None
        self._offered: tuple[bool, ...] = ()

    @property
    def before(self) -> int | None:
        """What this page comes before; None on the newest."""
        return self._pages[-1] if self._pages else None

    @property
    def pages_before(self) -> int:
        """How many pages are newer than this one."""
        return len(self._pages)

    def to_newest(self) -> None:
        """The next page to be read is the newest again."""
        self._pages = []

    def show_rows(self, rows: list[Row]) -> None:
        """Show the page, and which keys turn it."""
        super().show_rows(rows)
        offered = self.offered()
        if offered != self._offered:
            self._offered = offered
            self.refresh_bindings()

    def offered(self) -> tuple[bool, ...]:
        """What the footer depends on."""
        return self.further is not None, bool(self._pages)

    def action_older(self) -> None:
        """The page before in time."""
        if self.further is not None:
            self._pages.append(self.further)
            self.turned()

    def action_newer(self) -> None:
        """Back towards the newest."""
        if self._pages:
            self._pages.pop()
            self.turned()

    def turned(self) -> None:
        """Read the page that is turned to, from its top."""
        self.table.move_cursor(row=0, animate=False)
        self.reload()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Pages are offered where there are some."""
        if action == "older":
            return self.further is not None
        if action == "newer":
            return bool(self._pages)
        return super().check_action(action, parameters)
