"""Why a run that stopped before its end is over: what cannot go on is not offered to be resumed."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from store.errors import UsageError
from store.journal import runs

if TYPE_CHECKING:
    from store.journal.runs import Run
    from store.journal.schema import Journal


class Over(NamedTuple):
    """That a run cannot go on.

    Attributes:
        why: as the end of a sentence.
        instead: what to do, in a sentence.
    """

    why: str
    instead: str


def over(journal: Journal, run: Run) -> Over | None:
    """Why no attempt can go on with what a run has pending; None where one may."""
    later = runs.begun_since(journal, run)
    if later is not None:
        return Over(
            f"run {later} of this export has begun to send since",
            "What it had pending is part of the next run's plan"
            + (", if that is a run with --full too." if run.options.full else "."),
        )
    if run.over:
        return Over("a list that it fills is gone", "A new run plans with those there are.")
    return None


def refuse_over(journal: Journal, run: Run) -> None:
    """Refuse to go on with a run that cannot.

    Raises:
        UsageError: it is over.
    """
    found = over(journal, run)
    if found is not None:
        raise UsageError(f"Run {run.id} is over: {found.why}.", found.instead)
