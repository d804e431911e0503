"""The bottom line: the keys of this screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.widgets import Footer
from textual.widgets._footer import FooterKey

if TYPE_CHECKING:
    from textual.app import ComposeResult


class Keys(Footer):
    """Textual's footer, made anew only when it says something new.

    A footer is composed again at every change of focus or screen, and each of its keys is styled when
    it comes and once more when it turns compact: that was a quarter of the time to the first frame.
    """

    def __init__(self) -> None:
        super().__init__(compact=True, show_command_palette=False)
        self._said: list[tuple[str, str, bool]] | None = None

    def compose(self) -> ComposeResult:
        """The keys, compact from the start."""
        for widget in super().compose():
            if isinstance(widget, FooterKey):
                widget.add_class("-compact", update=False)
            yield widget

    async def recompose(self) -> None:
        """Compose again, if other keys are to be shown, or in another way."""
        if not self.is_attached:
            return
        says = [
            (self.app.get_key_display(active.binding), active.binding.description, active.enabled)
            for active in self.screen.active_bindings.values()
            if active.binding.show
        ]
        if says != self._said:
            self._said = says
            await super().recompose()
