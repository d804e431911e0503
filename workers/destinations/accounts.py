"""Whose account it is: an email address, which services write in whatever case they like."""

from __future__ import annotations


def same_account(one: str | None, two: str | None) -> bool:
    """Whether two addresses are one account's; of one that is not known nobody can say so."""
    return one is not None and two is not None and one.lower() == two.lower()


def other_account(one: str | None, two: str | None) -> bool:
    """Whether two addresses are known, and not one account's."""
    return None not in {one, two} and not same_account(one, two)
