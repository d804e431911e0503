"""Text on a screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import widgets

if TYPE_CHECKING:
    from textual.visual import VisualType


class Static(widgets.Static):
    """Text that takes the room it needs whenever it is laid out anew.

    While it is told to, Textual may measure it with what it measured before: where a list was scrolled
    and not laid out since. What it has more to say then stays unseen until somebody resizes.
    """

    def update(self, content: VisualType = "", *, layout: bool = True) -> None:
        """Show something else.

        Args:
            content: what to show.
            layout: whether it may need other room than before.
        """
        if layout:
            self.clear_cached_dimensions()
        super().update(content, layout=layout)
