"""How long a run of an export usually takes: the seconds that a request took, in its last runs."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from store.journal.runs import Run
    from store.journal.schema import Journal

_LAST: Final = 10
_LEAST_RUNS: Final = 3
_LEAST_REQUESTS: Final = 5
# A run that is short is not slow, whatever the ratio.
_LEAST_SECONDS: Final = 60.0


def times_slower(journal: Journal, run: Run) -> tuple[float, float] | None:
    """How many times longer than usual a run took, and the seconds it took; None if not known.

    It is not known of a run that was resumed, that sent next to nothing, or that has too few before
    it to compare with.
    """
    from statistics import median

    took = _seconds(run.began_at, run.ended_at)
    if took is None or run.attempt > 1 or run.requests_sent < _LEAST_REQUESTS:
        return None
    rows = journal.rows(
        """select began_at, ended_at, requests_sent from run
           where export_id = ? and id < ? and attempt = 1 and requests_sent >= ?
               and state in ('successful', 'completed with rejects') order by id desc limit ?""",
        run.export_id,
        run.id,
        _LEAST_REQUESTS,
        _LAST,
    )
    paces = [
        seconds / row["requests_sent"]
        for row in rows
        if (seconds := _seconds(row["began_at"], row["ended_at"]))
    ]
    if len(paces) < _LEAST_RUNS:
        return None
    if took < _LEAST_SECONDS:
        return 1.0, took
    return took / run.requests_sent / median(paces), took


def _seconds(began: str | None, ended: str | None) -> float | None:
    if began is None or ended is None:
        return None
    return (datetime.fromisoformat(ended) - datetime.fromisoformat(began)).total_seconds()
