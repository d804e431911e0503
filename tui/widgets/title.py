"""The top line: which of the four screens this is, and which workspace."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from tui.text import safe

MODES = {"exports": "Exports", "connections": "Connections", "segments": "Segments", "runs": "Runs"}


class TitleBar(Static):
    """One line, written once: no clock, so an idle app sends nothing."""

    DEFAULT_CSS = """
    TitleBar { dock: top; height: 1; background: $panel; color: $foreground; padding: 0 1; }
    """

    def __init__(self, mode: str, workspace: str) -> None:
        super().__init__(self._line(mode, workspace), markup=False)

    @staticmethod
    def _line(mode: str, workspace: str) -> Content:
        parts: list[Content | str | tuple[str, str]] = [("Segport", "bold"), "  "]
        for place, (name, label) in enumerate(MODES.items(), 1):
            # The brackets say which one is open where colours do not.
            current = name == mode
            parts.append(
                (f"[{place} {label}]", "reverse bold") if current else f" {place} {label} "
            )
        return Content.assemble(*parts, "  ", (safe(workspace), "dim"))
