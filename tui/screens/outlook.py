"""What would be sent, over the form, where there is no room beside it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType

from tui.screens.modal import Modal
from tui.widgets.reading import Reading
from tui.widgets.static import Static

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.content import Content


class OutlookScreen(Modal[bool]):
    """The first contact exactly as it will be sent, and what the plan would say."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,p,enter", "dismiss(False)", "Close", id="outlook.close"),
        Binding("v", "reveal", "Values", show=False, id="outlook.reveal",
                tooltip="Personal data in clear, or masked again; that you asked is written down."),
    ]  # fmt: skip
    DEFAULT_CSS = "OutlookScreen > VerticalScroll { width: 78; }"

    def __init__(self, content: Content, reveal: Callable[[], None]) -> None:
        super().__init__()
        self._content = content
        self._reveal = reveal

    def compose(self) -> ComposeResult:
        """One scrolling text."""
        with Reading() as scroll:
            scroll.border_subtitle = "esc closes this"
            yield Static(self._content, id="seen", markup=False)

    def action_reveal(self) -> None:
        """What comes of it is told by `tell`."""
        self._reveal()

    def tell(self, content: Content) -> None:
        """Show what would be sent as it is now."""
        self.query_one("#seen", Static).update(content)
