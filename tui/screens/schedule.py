"""The schedule of one export, or of several at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from store.errors import SegportError
from store.schedules import WITH_REFRESH, Schedule
from tui.screens.timing import TimingForm
from tui.words import schedule as schedule_words
from tui.words.figures import many

if TYPE_CHECKING:
    from workers.actions.schedules import ScheduleLine

_BY_HAND = "hand"
_KEEP_ON = "on"
_KEEP_OFF = "off"


class ScheduleForm(TimingForm):
    """Replaces what is set, or keeps it and only switches."""

    PURPOSE = (
        "When an export runs by itself. Times are wall clock times of the zone, also when clocks "
        "change. For several exports, either each keeps its own schedule and is switched on or "
        "off, or one new schedule replaces all. A scheduler must be running: segport schedule run."
    )
    KINDS: ClassVar = [
        ("with the refresh of the workspace", "refresh"),
        ("every day", "daily"),
        ("on certain weekdays", "weekly"),
        ("once a month", "monthly"),
        ("at an interval", "interval"),
        ("by a cron expression", "cron"),
        ("only by hand (paused)", _BY_HAND),
    ]
    SEVERAL: ClassVar = [
        ("each by its own schedule, on", _KEEP_ON),
        ("each by its own schedule, off (paused)", _KEEP_OFF),
        *KINDS[:-1],
    ]

    def __init__(self, slugs: Sequence[str]) -> None:
        super().__init__()
        self._slugs = list(slugs)
        self._why = ""

    @property
    def standing(self) -> str:
        """Why it ran or did not run last."""
        return self._why or self.STANDING

    def kinds(self) -> Sequence[tuple[str, str]]:
        """Several exports may also keep what each one has."""
        return self.KINDS if len(self._slugs) == 1 else self.SEVERAL

    def on_mount(self) -> None:
        """Read how it is set now."""
        super().on_mount()
        self.ask(self._read, self._fill)

    def _read(self) -> tuple[list[ScheduleLine], str]:
        from workers.actions import schedules

        desk = self.segport.desk()
        refresh = schedules.refresh_of(desk)
        zone = refresh.zone if refresh.times else schedule_words.machine_zone()
        return [schedules.of(desk, slug) for slug in self._slugs], zone

    def _fill(self, read: tuple[list[ScheduleLine], str]) -> None:
        lines, zone = read
        if len(lines) == 1:
            (line,) = lines
            kind = line.schedule.recurrence if line.schedule.on else _BY_HAND
            self.title_is(f"Schedule of {line.name}")
            self.timing.fill(kind, line.schedule, zone)
            self._why = line.why
            self.outcome(self.standing)
        else:
            names = ", ".join(line.name for line in lines)
            self.title_is(f"Schedule of {many(len(lines), 'export')}: {names}")
            self.timing.fill(_KEEP_ON, WITH_REFRESH, zone)
        self.filled()

    def draft(self) -> Schedule | None:
        """The schedule as it is typed; None where only the switch is meant."""
        if self.timing.kind in (_BY_HAND, _KEEP_ON, _KEEP_OFF):
            return None
        return schedule_words.shaped(self.timing.parts())

    def without_times(self) -> str:
        """The switch alone, or a refresh that is off."""
        from tui.screens.exports import ExportsScreen

        refresh = (
            "The refresh is off, so it runs only by hand: {exports.refresh} in the list sets it."
        )
        return {
            _KEEP_ON: "Each runs by its own schedule, as it was set before.",
            _KEEP_OFF: "They run only by hand; what each one has is kept.",
            _BY_HAND: "It runs only by hand; what was set is kept.",
        }.get(self.timing.kind, self.keyed(refresh, ExportsScreen))

    def action_save(self) -> None:
        """Keep it, if it can be a schedule; nothing is run."""
        try:
            wanted = self.draft()
        except SegportError as error:
            self.problem(error)
            return
        on = self.timing.kind == _KEEP_ON

        def work() -> list[ScheduleLine]:
            from workers.actions import schedules

            desk = self.segport.desk()
            if wanted is None:
                return schedules.switch(desk, self._slugs, on=on)
            return schedules.set_schedule(desk, self._slugs, wanted)

        self.ask(work, self._saved, group="save")

    def _saved(self, lines: list[ScheduleLine]) -> None:
        told = lines[0].in_full if len(lines) == 1 else f"{many(len(lines), 'export')} changed"
        self.leave(f"Saved: {told}. Nothing was run.")
