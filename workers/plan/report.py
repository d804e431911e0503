"""What a plan says: the counts, the lists, the warnings. Shown on screens, kept with the run."""

from __future__ import annotations

from typing import Final

import msgspec

from store.figures import number, with_contacts

MOST_TRIES: Final = 2
"""Requests by which a run finds out how lists are joined: a contact, and its membership."""


class ReasonCount(msgspec.Struct, frozen=True):
    """Rows that were left out for one reason."""

    reason: str
    rows: int


class SegmentCount(msgspec.Struct, frozen=True):
    """One segment's share. A contact in several segments is counted in each of them."""

    segment: str
    list: str
    rows: int
    excluded: int
    contacts: int
    add: int
    change: int
    membership: int
    unchanged: int
    withheld: int


class ListPlan(msgspec.Struct, frozen=True):
    """A list that the export fills, or has filled.

    Attributes:
        position: its bit in the ledger.
        title: its title at the destination.
        wanted: the title that the export asks for; None for a list it no longer fills.
        list_id: absent while the list is to be made.
        state: "exists", "to create", "renamed", "deleted" or "not checked".
        size: how many the destination says are on it.
        known: how many memberships the ledger holds.
        leavers: people on it who are no longer in its segments; nothing is done to them.
        joins: memberships to send.
    """

    position: int
    title: str
    wanted: str | None
    list_id: str | None
    state: str
    size: int | None = None
    known: int = 0
    leavers: int = 0
    joins: int = 0


class SuppressedBy(msgspec.Struct, frozen=True):
    """Contacts withheld because of one file."""

    file: str
    contacts: int


class Misfit(msgspec.Struct, frozen=True):
    """Values that are not of their field's type and are left out."""

    field: str
    rows: int


class PlanReport(msgspec.Struct):
    """A plan in numbers.

    Three sums hold: rows = contacts + excluded + merged; contacts = add + change + membership +
    unchanged + withheld; what is sent ends as accepted, rejected or pending.

    Attributes:
        membership: contacts of which only a list membership is missing.
        to_send: contacts that something is sent for.
        held_back: contacts that a limit, or a retry of others, keeps for a later run.
        requests: requests with contacts that the run will need; those that make lists come on top.
        tries: those among them by which the run finds out whether a bulk call joins lists.
        seconds: the time they take at the connection's rate.
        doubtful: changes among them because an earlier request with the contact had no answer.
        keeps_old: contacts of which the destination keeps a value that is empty here now.
        refused: why the plan cannot be sent at all; empty when it can.
        guards: what makes the run wait for approval; empty when nothing does.
        account: the account's email as the destination gave it.
        digest: of all that is sent; equal digests are equal plans.
        checked: False when the destination was not asked.
        anew: the ledger is missing or not to be trusted, so that everybody counts as new.
    """

    rows: int = 0
    excluded: int = 0
    merged: int = 0
    contacts: int = 0
    add: int = 0
    change: int = 0
    membership: int = 0
    unchanged: int = 0
    withheld: int = 0
    to_send: int = 0
    held_back: int = 0
    requests: int = 0
    tries: int = 0
    seconds: float = 0.0
    rate: float = 0.0
    profile_limit: int = 0
    doubtful: int = 0
    keeps_old: int = 0
    leavers: int = 0
    reasons: list[ReasonCount] = []
    segments: list[SegmentCount] = []
    lists: list[ListPlan] = []
    suppressed: list[SuppressedBy] = []
    misfits: list[Misfit] = []
    warnings: list[str] = []
    refused: str = ""
    guards: list[str] = []
    account: str | None = None
    digest: str = ""
    checked: bool = False
    anew: bool = False

    @property
    def lists_to_make(self) -> int:
        """Each is a request of its own, of those that no run counts."""
        return sum(one.list_id is None and one.joins > 0 for one in self.lists)

    @property
    def takes(self) -> str:
        """The requests in words, the same in plan and log; those for lists are said apart."""
        told = with_contacts(self.requests)
        if not self.checked:
            most = self.lists_to_make + (MOST_TRIES if any(one.joins for one in self.lists) else 0)
            return f"{told} and at most {number(most)} more for lists" if most else told
        if self.tries:
            told += f", {number(self.tries)} of them to try out how lists are joined,"
        if made := self.lists_to_make:
            told += f" and {number(made)} to make {'a list' if made == 1 else 'lists'}"
        return told.removesuffix(",")
