"""What makes a run of the export wait for approval, and which of several rows of a person wins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Final

import msgspec
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Input, Select, Static

from store.exports import Guards
from tui.screens.modal import Modal
from tui.text import safe_content
from tui.widgets.field import Field
from tui.widgets.safe_input import SafeInput

if TYPE_CHECKING:
    from textual.app import ComposeResult

_LABELS: Final = {
    "excluded_percent": "Excluded rows, %",
    "adds": "New contacts",
    "changes": "Changed contacts",
    "leavers": "People who left",
}
_FIRST: Final = "(the first one read)"


class LimitsScreen(Modal[tuple[Guards, str | None] | None]):
    """Answers with the guards and the deciding column."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Cancel", id="limits.cancel"),
    ]
    DEFAULT_CSS = """
    LimitsScreen Field Label { width: 22; }
    LimitsScreen .fault { color: $text-warning; text-style: bold; height: auto; }
    """

    def __init__(self, guards: Guards, newest_by: str | None, columns: Sequence[str]) -> None:
        super().__init__()
        self._guards = guards
        self._newest_by = newest_by
        known = [*columns, *([newest_by] if newest_by and newest_by not in columns else [])]
        self._columns = list(known)

    def compose(self) -> ComposeResult:
        """One field a guard, the column, buttons."""
        with Vertical():
            yield Static(
                "A run waits for approval above these. 0 allows none; off does not look.",
                markup=False,
            )
            for name, label in _LABELS.items():
                value = str(getattr(self._guards, name))
                yield Field(label, SafeInput(value, id=name, compact=True))
            yield Static("Of several rows of one address, this wins:", markup=False)
            column: Select[str] = Select(
                [(safe_content(name), name) for name in self._columns],
                prompt=_FIRST,
                value=self._newest_by or Select.NULL,
                id="newest",
                compact=True,
            )
            yield Field("The greatest value of", column)
            yield Static("", classes="fault", markup=False)
            with Horizontal(classes="buttons"):
                yield Button(safe_content("Cancel (esc)"), id="no", compact=True)
                yield Button(safe_content("Take these"), id="take", compact=True)

    def on_mount(self) -> None:
        """Begin at the first."""
        self.query_one("#excluded_percent").focus()

    def on_input_changed(self) -> None:
        """Say at once what is no number."""
        self._read()

    def on_input_submitted(self) -> None:
        """Enter takes them, if they can be taken."""
        self._answer()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Take or cancel."""
        if event.button.id == "take":
            self._answer()
        else:
            self.dismiss(None)

    def _answer(self) -> None:
        guards = self._read()
        if guards is not None:
            chosen = self.query_one("#newest", Select)
            self.dismiss((guards, None if chosen.is_blank() else str(chosen.value)))

    def _read(self) -> Guards | None:
        typed = {}
        for name, label in _LABELS.items():
            text = self.query_one(f"#{name}", Input).value.strip().lower().removesuffix("%").strip()
            plain = text.replace(",", "")
            if text != "off" and not plain.isdecimal():
                self._fault(f"{label}: a number of 0 or more, or off.")
                return None
            typed[name] = "off" if text == "off" else int(plain)
        self._fault("")
        return msgspec.convert(typed, Guards)

    def _fault(self, words: str) -> None:
        self.query_one(".fault", Static).update(safe_content(words))
