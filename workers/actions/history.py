"""Which runs an operator looks at, and what they come to; `runs.history` gives the runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from store import exports
from store.errors import ConfigurationError, NotFound
from store.journal import past
from store.journal.past import Wanted
from workers.liveness import look_after_all

if TYPE_CHECKING:
    from store.journal.past import Day, Totals
    from store.journal.runs import State
    from workers.actions.desk import Desk


def wanted(
    desk: Desk,
    *,
    export: str | None = None,
    states: Sequence[State] = (),
    since: str | None = None,
    until: str | None = None,
    operator: str | None = None,
) -> Wanted:
    """Which runs, by the words that an operator uses.

    Args:
        desk: who asks.
        export: the export's name on disk, or the name of one that is gone but has runs.
        states: only in one of these.
        since: asked for at this time or later; UTC, as the journal writes times.
        until: asked for before this time.
        operator: only this operator's.
    """
    export_id = None if export is None else _export_id(desk, export)
    return Wanted(export_id, tuple(states), since, until, operator)


def totals(desk: Desk, which: Wanted | None = None) -> Totals:
    """The sums over all of them."""
    with desk.journal() as journal:
        look_after_all(desk.workspace, journal)
        return past.totals(journal, which or Wanted())


def days(desk: Desk, which: Wanted | None = None) -> list[Day]:
    """What was sent on each day that had a run."""
    with desk.journal() as journal:
        return past.days(journal, which or Wanted())


def operators(desk: Desk) -> list[str]:
    """Everybody who has asked for a run."""
    with desk.journal() as journal:
        return past.who(journal)


def names(desk: Desk) -> dict[str, str]:
    """The id and name of every export that has a run."""
    with desk.journal() as journal:
        return past.which_exports(journal)


def _export_id(desk: Desk, slug: str) -> str:
    try:
        return exports.load(desk.workspace, slug).value.id
    except (NotFound, ConfigurationError):
        for export_id, name in names(desk).items():
            if slug.casefold() in (name.casefold(), export_id):
                return export_id
        raise
