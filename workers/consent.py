"""The data privacy statement that an operator agrees to before a connection is saved.

A statement that somebody may have agreed to is never edited: another wording is another version, and
an agreement to an older one stands as what it was given to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from store.connections import Consent

_FIRST = """\
Data privacy and compliance

By connecting Segport to Autopilot you instruct Segport to send data, which may include personal \
data of your customers such as names and email addresses, out of this workspace to a service that \
is run by somebody else.

Segport sends what the exports on this connection say, and nothing else. What happens to the data \
at the service is governed by your agreement with it, not by Segport.

You are responsible for having the consent or another lawful ground that the transfer needs, and \
for the service meeting the privacy and security duties that you are under.

"""

STATEMENTS: Final = {
    "2026-11": _FIRST
    + """\
An administrator can remove the connection at any time. Nothing is sent through it afterwards; \
what was sent before stays at the service until it is deleted there.""",
    "2026-11-25": _FIRST
    + """\
An administrator can withdraw this consent at any time, or remove the connection. What is running \
through it then stops after the requests in flight, and nothing is sent through it until somebody \
agrees again; what was sent before stays at the service until it is deleted there.""",
}

VERSION: Final = "2026-11-25"
STATEMENT: Final = STATEMENTS[VERSION]


def is_old(given: Consent) -> bool:
    """Whether it was given to another statement than the one of now. It stands all the same."""
    return given.version != VERSION


def statement_of(given: Consent | None) -> str:
    """The text that was agreed to; the one of now where nobody has agreed."""
    if given is None:
        return STATEMENT
    return STATEMENTS.get(given.version, f"The statement of {given.version} is not known here.")
