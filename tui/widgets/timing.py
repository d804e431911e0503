"""The fields of a schedule: the recurrence, and what that recurrence takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input, Select

from tui.text import safe_content
from tui.widgets.field import Field
from tui.widgets.safe_input import SafeInput
from tui.words import schedule as schedule_words

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from store.schedules import Schedule

# What each recurrence is told by; the others of these fields are not shown.
_TAKES: Final = {
    "daily": ("times", "zone", "start", "until"),
    "weekly": ("days", "times", "zone", "start", "until"),
    "monthly": ("day", "times", "zone", "start", "until"),
    "interval": ("every", "zone", "start", "until"),
    "cron": ("cron", "zone", "start", "until"),
}
_EXAMPLES: Final = {
    "days": "as in mon, thu",
    "day": "a number, or last",
    "times": "as in 06:00, 18:00; up to four",
    "every": "as in 4 h, 30 min or 2 d",
    "cron": "as in 0 6 * * 1-5",
    "zone": "as in Europe/Berlin",
    "start": "as in 2026-12-01 06:00; may stay empty",
    "until": "may stay empty",
}


class Timing(Vertical):
    """Chosen by what it is called, typed as on the command line."""

    DEFAULT_CSS = "Timing { height: auto; }"

    class Changed(Message):
        """The operator chose or typed something."""

    def __init__(
        self, label: str, kinds: Sequence[tuple[str, str]], without: Sequence[str]
    ) -> None:
        super().__init__()
        self._label = label
        self._kinds = kinds
        self._without = frozenset(without)
        self._filled = False

    def compose(self) -> ComposeResult:
        """The recurrence, then every field there is; `_show` hides those that do not belong."""
        choices = [(safe_content(words), kind) for words, kind in self._kinds]
        kind: Select[str] = Select(choices, allow_blank=False, id="kind", compact=True)
        yield Field(self._label, kind)
        for name, example in _EXAMPLES.items():
            label = schedule_words.LABELS[name]
            box = SafeInput(placeholder=example, id=name, compact=True)
            field = Field(label, box, classes=f"of-{name}")
            field.display = False
            yield field

    @property
    def kind(self) -> str:
        """What is chosen."""
        return str(self.query_one("#kind", Select).value)

    def fill(self, kind: str, schedule: Schedule, zone: str) -> None:
        """Show a schedule; `zone` stands where it has none of its own."""
        own = schedule.recurrence != "refresh"
        texts = {
            "days": ", ".join(day[:3] for day in schedule.days),
            "day": str(schedule.day or ""),
            "times": ", ".join(schedule.times),
            "every": schedule.every or "",
            "cron": schedule.cron or "",
            "zone": schedule.zone if own else zone,
            "start": schedule.start or "",
            "until": schedule.until or "",
        }
        with self.prevent(Input.Changed, Select.Changed):
            self.query_one("#kind", Select).value = kind
            for name, text in texts.items():
                self.query_one(f"#{name}", Input).value = text
        self._filled = True
        self._show()

    def parts(self) -> dict[str, Any]:
        """What is chosen and typed, for `tui.words.schedule.shaped`; what is empty is left out."""
        found: dict[str, Any] = {"recurrence": self.kind}
        for name in self._shown():
            text = self.query_one(f"#{name}", Input).value.strip()
            if name == "zone":
                found[name] = text
            elif text and name == "times":
                found[name] = text.replace(",", " ").split()
            elif text and name == "day":
                found[name] = int(text) if text.isascii() and text.isdecimal() else text
            elif text:
                found[name] = text
        return found

    def on_select_changed(self, event: Select.Changed) -> None:
        """Another recurrence takes other fields."""
        event.stop()
        if self._filled:
            self._show()
            self.post_message(self.Changed())

    def on_input_changed(self, event: Input.Changed) -> None:
        """Something was typed."""
        event.stop()
        self.post_message(self.Changed())

    def _shown(self) -> list[str]:
        return [name for name in _TAKES.get(self.kind, ()) if name not in self._without]

    def _show(self) -> None:
        shown = self._shown()
        for name in _EXAMPLES:
            self.query_one(f".of-{name}").display = name in shown
