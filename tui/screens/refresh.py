"""The refresh of the workspace: the times of every export that has no schedule of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import msgspec

from store.errors import SegportError
from tui.screens.timing import TimingForm
from tui.words import schedule as schedule_words

if TYPE_CHECKING:
    from store.schedules import Refresh, Schedule

_OFF = "off"


class RefreshForm(TimingForm):
    """Takes an administrator to save."""

    PURPOSE = (
        "The refresh runs every export that has no schedule of its own: every day or on chosen "
        "weekdays, up to four times a day. It is off until it is set."
    )
    LABEL = "Refresh"
    KINDS: ClassVar = [("off", _OFF), ("every day", "daily"), ("on certain weekdays", "weekly")]
    WITHOUT: ClassVar = ("start", "until")

    def on_mount(self) -> None:
        """Read how it is set now."""
        super().on_mount()
        self._now: Refresh | None = None
        self.title_is("Refresh of the workspace")
        self.ask(self._read, self._fill)

    def _read(self) -> Refresh:
        from workers.actions import schedules

        return schedules.refresh_of(self.segport.desk())

    def _fill(self, now: Refresh) -> None:
        self._now = now
        shown = msgspec.structs.replace(now, on=bool(now.times)).timing()
        kind = _OFF if not now.on else "weekly" if now.days else "daily"
        zone = schedule_words.machine_zone()
        self.timing.fill(kind, shown or schedule_words.shaped({"zone": zone}), zone)
        self.filled()

    def draft(self) -> Schedule | None:
        """The refresh as it is typed, as a schedule; None for off."""
        if self.timing.kind == _OFF:
            return None
        return schedule_words.shaped(self.timing.parts())

    def without_times(self) -> str:
        """Off."""
        return "Exports without a schedule of their own run only by hand."

    def action_save(self) -> None:
        """Keep it, if it can be a schedule; nothing is run."""
        try:
            wanted = self.draft()
        except SegportError as error:
            self.problem(error)
            return

        def work() -> Refresh:
            from store.schedules import Refresh
            from workers.actions import schedules

            if wanted is None:
                refresh = msgspec.structs.replace(self._now or Refresh(), on=False)
            else:
                refresh = Refresh(on=True, times=wanted.times, days=wanted.days, zone=wanted.zone)
            return schedules.set_refresh(self.segport.desk(), refresh)

        self.ask(work, self._saved, group="save")

    def _saved(self, refresh: Refresh) -> None:
        from workers.schedule.words import said_of_refresh

        self.leave(f"Saved: refresh {said_of_refresh(refresh)}. Nothing was run.")
