"""Keys for a list that is still being read: done once it is there, in the order typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.widgets import Input

from tui.screens.base import Page
from tui.widgets.table import Table

if TYPE_CHECKING:
    from textual.dom import DOMNode


class TypedAhead(Page):
    """A page that keeps what is typed for its lines until they are read: nobody waits on a slow line."""

    # What is done to a line; not offered while there is none.
    ON_A_LINE: ClassVar[frozenset[str]] = frozenset()

    _awaits_lines = True
    _kept: tuple[events.Key, ...] = ()

    def keeps(self, event: events.Key) -> bool:
        """Keep a key that wants a line, and what was typed after it; the app's own keys never wait."""
        if not self._awaits_lines or isinstance(self.focused, Input):
            return False
        node, action = self._meant(event.key)
        if node is self.app or not (self._kept or self._wants_a_line(node, action)):
            return False
        self._kept = (*self._kept, event)
        return True

    def _meant(self, key: str) -> tuple[DOMNode | None, str]:
        """What a key does here, and whose action that is; the table need not have the focus yet."""
        for node in (self.query_one(Table), self, self.app):
            known = node._bindings.copy()  # noqa: SLF001 - as they are bound, and as remapped
            known.apply_keymap(self.app._keymap)  # noqa: SLF001
            for binding in known.key_to_bindings.get(key, ()):
                return node, binding.action
        return None, ""

    def _wants_a_line(self, node: DOMNode | None, action: str) -> bool:
        if node is not self:
            return isinstance(node, Table)
        # What cannot be done yet may be possible with what is read: an older page.
        return action in {*self.ON_A_LINE, "copy", "write"} or not self.check_action(action, ())

    def lines_are_there(self) -> None:
        """Do what was typed for them."""
        self._awaits_lines = False
        kept, self._kept = self._kept, ()
        if kept:
            self.segport.type_first(kept)

    def lines_cannot_be_read(self) -> None:
        """Nothing is done later to a list that nobody saw come."""
        self._awaits_lines = False
        self._kept = ()

    def on_screen_suspend(self) -> None:
        """What was typed for a page does not wait for somebody to come back to it."""
        self._kept = ()
