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


class TypedAhead(Page):
    """A page that keeps keys while it has not what they are meant for."""

    _kept: tuple[events.Key, ...] = ()

    def keeps(self, event: events.Key) -> bool:
        """Keep a key, if it has to wait."""
        if not self.has_to_wait(event.key):
            # Whoever goes on to something else no longer means what was typed before.
            self.drop_kept()
            return False
        self._kept = (*self._kept, event)
        return True

    def has_to_wait(self, key: str) -> bool:
        """Whether a key can do nothing yet of what is meant by it."""
        raise NotImplementedError

    def let_through(self) -> None:
        """What they were meant for is there."""
        kept, self._kept = self._kept, ()
        if kept and self.app.screen is self:
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


class LinesAhead(TypedAhead):
    """A list; what needs none of its lines is done at once."""

    # What is done to a line; not offered while there is none.
    ON_A_LINE: ClassVar[frozenset[str]] = frozenset()
    # Of that, what is done without a question: never to a line that nobody saw.
    ON_A_SEEN_LINE: ClassVar[frozenset[str]] = frozenset()

    _awaits_lines = True

    def has_to_wait(self, key: str) -> bool:
        """A key that wants a line has to, and what was typed after it; the app's own never."""
        if not self._awaits_lines or isinstance(self.focused, Input):
            return False
        node, action = self.meant(key, self.query_one(Table), self, self.app)
        if action in self.ON_A_SEEN_LINE:
            return False
        return node is not self.app and (bool(self._kept) or self._wants_a_line(node, action))

    def _wants_a_line(self, node: DOMNode | None, action: str) -> bool:
        if node is not self:
            return isinstance(node, Table)
        # What cannot be done yet may be possible with what is read: an older page.
        return action in {*self.ON_A_LINE, "copy", "write"} or not self.check_action(action, ())

    def await_lines(self) -> None:
        """What is typed from now on is for the lines that are read next."""
        self._awaits_lines = True

    def lines_are_there(self) -> None:
        """Do what was typed for them."""
        self._awaits_lines = False
        self.let_through()

    def lines_cannot_be_read(self) -> None:
        """Nothing is done later to a list that nobody saw come."""
        self._awaits_lines = False
        self.drop_kept()
