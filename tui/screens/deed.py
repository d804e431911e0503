"""One row of the audit, or the verdict on all of them, whole."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content

from tui.registry import with_keys
from tui.screens.modal import Modal
from tui.text import safe, safe_lines
from tui.widgets.reading import Reading
from tui.widgets.static import Static

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from store.journal.audit import Deed


def facts_of(deed: Deed) -> dict[str, object]:
    """Everything that is written down of one act."""
    return {
        "row": deed.id,
        "when": deed.at,
        "who": deed.operator,
        "role": deed.role,
        "did": deed.action,
        "to": deed.subject,
        "result": deed.result,
        "detail": deed.detail,
        "by": deed.via,
        "from": deed.session or ("" if deed.role == "" else "this host, without SSH"),
    }


class DeedScreen(Modal[bool]):
    """Names and what stands behind them; any of the usual keys closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q", "dismiss(False)", "Close", id="deed.close"),
        Binding("y", "copy", "Copy", id="deed.copy",
                tooltip="Send all of this, and so the seal, to the terminal's clipboard."),
    ]  # fmt: skip

    def __init__(self, facts: Mapping[str, object]) -> None:
        super().__init__()
        self._facts = facts

    def compose(self) -> ComposeResult:
        """Names and values."""
        parts: list[Content | str | tuple[str, str]] = []
        for name, value in self._facts.items():
            if value:
                parts += [(f"{safe(name):>7}", "bold"), f"  {safe(value)}\n"]
        parts.append((with_keys("\n{deed.copy} copies all of this, esc closes it.", self), "dim"))
        with Reading():
            yield Static(Content.assemble(*parts), markup=False)

    def action_copy(self) -> None:
        """A seal is too long for a line, and to be kept elsewhere."""
        lines = [f"{name}: {value}" for name, value in self._facts.items() if value]
        self.segport.send_to_clipboard(safe_lines("\n".join(lines)))
