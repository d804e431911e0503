"""What an operator does about one person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workers.why.ask import why as ask_why

if TYPE_CHECKING:
    from workers.actions.desk import Desk
    from workers.why.answer import Why


def why(desk: Desk, address: str) -> Why:
    """Why this person is, or is not, at the destination."""
    with desk.journal() as journal:
        return ask_why(desk.workspace, desk.settings(), journal, address)
