"""Who is at the keyboard, and what the workspace lets them do."""

from __future__ import annotations

import os
import pwd
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from store.errors import NotPermitted

if TYPE_CHECKING:
    from store.settings import Settings

Role = Literal["administrator", "contributor", "viewer"]

_RANK: dict[Role, int] = {"viewer": 0, "contributor": 1, "administrator": 2}


@dataclass(frozen=True, slots=True)
class Operator:
    """A person using the workspace."""

    name: str
    role: Role

    def require(self, role: Role, to: str) -> None:
        """Refuse unless this operator has at least `role`.

        Args:
            role: the least role that may do it.
            to: what was going to be done, as in "to run an export".
        """
        if _RANK[self.role] < _RANK[role]:
            who = "an administrator" if role == "administrator" else "a contributor"
            raise NotPermitted(
                f"{self.name} is a {self.role} here; {to} takes {who}.",
                "Ask an administrator of this workspace.",
            )


def current(settings: Settings) -> Operator:
    """The operator of this process, by the account it runs under."""
    name = _account()
    return Operator(name, role_of(name, settings))


def nobody() -> Operator:
    """The operator of this process while the settings cannot be read: looks, and changes nothing."""
    return Operator(_account(), "viewer")


def _account() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())


def role_of(name: str, settings: Settings) -> Role:
    """The role of an account. While nobody is named at all, everyone is an administrator."""
    named = settings.operators
    if name in named.administrators or not (
        named.administrators or named.contributors or named.viewers
    ):
        return "administrator"
    return "contributor" if name in named.contributors else "viewer"
