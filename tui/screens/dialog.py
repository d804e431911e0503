"""A question of several fields over the screen below it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ScreenResultType
from textual.widgets import Input, Select

from store.errors import SegportError
from tui.screens.confirm import Confirm
from tui.screens.modal import Modal
from tui.widgets.button import Button
from tui.widgets.fault import point_out
from tui.widgets.field import Fields

if TYPE_CHECKING:
    from textual.app import ComposeResult


class Dialog(Modal[ScreenResultType | None]):
    """Takes what is typed if it can be taken; leaving one that was changed asks first."""

    TAKE: ClassVar = "Take these"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Cancel", id="dialog.leave"),
    ]
    DEFAULT_CSS = """
    Dialog Field Input { background: $panel; }
    Dialog Fields { height: auto; max-height: 60vh; }
    """

    # None until the fields are there.
    _before: list[object] | None = None

    def compose(self) -> ComposeResult:
        """The fields, and buttons that stay in sight."""
        with Vertical():
            with Fields():
                yield from self.fields()
            with Horizontal(classes="buttons"):
                yield Button("Cancel (esc)", "no")
                yield Button(self.TAKE, "take", main=True)

    def fields(self) -> ComposeResult:
        """The fields and words about them."""
        raise NotImplementedError

    def taken(self) -> ScreenResultType:
        """What was typed.

        Raises:
            SegportError: it cannot be taken; `about` names the field.
        """
        raise NotImplementedError

    @property
    def unsaved(self) -> bool:
        """Whether something was changed and not taken."""
        return self._before is not None and self._values() != self._before

    def on_mount(self) -> None:
        """Begin at the first field."""
        self._before = self._values()
        boxes = self.query(Input)
        for box in boxes:
            box.cursor_blink = False
        boxes.first().focus()

    def action_leave(self) -> None:
        """Leave; what was changed is not thrown away without a question."""
        if not self.unsaved:
            self.dismiss(None)
            return

        def answered(leave: bool | None) -> None:
            if leave:
                self.dismiss(None)

        words = "Leave without taking what was changed here?"
        self.app.push_screen(Confirm(words, yes="Leave", no="Stay"), answered)

    def on_input_submitted(self) -> None:
        """Enter takes it, if it can be taken."""
        self._take()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Take or cancel."""
        if event.button.id == "take":
            self._take()
        else:
            self.action_leave()

    def _take(self) -> None:
        try:
            result = self.taken()
        except SegportError as error:
            left = point_out(self, error).rest
            if left:
                self.problem(error)
        else:
            self.dismiss(result)

    def _values(self) -> list[object]:
        return [each.value for each in (*self.query(Input), *self.query(Select))]
