"""A screen that is painted whole: whatever changes on it, and wherever that stands, is seen."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from textual.events import Resize
from textual.screen import Screen

if TYPE_CHECKING:
    from textual.geometry import Region, Size
    from textual.widget import Widget


class Painted(Screen[Any]):
    """Makes up for what Textual takes for painted and is not."""

    # The widgets as they were last painted: where each is, and what of it can be seen.
    _seen: Mapping[Widget, tuple[Region, Region]] = MappingProxyType({})

    def _compositor_refresh(self) -> None:
        # Inside a batch Textual would paint, show nothing of it, and take it for shown.
        if not self.app._batch_count:  # noqa: SLF001 - no other way
            # It takes every widget for painted that has something new, told or not.
            self._compositor.update_widgets(self._dirty_widgets)
            self._note_what_moved()
            super()._compositor_refresh()

    def _note_what_moved(self) -> None:
        """Have painted anew what stands elsewhere than it was painted, and where that was.

        Textual compares a layout with the one before it, and not with what was scrolled since.
        """
        seen = self._compositor.visible_widgets
        if seen is not self._seen:
            moved = seen.items() ^ self._seen.items()
            regions = (clip.intersection(region) for _, (region, clip) in moved)
            dirty = self._compositor._dirty_regions  # noqa: SLF001 - no other way
            dirty |= {region for region in regions if region}
            self._seen = seen

    def after_batch(self) -> None:
        """Paint what a batch held back, and lay out what waits for this screen's next message."""
        self.call_later(self._compositor_refresh)

    def _screen_resized(self, size: Size) -> None:
        # Textual says so of every screen that comes to the front, and lays all of it out anew.
        if size != self._size:
            super()._screen_resized(size)

    def on_screen_resume(self) -> None:
        """The terminal may have got another size while this was covered."""
        if self._size and self._size != self.app.size:
            self.post_message(Resize(self.app.size, self.app.size))
