"""A new key for a connection, typed blind, and tried before it is taken."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from store.keys.key import Key
from tui.screens.prompt import Prompt
from tui.widgets.key_input import KeyInput

if TYPE_CHECKING:
    from workers.destinations.base import ConnectReport


class NewKeyScreen(Prompt[tuple[Key, "ConnectReport"]]):
    """Answers with a key that the service answered to, and what it said.

    Args:
        connection: its name.
        attempt: calls the service with a key.
    """

    def __init__(self, connection: str, attempt: Callable[[Key], ConnectReport]) -> None:
        def take(text: str) -> tuple[Key, ConnectReport]:
            key = Key(text)
            return key, attempt(key)

        words = (
            f"A new API key for {connection}. The service is called with it first; only what it "
            "answers to is kept. Runs under way end with the old one."
        )
        busy = "Calling the service with it..."
        super().__init__(words, "", take, busy=busy, box=KeyInput("line"))
