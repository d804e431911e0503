"""The field an API key is typed into: what goes in does not come out."""

from __future__ import annotations

from tui.widgets.safe_input import SafeInput


class KeyInput(SafeInput):
    """Shows bullets, and gives nothing to the clipboard, which the terminal may share."""

    def __init__(self, name: str) -> None:
        super().__init__(id=name, password=True, compact=True)

    def action_copy(self) -> None:
        """Leave the clipboard alone."""

    def action_cut(self) -> None:
        """Leave the clipboard alone."""
