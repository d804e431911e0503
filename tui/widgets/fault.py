"""What is wrong with a field, told below it, and taken back as soon as the field is changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Select

from tui.text import safe
from tui.widgets.static import Static

if TYPE_CHECKING:
    from textual.screen import Screen

    from store.errors import SegportError


class Fault(Static):
    """Nothing, while nothing is wrong.

    Args:
        of: the id of the field.
        label: what the field is called.
    """

    DEFAULT_CSS = """
    Fault { height: auto; color: ansi_yellow; text-style: bold; display: none; }
    """

    def __init__(self, of: str, label: str) -> None:
        super().__init__("", markup=False)
        self.of = of
        self.label = label

    def on_mount(self) -> None:
        """A fault is of what was typed, and not of what is typed now."""
        field = self.screen.query_one(f"#{self.of}")
        if isinstance(field, Input | Select):
            self.watch(field, "value", self._mended, init=False)

    def tell(self, words: str) -> None:
        """Say what is wrong; nothing, where nothing is."""
        self.display = bool(words)
        self.update(Content(safe(f"^ {words}" if words else "")))

    def _mended(self) -> None:
        if self.display:
            self.tell("")


@dataclass(frozen=True, slots=True)
class PointedOut:
    """What became of an error.

    Attributes:
        labels: the fields that are at fault.
        rest: what belongs to no field, in words.
    """

    labels: Sequence[str]
    rest: str

    @property
    def words(self) -> str:
        """All of it in a line."""
        *first, last = self.labels or [""]
        where = f"{', '.join(first)} and {last}" if first else last
        return " ".join(
            [*([f"see {where}."] if where else []), *([self.rest] if self.rest else [])]
        )


def point_out(screen: Screen[Any], error: SegportError) -> PointedOut:
    """Tell every part of an error at the field that it is about, and go to the first one."""
    told: dict[str, str] = {}
    rest = []
    fields = [fault for fault in screen.query(Fault) if _is_there(screen, fault.of)]
    known = {fault.of: fault for fault in fields}
    for part in error.parts:
        if part.about in known:
            lead, words = f"{known[part.about].label}: ", str(part)
            if words.startswith(lead):
                words = f"{words[len(lead)].upper()}{words[len(lead) + 1 :]}"
            told[part.about] = f"{told.get(part.about, '')} {words}".strip()
        else:
            rest.append(str(part))
    for fault in screen.query(Fault):
        fault.tell(told.get(fault.of, ""))
    wrong = [fault for fault in fields if fault.of in told]
    if wrong:
        first = wrong[0]
        field = screen.query_one(f"#{first.of}")
        field.focus()

        def show() -> None:
            first.scroll_visible(animate=False, immediate=True)
            field.scroll_visible(animate=False, immediate=True)

        screen.call_after_refresh(show)
    return PointedOut([fault.label for fault in wrong], " ".join(rest))


def _is_there(screen: Screen[Any], field: str) -> bool:
    """Whether a field is shown, and all that it stands in."""
    found = screen.query_one(f"#{field}")
    return all(each.display for each in (found, *found.ancestors) if isinstance(each, Widget))
