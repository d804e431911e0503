"""Consent to a connection: the statement that is agreed to, and the question under it."""

from __future__ import annotations

import textwrap

from store.errors import UsageError
from tui.cli.printing import ask, on_terminal, say


def require_consent(agree: bool, base_url: str) -> None:
    """Go on only with consent: given with --agree, or asked for under the whole statement.

    Raises:
        UsageError: it was not given.
    """
    if agree:
        return
    from workers.consent import STATEMENT

    say_statement(STATEMENT, err=True)
    say(err=True)
    if not on_terminal():
        raise UsageError(
            "A connection takes your consent to the statement above.",
            "Read it and repeat the command with --agree.",
        )
    if not ask(f"Do you agree that data is sent to {base_url}?"):
        raise UsageError("Without consent there is no connection.", "Nothing was saved.")


def say_statement(text: str, *, err: bool = False) -> None:
    """A statement as it was agreed to, broken into lines that can be read."""
    for line in text.splitlines():
        for part in textwrap.wrap(line, 80) or [""]:
            say(part, err=err)
