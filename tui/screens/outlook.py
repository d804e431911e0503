"""What would be sent, over the form, where there is no room beside it."""

from __future__ import annotations

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
    ]
    DEFAULT_CSS = "OutlookScreen > VerticalScroll { width: 78; }"

    def __init__(self, content: Content) -> None:
        super().__init__()
        self._content = content

    def compose(self) -> ComposeResult:
        """One scrolling text."""
        with Reading():
            yield Static(self._content, markup=False)
            yield Static("esc closes this.", markup=False)
