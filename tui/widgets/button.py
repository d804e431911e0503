"""A button: pressed by enter, by space or by a click, and seen when it has the focus."""

from __future__ import annotations

from typing import ClassVar

from textual import widgets
from textual.binding import Binding, BindingType

from tui.text import safe_content


class Button(widgets.Button):
    """One line high. The brackets say that it is a button where colours do not.

    Args:
        words: on it.
        name: its id.
        main: what one usually wants to press.
        disabled: whether it cannot be pressed yet.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "press", "Press", show=False, id="button.press"),
    ]
    DEFAULT_CSS = """
    Button.-style-default {
        min-width: 0; background: $panel; color: $foreground; border: none;
        &:hover { border: none; background: $panel; text-style: bold underline; }
        &:focus { border: none; background-tint: transparent; text-style: bold reverse; }
        &:disabled { border: none !important; text-opacity: 1; text-style: dim; }
        &.-active { border: none; tint: transparent; }
        &.-primary { color: $foreground; background: $panel; border: none; }
    }
    /* With the terminal's own sixteen colours, Textual gives some a frame of three lines. */
    Button:ansi.-style-default:disabled, Button:ansi.-style-default.-active {
        border: none !important;
    }
    /* And sets the main one in blue, which can hardly be read on black. */
    Button:ansi.-style-default.-primary { color: $foreground; &:focus { text-style: bold reverse; } }
    """

    def __init__(
        self, words: str, name: str, *, main: bool = False, disabled: bool = False
    ) -> None:
        super().__init__(
            safe_content(f"[{words}]"),
            id=name,
            compact=True,
            variant="primary" if main else "default",
            disabled=disabled,
        )
