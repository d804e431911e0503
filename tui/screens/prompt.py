"""Ask for one line of text, until it can be taken."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar, overload

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input

from tui.screens.modal import Modal
from tui.text import safe_content
from tui.widgets.fault import Fault
from tui.widgets.safe_input import SafeInput
from tui.widgets.static import Static

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from store.errors import SegportError

T = TypeVar("T")
_KEYS = "enter takes it, esc cancels"


class Prompt(Modal[T | None], Generic[T]):
    """A line of text that is asked for, until it can be taken.

    Answers with what came of the text, or None.

    Args:
        words: what is asked for.
        value: what stands there at first.
        take: does something with the text, in a thread, and returns what came of it. While it raises
            a `SegportError`, the line stays and the reason is told below it.
        busy: what is said meanwhile.
        box: where it is typed, with the id "line".
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Cancel", id="prompt.cancel")
    ]
    DEFAULT_CSS = """
    Prompt Input { margin: 1 0; background: $panel; }
    Prompt .keys { color: $text-muted; }
    """

    @overload
    def __init__(self: Prompt[str], words: str, value: str = "") -> None: ...

    @overload
    def __init__(
        self,
        words: str,
        value: str,
        take: Callable[[str], T],
        *,
        busy: str = ...,
        box: Input | None = ...,
    ) -> None: ...

    def __init__(
        self,
        words: str,
        value: str = "",
        take: Callable[[str], object] = str,
        *,
        busy: str = "One moment...",
        box: Input | None = None,
    ) -> None:
        super().__init__()
        self._words = words
        self._take = take
        self._busy = busy
        self._box = box or SafeInput(value, id="line", compact=True, select_on_focus=False)
        self._before = self._box.value
        self._taking = False

    @property
    def unsaved(self) -> bool:
        """Whether something was typed and not taken."""
        return self._box.value != self._before

    def compose(self) -> ComposeResult:
        """The words, where to type, and what is wrong with it."""
        with Vertical():
            yield Static(safe_content(self._words), markup=False)
            yield self._box
            yield Fault("line", "")
            yield Static(_KEYS, classes="keys", markup=False)

    def on_mount(self) -> None:
        """A cursor that blinks sends bytes for nothing."""
        self._box.cursor_blink = False
        self._box.focus()

    def action_cancel(self) -> None:
        """Leave, unless it is being done: it would be done all the same, and nobody told."""
        if self._taking:
            self._say(f"{self._busy} It is under way: what comes of it is told here.")
        else:
            self.dismiss(None)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take it, once."""
        if self._taking:
            return
        text = event.value.strip()
        self._taking = True
        self._say(self._busy)
        self.ask(lambda: self._take(text), self._taken, failed=self._refused)

    def _taken(self, result: object) -> None:
        self.dismiss(result)  # type: ignore[arg-type]  # the overloads say which it is

    def _refused(self, error: SegportError) -> None:
        self._taking = False
        self.query_one(Fault).tell(str(error))
        self._say(_KEYS)

    def _say(self, words: str) -> None:
        self.query_one(".keys", Static).update(safe_content(words))
