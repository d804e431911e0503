"""Keys for what is still being read: done once it is there, in the order typed.

Over a slow line keys come in bursts, and people do not wait for what they know will be there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.widgets import Input

from tui.screens.base import Page
from tui.widgets.table import Table

if TYPE_CHECKING:
    from textual.dom import DOMNode

    from tui.in_order import Typed


class TypedAhead(Page):
    """A page that keeps keys while it has not what they are meant for."""

    # What is done without a question: never to what nobody has seen.
    ONLY_SEEN: ClassVar[frozenset[str]] = frozenset()

    _awaits = True
    _kept: tuple[Typed, ...] = ()

    def keeps(self, event: Typed) -> bool:
        """Keep what was typed, if it has to wait."""
        if not self.has_to_wait(event):
            # Whoever goes on to something else no longer means what was typed before.
            self.drop_kept()
            return False
        self._kept = (*self._kept, event)
        return True

    def has_to_wait(self, event: Typed) -> bool:
        """What wants what is being read, and what was typed after it; the app's own keys never."""
        if not self._awaits or isinstance(self.focused, Input):
            return False
        if isinstance(event, events.Paste):
            return bool(self._kept)
        node, action = self.meant(event.key, *self.query(Table), self, self.app)
        if node is self.app or action in self.ONLY_SEEN:
            return False
        return bool(self._kept) or self.wants(node, action)

    def wants(self, node: DOMNode | None, action: str) -> bool:
        """Whether an action, of this page or of a part of it, can do nothing yet."""
        raise NotImplementedError

    def await_anew(self) -> None:
        """What is typed from now on is for what is read next."""
        self._awaits = True

    def has_come(self) -> None:
        """Do what was typed for it."""
        self._awaits = False
        self.let_through()

    def does_not_come(self) -> None:
        """Nothing is done later to what nobody saw come."""
        self._awaits = False
        self.drop_kept()

    def let_through(self) -> None:
        """What they were meant for is there."""
        kept, self._kept = self._kept, ()
        if kept and self.is_active:
            self.segport.type_first(kept)

    def drop_kept(self) -> None:
        """Nothing is done later that nobody expects any more."""
        self._kept = ()

    def on_screen_suspend(self) -> None:
        """What was typed for a page does not wait for somebody to come back to it."""
        self.drop_kept()

    def meant(self, key: str, *nodes: DOMNode) -> tuple[DOMNode | None, str]:
        """Which of these does something by a key, and what; they need not have the focus yet."""
        for node in nodes:
            known = node._bindings.copy()  # noqa: SLF001 - as they are bound, and as remapped
            known.apply_keymap(self.app._keymap)  # noqa: SLF001
            for binding in known.key_to_bindings.get(key, ()):
                return node, binding.action
        return None, ""
