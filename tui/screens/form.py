"""What all forms share: faults at their fields, leaving a changed one asks, results in their place."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Input

from store.errors import SegportError
from tui.screens.confirm import Confirm
from tui.screens.listing import Listing
from tui.screens.typed_ahead import TypedAhead
from tui.text import safe
from tui.widgets.fault import point_out
from tui.widgets.static import Static

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.widget import Widget

    from tui.in_order import Typed


class Form(TypedAhead):
    """A page of fields, and below them buttons and a line on what came of the last one.

    `STANDING` is what that line says while there is nothing else to say.
    """

    STANDING: ClassVar[str] = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "tab",
            "app.focus_next",
            "Next",
            key_display="tab",
            id="form.next",
            tooltip="To the next field; shift+tab goes back.",
        ),
        # "?" is a letter where text is typed.
        Binding("f1", "help", "Help", id="form.help"),
    ]
    DEFAULT_CSS = """
    Form Fields { height: 1fr; padding: 0 1; }
    /* Wider, and the eye loses the line. */
    Form Field, Form .kinds { max-width: 120; }
    Form .note { height: auto; color: $text-muted; }
    Form .title { height: 1; text-style: bold; }
    Form .buttons { height: 1; padding: 0 1; }
    Form .buttons Button { margin-right: 2; }
    Form .outcome { height: auto; max-height: 5; padding: 0 1; background: $panel; }
    """

    changed = False
    _refused = False
    _is_opening = False

    def on_mount(self) -> None:
        """A cursor that blinks sends bytes for nothing."""
        for field in self.query(Input):
            field.cursor_blink = False

    def has_to_wait(self, event: Typed) -> bool:
        """Until the fields are filled in, what is typed waits for them; the way out does not."""
        is_ready = not any(each.disabled for each in self.query("Fields, Setup"))
        if self._refused or (is_ready and not self._is_opening):
            return False
        if isinstance(event, events.Paste):
            return True
        _, action = self.meant(event.key, self.app)
        return action not in {"back", "quit"}

    def filled_in(self, first: Widget) -> None:
        """The fields show how it is; with the cursor in the first, what was typed follows."""
        self._is_opening = True
        for fields in self.query("Fields, Setup"):
            fields.disabled = False

        def go_in() -> None:
            first.focus()
            # Behind the focus, which the app gives.
            self.app.call_later(self._opened)

        # What was disabled takes the focus once it has been looked at again.
        self.call_after_refresh(go_in)

    def _opened(self) -> None:
        self._is_opening = False
        self.let_through()

    def on_input_submitted(self) -> None:
        """Enter goes on to the next field."""
        self.focus_next()

    @property
    def unsaved(self) -> bool:
        """Whether it was changed and not saved."""
        return self.changed

    def touched(self) -> None:
        """Something was changed: what was told of it before holds no longer."""
        self.changed = True
        if self._refused:
            self._refused = False
            self.outcome(self.standing)

    @property
    def standing(self) -> str:
        """What the line says while there is nothing else to say."""
        return self.STANDING

    def outcome(self, words: str, lead: str = "") -> None:
        """Say what came of it."""
        line = (
            Content.assemble((f"{safe(lead)} ", "bold"), safe(words))
            if lead
            else Content(safe(words))
        )
        self.query_one(".outcome", Static).update(line)

    def problem(self, error: SegportError) -> None:
        """What is wrong is told at its fields, and stays in the line until something is changed."""
        self.segport.keep_problem(error, type(self).__name__)
        self._refused = True
        self.drop_kept()
        self.outcome(point_out(self, error).words, "Problem:")

    def attempt(self, act: Callable[[], None]) -> None:
        """Do it, or tell what is wrong."""
        try:
            act()
        except SegportError as error:
            self.problem(error)

    def typed(self, name: str) -> str:
        """What was typed into a field."""
        return self.query_one(f"#{name}", Input).value.strip()

    def leave(self, words: str, made: str = "") -> None:
        """It was kept: say so where one comes back to, with the cursor on what was made."""
        self.changed = False
        if self not in self.app.screen_stack:
            # Somebody went to another list meanwhile; the form waits under its own.
            self.say(words)
            return
        while self in self.app.screen_stack:
            self.app.pop_screen()
        front = self.app.screen
        if isinstance(front, Listing) and made:
            front.table.expect(made)
            front.await_anew()
        self.say(words)

    def action_back(self) -> None:
        """Leave; typed text is not thrown away without a question."""
        if not self.changed:
            super().action_back()
            return

        def answered(leave: bool | None) -> None:
            if leave:
                self.app.pop_screen()

        words = "Leave without saving what was changed here?"
        self.app.push_screen(Confirm(words, yes="Leave", no="Stay"), answered)
