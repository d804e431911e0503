"""What every screen shares: asking without blocking, telling problems, going back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast

from textual.screen import ModalScreen, Screen
from textual.worker import WorkType

from store.errors import SegportError
from tui.problems import unforeseen
from tui.screens.painted import Painted
from tui.widgets.too_small import TooSmall

if TYPE_CHECKING:
    from textual.dom import DOMNode

    from store.people.operators import Role
    from tui.app import SegportApp

T = TypeVar("T")
R = TypeVar("R")


class Asking(Painted):
    """A screen that puts questions to the other floors without holding up the keyboard."""

    DEFAULT_CSS = "Asking { layers: default over; }"

    @property
    def unsaved(self) -> bool:
        """Whether what was typed here would be lost with the app."""
        return False

    def on_mount(self) -> None:
        """Have something to say when the terminal gets too small."""
        self.mount(TooSmall())

    @property
    def segport(self) -> SegportApp:
        """The app, by its own type."""
        return cast("SegportApp", self.app)

    def ask(
        self,
        work: Callable[[], T],
        then: Callable[[T], object],
        group: str = "ask",
        failed: Callable[[SegportError], object] | None = None,
    ) -> None:
        """Do `work` in a thread, then `then` with its result, or `failed` with what is wrong.

        A newer question of the same group replaces this one.
        """

        # Not a coroutine object: a question that is replaced before it began leaves none behind.
        async def asked() -> None:
            await self._ask(work, then, failed or self.problem)

        work_of: WorkType[None] = asked
        self.run_worker(work_of, group=group, exclusive=True, exit_on_error=False)

    def ask_async(
        self,
        work: Callable[[], Coroutine[Any, Any, T]],
        then: Callable[[T], object],
        group: str = "ask",
        failed: Callable[[SegportError], object] | None = None,
    ) -> None:
        """The same for what awaits the network: in a loop of its own, since it also computes."""
        self.ask(lambda: asyncio.run(work()), then, group, failed)

    async def _ask(
        self,
        work: Callable[[], T],
        then: Callable[[T], object],
        failed: Callable[[SegportError], object],
    ) -> None:
        try:
            result = await asyncio.to_thread(work)
        except SegportError as error:
            self._failed(error, failed)
        except Exception as error:  # noqa: BLE001 - told without its values; the app goes on
            self._failed(unforeseen(error, self.segport.workspace.state), failed)
        else:
            self.call_next(self._then, then, result)

    def _failed(self, error: SegportError, failed: Callable[[SegportError], object]) -> None:
        # Nobody asked for what is made ahead.
        if self.is_current:
            self.segport.keep_problem(error, type(self).__name__)
        self.call_next(self._then, failed, error)

    def _then(self, told: Callable[[T], object], what: T) -> None:
        """Go on, unless the screen was left meanwhile: its fields are gone before it is."""
        if not self._pruning and not self._closing:
            told(what)

    def put(self, page: Screen[R], answered: Callable[[R | None], None] | None = None) -> None:
        """Open what had to be read first, unless somebody went on to something else meanwhile."""
        # Not `is_current`, which a page also is that shows through under a question.
        if self.is_active:
            self.app.push_screen(page, answered)

    def if_may(self, role: Role, to: str, then: Callable[[], object]) -> None:
        """Go on if this operator has at least `role`; else say who could.

        It spares them a form that could not be saved. The actions behind it ask all the same. At once
        and not in a thread: a form that opens late would take the keys that were meant for another.
        """
        try:
            self.segport.desk().operator.require(role, to)
        except SegportError as error:
            self.problem(error)
        else:
            then()

    def problem(self, error: SegportError) -> None:
        """Tell what is wrong and what to do about it, in place of what was told before."""
        from tui.registry import with_keys

        self.segport.keep_problem(error, type(self).__name__)
        more = with_keys("({app.problem} shows more)", self)
        self.segport.tell(f"Problem: {error} {more}", self, wrong=True)

    def say(self, words: str) -> None:
        """Tell what was done, in place of what was told before."""
        self.segport.tell(words, self)


class Page(Asking):
    """A full screen; `PURPOSE` is what `?` says it is for."""

    PURPOSE: ClassVar[str] = ""
    MODE: ClassVar[str] = "exports"
    # What of the line under the title is all there to be seen here: "runs" or "alerts".
    SHOWS: ClassVar[str] = ""

    PLACE: ClassVar[str | None] = None
    # The run that this page itself tells of.
    tells_of: int | None = None

    @property
    def person(self) -> str:
        """The address under the cursor, where it is shown in clear; empty for none."""
        return ""

    @property
    def place(self) -> str:
        """Where this is under its list, in a few words; empty for the four lists themselves."""
        from tui.registry import name_of

        return name_of(type(self)) if self.PLACE is None else self.PLACE

    def keyed(self, words: str, *owners: type[DOMNode]) -> str:
        """Our own words, in which `{app.runs}` stands for the key of that action; see `with_keys`."""
        from tui.registry import with_keys

        return with_keys(words, self, *owners)

    def on_screen_resume(self) -> None:
        """What was told on another page is not told here."""
        self.segport.comes_to_front(self)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """There is a way back from everywhere but the four lists."""
        if action == "back":
            return self is not self.app.screen_stack[0]
        return super().check_action(action, parameters)

    def action_back(self) -> None:
        """Leave this screen; never the app."""
        if len(self.app.screen_stack) > 1 and self.is_active:
            self.app.pop_screen()

    def action_help(self) -> None:
        """Say what this screen is for, and its keys."""
        from tui.registry import offers
        from tui.screens.help import HelpScreen

        self.app.push_screen(HelpScreen(self.keyed(self.PURPOSE), offers(self)))

    def journal_changed(self) -> None:
        """Another process has written to the journal."""


class Revealing(Page):
    """A page of personal values: masked until asked for, and again when asked or when it is left."""

    # The id of the binding that does it.
    REVEALS: ClassVar[str] = ""
    revealed = False

    @property
    def mask_words(self) -> str:
        """Whether personal values are masked, and by which key that changes."""
        key = self.keyed(f"{{{self.REVEALS}}}")
        shown = f"shown, {key} masks" if self.revealed else f"masked, {key} shows"
        return f"personal values {shown} them"

    def show_values(self, *, revealed: bool) -> None:
        """Read anew, with personal values as they are or masked; then call `now_shown`."""
        raise NotImplementedError

    def now_shown(self, *, revealed: bool) -> None:
        """Values are on the screen, as they are or masked."""
        self.revealed = revealed
        self.refresh_bindings()
        self._mask_if_left()

    def action_reveal(self) -> None:
        """Show personal values as they are, or mask them again."""
        self.show_values(revealed=not self.revealed)

    def on_screen_suspend(self) -> None:
        """Who comes back finds them masked. A question over the page does not leave it."""
        self._mask_if_left()

    def _mask_if_left(self) -> None:
        # A page that was closed, or an app that ends, has nothing to mask any more.
        gone = self._pruning or self._closing or not self.app.screen_stack
        if gone or not self.revealed or self.is_active:
            return
        if not isinstance(self.app.screen, ModalScreen):
            self.show_values(revealed=False)
