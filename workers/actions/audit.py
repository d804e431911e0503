"""What an operator sees of the audit."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec.structs import replace

from store.errors import UsageError
from store.journal import audit
from store.journal.audit import Deed, Verdict, Wanted
from workers.actions.sight import without_addresses

if TYPE_CHECKING:
    from workers.actions.desk import Desk

HONESTY = (
    "This proves that rows are complete and in order, as they were written. It does not prove that "
    "the account that writes them is honest: whoever can write .segport/ can make the whole chain "
    "anew. Keep the last seal elsewhere now and then, and give it to --known."
)


def listed(desk: Desk, wanted: Wanted | None = None, *, limit: int = 100) -> list[Deed]:
    """The newest acts first; to others than administrators, their own."""
    wanted = wanted or Wanted()
    if not desk.is_administrator:
        if wanted.who not in {None, desk.operator.name}:
            desk.require("administrator", "to see what others did")
        wanted = replace(wanted, who=desk.operator.name)
    with desk.journal() as journal:
        found = audit.deeds(journal, wanted, limit=limit)
    if desk.is_administrator:
        return found
    # Their own acts may be from when they saw more.
    return [replace(deed, detail=without_addresses(deed.detail)) for deed in found]


def verify(desk: Desk, known: str | None = None) -> Verdict:
    """Go through the chain of all acts.

    Args:
        desk: who, and where.
        known: "NUMBER:SEAL" as an earlier verification told it: that row must still be there.
    """
    desk.require("administrator", "to verify the audit")
    with desk.journal() as journal:
        verdict = audit.verify(journal)
        if known is None or not verdict.holds:
            return verdict
        number, _, seal = known.partition(":")
        if not re.fullmatch(r"[0-9]{1,18}", number) or not seal:
            raise UsageError(f"{known} is not NUMBER:SEAL.", "Give what `audit verify` printed.")
        kept = audit.seal_of(journal, int(number))
    if kept == seal:
        return verdict
    wrong = f"row {number} is not the one that was noted, so the chain was made anew since"
    return replace(verdict, wrong=wrong)
