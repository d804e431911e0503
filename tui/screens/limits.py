"""What makes a run of the export wait for approval, and which of several rows of a person wins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import msgspec
from textual.widgets import Input, Select

from store.errors import UsageError, refuse
from store.exports import Guards
from tui.screens.dialog import Dialog
from tui.text import safe_content
from tui.widgets.field import Field
from tui.widgets.safe_input import SafeInput
from tui.widgets.static import Static
from tui.words.typed import without_groups

if TYPE_CHECKING:
    from textual.app import ComposeResult

_LABELS: Final = {
    "excluded_percent": "Excluded rows, %",
    "adds": "New contacts",
    "changes": "Changed contacts",
    "leavers": "People who left",
}
_FIRST: Final = "(the first one read)"


class LimitsScreen(Dialog[tuple[Guards, str | None]]):
    """Answers with the guards and the deciding column."""

    DEFAULT_CSS = """
    LimitsScreen Field Label { width: 22; }
    LimitsScreen Field Fault { padding-left: 22; }
    """

    def __init__(self, guards: Guards, newest_by: str | None, columns: Sequence[str]) -> None:
        super().__init__()
        self._guards = guards
        self._newest_by = newest_by
        known = [*columns, *([newest_by] if newest_by and newest_by not in columns else [])]
        self._columns = list(known)

    def fields(self) -> ComposeResult:
        """One field a guard, and the column."""
        words = "A run waits for approval above these. 0 allows none; off does not look."
        yield Static(words, markup=False)
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

    def taken(self) -> tuple[Guards, str | None]:
        """The guards as they are typed, if each is one."""
        typed: dict[str, int | str] = {}
        wrong = []
        for name in _LABELS:
            text = self.query_one(f"#{name}", Input).value.strip().lower().removesuffix("%").strip()
            plain = without_groups(text)
            if text == "off":
                typed[name] = text
                continue
            fits = plain.isascii() and plain.isdecimal() and len(plain) <= 12
            share = name == "excluded_percent"
            if fits and (not share or int(plain) <= 100):
                typed[name] = int(plain)
            else:
                kind = (
                    "A whole number of 0 or more" if not share else "A whole number from 0 to 100"
                )
                wrong.append(UsageError(f"{kind}, or off.", about=name))
        refuse(wrong)
        chosen = self.query_one("#newest", Select)
        return msgspec.convert(typed, Guards), None if chosen.is_blank() else str(chosen.value)
