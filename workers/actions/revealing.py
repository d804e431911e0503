"""Personal data in clear: who may see it, and the note of who asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workers.actions.desk import Desk


def reveal(desk: Desk, subject: str) -> None:
    """Ask for personal data in clear; who asked for what is written down."""
    desk.require("contributor", "to see personal data", subject)
    desk.record("personal data revealed", subject)
