"""The data privacy statement of a connection, who agreed to it and when, and its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content

from tui.screens.modal import Modal
from tui.text import safe, safe_lines
from tui.widgets.button import Button
from tui.widgets.static import Static
from tui.words.figures import moment
from workers.consent import STATEMENT, VERSION, is_old, statement_of

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from workers.actions.connections import ConnectionLine


class ConsentScreen(Modal[str | None]):
    """The statement on data privacy, and who agreed to it and when.

    Answers with "withdraw", "agree" or None.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss(None)", "Close", id="consent.close"),
        Binding("j,down", "scroll(1)", "Down", show=False, id="consent.down"),
        Binding("k,up", "scroll(-1)", "Up", show=False, id="consent.up"),
    ]
    DEFAULT_CSS = """
    ConsentScreen > Vertical { width: 78; }
    ConsentScreen VerticalScroll { height: auto; max-height: 14; }
    ConsentScreen .who { margin-bottom: 1; }
    """

    def __init__(self, line: ConnectionLine) -> None:
        super().__init__()
        self._line = line

    def compose(self) -> ComposeResult:
        """Who and when, the statement, the answer that changes something, and the one that does not."""
        given = self._line.consent
        if given is not None:
            who = (
                f"{safe(given.operator)} agreed on {moment(given.at)}, for {safe(given.origin)}, "
                f"to the statement of {safe(given.version)}."
            )
        else:
            who = "Nobody has agreed: nothing is sent through it."
        with Vertical():
            yield Static(
                Content.assemble((f"{safe(self._line.name)}  ", "bold"), who),
                classes="who", markup=False,
            )  # fmt: skip
            with VerticalScroll():
                yield Static(safe_lines(self._text()), markup=False)
            with Horizontal(classes="buttons"):
                yield Button("Close (esc)", "close")
                if given is not None:
                    yield Button("Withdraw...", "withdraw")
                if given is None or is_old(given):
                    word = "I agree" if given is None else f"I agree to that of {VERSION}"
                    yield Button(word, "agree")

    def _text(self) -> str:
        """What was agreed to; below it the statement of now, if that is another."""
        given = self._line.consent
        if given is None or not is_old(given):
            return STATEMENT
        return (
            f"{statement_of(given)}\n\n--- The statement of {VERSION}; the consent above stands "
            f"without it ---\n\n{STATEMENT}"
        )

    def on_mount(self) -> None:
        """The answer that changes nothing has the focus."""
        self.query_one("#close").focus()

    def action_scroll(self, lines: int) -> None:
        """Read on."""
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Answer."""
        self.dismiss(None if event.button.id == "close" else event.button.id)
