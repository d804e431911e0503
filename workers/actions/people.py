"""What an operator does about one person."""

from __future__ import annotations

import hashlib
import hmac
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from store.figures import many
from store.journal import forgetting
from store.keys import secrets
from workers.actions.revealing import reveal
from workers.why.ask import why as ask_why
from workers.why.masking import masked

if TYPE_CHECKING:
    from store.journal.forgetting import Begun
    from store.workspace import Workspace
    from workers.actions.desk import Desk
    from workers.forget import Whereabouts
    from workers.why.answer import Why


@dataclass(frozen=True, slots=True)
class Trace:
    """Where a person is in what is kept here, and what will happen without it.

    Attributes:
        found: what is kept here, and can be erased.
        segments: segments that hold the address; the files are not touched.
        exports: the names of the exports whose next run sends the person, as new.
        ledgers: the names of the exports whose ledger knows the person: so does the destination.
        suppressed_by: the files that keep the person from being sent.
        begun: an erasure of the person that was cut off, and goes on when this is done.
    """

    found: Whereabouts
    segments: list[str]
    exports: list[str]
    ledgers: list[str]
    suppressed_by: list[str]
    begun: Begun | None = None


def why(desk: Desk, address: str, *, revealed: bool = False) -> Why:
    """Why this person is, or is not, at the destination; personal values only if revealed.

    Raises:
        NotPermitted: a viewer asks for personal values.
    """
    if revealed:
        desk.require("contributor", "to see personal data", "person")
    with desk.journal() as journal:
        told = ask_why(desk.workspace, desk.settings(), journal, address)
    if not revealed:
        return masked(told)
    reveal(desk, f"person {digest_of(desk.workspace, told.address)}")
    return told


def trace(desk: Desk, address: str) -> Trace:
    """What forgetting this person would erase, and what it would not."""
    from workers.forget import Eraser

    desk.require("administrator", "to forget a person")
    with desk.journal() as journal, closing(desk.log()) as log:
        told = ask_why(desk.workspace, desk.settings(), journal, address)
        found = Eraser(desk.workspace, journal, log, told.address).look()
        person = digest_of(desk.workspace, told.address)
        begun = next((each for each in forgetting.begun(journal) if each.person == person), None)
    return replace(_trace(told, found), begun=begun)


def forget(desk: Desk, address: str) -> Trace:
    """Erase a person from everything kept here; returns what was found.

    Cut off by a kill, it is known to have begun (`cut_off`), and goes on when done again.

    Raises:
        Busy: a run is under way that holds the person, or may.
    """
    from workers.forget import Eraser

    desk.require("administrator", "to forget a person")
    with desk.journal() as journal, closing(desk.log()) as log:
        told = ask_why(desk.workspace, desk.settings(), journal, address)
        person = digest_of(desk.workspace, told.address)
        eraser = Eraser(desk.workspace, journal, log, told.address)
        found = eraser.erase(person, desk.operator.name)
    desk.record(
        "person forgotten",
        f"person {person}",
        f"{many(len(found.plans), 'plan')}, {many(len(found.ledgers), 'ledger')}, "
        f"{many(found.rejects, 'refusal')}",
    )
    return _trace(told, found)


def cut_off(desk: Desk) -> list[Begun]:
    """Erasures that have begun and not ended: to end them takes the address once more."""
    with desk.journal() as journal:
        return forgetting.begun(journal)


def digest_of(workspace: Workspace, address: str) -> str:
    """What stands for an address where the address itself must not: keyed, so it is not guessed."""
    key = secrets.workspace_secret(workspace)
    return hmac.new(key, address.encode(), hashlib.sha256).hexdigest()[:16]


def _trace(told: Why, found: Whereabouts) -> Trace:
    sends = {slug for segment in told.segments for slug in segment.exports}
    return Trace(
        found,
        [segment.segment for segment in told.segments],
        [export.name for export in told.exports if export.slug in sends
         and export.verdict != "excluded"],
        [known.export for known in told.ledgers],
        told.suppressed_by,
    )  # fmt: skip
