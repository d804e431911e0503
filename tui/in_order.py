"""Keys and pastes one after the other: what is typed ahead on a slow line goes where it was meant.

Textual hands a key to what has the focus when the key arrives, and looks for its binding only once
the key has come up through all parents. Of several keys that arrive at once, the later ones would
still go to the field that a tab before them leaves: an API key into a field that shows it.
"""

from __future__ import annotations

from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Any

from textual import events
from textual.app import App
from textual.screen import ModalScreen, Screen

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.message_pump import MessagePump
    from textual.timer import Timer

# What somebody typed; a paste is typed too, at once.
Typed = events.Key | events.Paste

# A key whose way is blocked, as by a screen that closes, holds the next one up for a second: in rounds of
# waiting and of a message to the app. On a machine that is held up, they are held up as the key is.
_PATIENCE = 50
_SOON = 0.02


class InOrder(App[None]):
    """Lets a key through when the one before has been dealt with, bindings and all."""

    def __init__(self, *, ansi_color: bool | None = None) -> None:
        super().__init__(ansi_color=ansi_color)
        self._typed: deque[Typed] = deque()
        self._key_under_way = 0
        # How many of the first of `_typed` were kept until what they are meant for was read.
        self._kept_before = 0
        self._key_clock: Timer | None = None
        self._meant_for: Screen[Any] | None = None

    @property
    def keys_so_far(self) -> int:
        """How many have been let through."""
        return self._key_under_way

    def takes(self, event: Typed) -> bool:
        """Whether what was typed goes anywhere."""
        return True

    def keeps(self, event: Typed) -> bool:
        """Whether what is in front keeps a key until it knows what to do it to."""
        return False

    def type_first(self, keys: Iterable[Typed]) -> None:
        """Let through what was kept, in its order and before whatever was typed since."""
        kept = list(keys)
        self._typed.extendleft(reversed(kept))
        self._kept_before += len(kept)
        self.call_later(self._go_on)

    async def _go_on(self) -> None:
        if self._typed and self._key_clock is None:
            await self._let_through()

    async def on_event(self, event: events.Event) -> None:
        """Hold a key back while another is on its way, or the screen is not there yet."""
        if isinstance(event, Typed):
            # Without a screen the app closes: there is nothing any more that a key could mean, nor one
            # that was on its way up from a screen.
            if not self.screen_stack:
                return
            if not event.is_forwarded:
                if self.takes(event):
                    self._typed.append(event)
                    if self._key_clock is None:
                        await self._let_through()
                return
        await super().on_event(event)

    async def _let_through(self) -> None:
        if not self.screen_stack:
            self._typed.clear()
            self._kept_before = 0
        if not self._typed:
            return
        if not self.screen.is_mounted:
            self._key_clock = self.set_timer(_SOON, self._let_through)
            return
        self._key_clock = None
        if isinstance(self.screen, ModalScreen):
            # A question is answered by who has read it, not by what was typed before it stood there.
            while self._kept_before:
                self._next()
        while self._typed and self.keeps(self._typed[0]):
            self._next()
        if not self._typed:
            return
        self._key_under_way += 1
        number = self._key_under_way
        self._wait_for(number, _PATIENCE)
        at = self._front
        self._meant_for = self.screen
        await super().on_event(self._next())
        self._follow(at, number)

    async def _check_bindings(self, key: str, priority: bool = False) -> bool:
        """A screen that came to the front while a key was under way takes it for none of its own."""
        if self.screen_stack and self._meant_for not in {None, self.screen}:
            return True
        return await super()._check_bindings(key, priority)

    def _wait_for(self, number: int, rounds: int) -> None:
        # By a message: the clock's own task is not where the app deals with anything.
        later = partial(self.call_later, self._still_waiting, number, rounds - 1)
        self._key_clock = self.set_timer(_SOON, later)

    async def _still_waiting(self, number: int, rounds: int) -> None:
        if number != self._key_under_way or self._key_clock is None:
            return
        if rounds > 0:
            self._wait_for(number, rounds)
        else:
            await self._dealt_with(number)

    def _next(self) -> Typed:
        self._kept_before = max(0, self._kept_before - 1)
        return self._typed.popleft()

    @property
    def _front(self) -> MessagePump:
        """What a key goes to now; the app itself while it opens or closes."""
        if not self.screen_stack:
            return self
        return self.focused or self.screen

    def _follow(self, node: MessagePump, number: int, *, once_more: bool = True) -> None:
        """Go the key's way, behind it: each calls when it has dealt with all that came before."""
        if node is not self:
            parent = node._parent  # noqa: SLF001 - the way that Textual's messages go up
            node.call_later(self._follow, parent or self, number, once_more=once_more)
        elif once_more:
            self.call_later(self._come_up, number)
        else:
            self.call_later(self._dealt_with, number)

    def _come_up(self, number: int) -> None:
        """The app has dealt with it too; what that set off, as a chosen row, goes up the same way."""
        self._follow(self._front, number, once_more=False)

    async def _dealt_with(self, number: int) -> None:
        if number != self._key_under_way or self._key_clock is None:
            return
        self._key_clock.stop()
        self._key_clock = None
        await self._go_on()
