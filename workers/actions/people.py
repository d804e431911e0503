"""What an operator does about one person."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING

from store import secrets
from workers.actions.looking import reveal
from workers.why.ask import why as ask_why
from workers.why.masking import masked

if TYPE_CHECKING:
    from store.workspace import Workspace
    from workers.actions.desk import Desk
    from workers.why.answer import Why


def why(desk: Desk, address: str, *, revealed: bool = False) -> Why:
    """Why this person is, or is not, at the destination; personal values only if revealed.

    Raises:
        NotPermitted: a viewer asks for personal values.
    """
    if revealed:
        desk.operator.require("contributor", "to see personal data")
    with desk.journal() as journal:
        told = ask_why(desk.workspace, desk.settings(), journal, address)
    if not revealed:
        return masked(told)
    reveal(desk, f"person {digest_of(desk.workspace, told.address)}")
    return told


def digest_of(workspace: Workspace, address: str) -> str:
    """What stands for an address where the address itself must not: keyed, so it is not guessed."""
    key = secrets.workspace_secret(workspace)
    return hmac.new(key, address.encode(), hashlib.sha256).hexdigest()[:16]
