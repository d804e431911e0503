"""Why a run that stopped or waits is over: what cannot go on is offered to nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from store import exports
from store.documents import Broken
from store.errors import UsageError
from store.journal import runs

if TYPE_CHECKING:
    from store.journal.runs import Run
    from store.journal.schema import Journal
    from store.workspace import Workspace


class Over(NamedTuple):
    """That a run cannot go on.

    Attributes:
        why: as the end of a sentence.
        instead: what to do, in a sentence.
    """

    why: str
    instead: str


def over(workspace: Workspace, journal: Journal, run: Run) -> Over | None:
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
    return _ended_with_its_export(workspace, run)


def _ended_with_its_export(workspace: Workspace, run: Run) -> Over | None:
    """Whoever removes an export, or takes its connection away, wants nothing more to go that way."""
    found = exports.find(workspace, run.export_id, run.export_slug)
    if isinstance(found, Broken):
        return None
    if found is None:
        return Over(
            "its export has been removed",
            f"To go on with it, put exports/{run.export_slug}.toml back.",
        )
    _, export = found
    if export.connection != run.connection_slug:
        return Over(
            "its export does not go over that connection any more",
            "Attach it again, or start a new run of the export.",
        )
    return None


def refuse_over(workspace: Workspace, journal: Journal, run: Run) -> None:
    """Refuse to go on with a run that cannot.

    Raises:
        UsageError: it is over.
    """
    found = over(workspace, journal, run)
    if found is not None:
        raise UsageError(f"Run {run.id} is over: {found.why}.", found.instead)
