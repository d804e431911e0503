"""What goes on, and what is new to an operator: for the line that every screen of the app shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from store import settings
from store.journal import alerts, occurrences, pulse, requests
from store.journal.clock import now
from store.journal.runs import State
from store.people import looks
from store.people.looks import Looks
from workers.actions.progress import halfway_of
from workers.actions.sight import briefly_seen
from workers.liveness import look_after_all
from workers.schedule.alive import scheduler_alive

if TYPE_CHECKING:
    from store.journal.runs import Brief
    from workers.actions.desk import Desk

# More than anybody reads through; the history has the rest.
_MOST: Final = 200


@dataclass(frozen=True, slots=True)
class Pulse:
    """What goes on.

    Attributes:
        under_way: how many runs are.
        first: the oldest of them.
        halfway: how many of its contacts were answered for and still come onto their lists.
        waiting: how many runs wait for approval.
        failed: how many have failed, or lost their process, since the history was looked at.
        alerts: how many alerts are open.
        scheduler: whether a scheduler is alive, in a word or two; empty while nothing is scheduled.
        deaf: something is scheduled, and no scheduler is alive.
        settings: why segport.toml cannot be used; empty when it can.
    """

    under_way: int = 0
    first: Brief | None = None
    halfway: int = 0
    waiting: int = 0
    failed: int = 0
    alerts: int = 0
    scheduler: str = ""
    deaf: bool = False
    settings: str = ""


def take(desk: Desk, *, looking: bool) -> Pulse:
    """What goes on, as it really is; keeps that this operator has seen it.

    Args:
        desk: who looks.
        looking: whether the history is what they look at.
    """
    seen = looks.load(desk.workspace, desk.operator.name)
    problem = settings.problem(desk.workspace)
    at = now()
    since = at if looking or seen is None else seen.runs
    with desk.journal() as journal:
        look_after_all(desk.workspace, journal)
        active = pulse.under_way(journal)
        life = scheduler_alive(desk.workspace, journal)
        scheduled = bool(occurrences.marks(journal))
        found = Pulse(
            len(active),
            active[0] if active else None,
            halfway_of(active[0], requests.shares(journal, active[0].id)) if active else 0,
            pulse.waiting(journal),
            pulse.failed_since(journal, since),
            len(alerts.opened(journal)),
            life.words if scheduled else "",
            scheduled and not life.alive,
            problem.message if problem is not None else "",
        )
    looks.save(desk.workspace, desk.operator.name, Looks(here=at, runs=since))
    return found


def missed(desk: Desk) -> list[Brief]:
    """Runs that ended or began to wait while this operator was away: those that want somebody first.

    An operator who was never here has missed nothing.
    """
    seen = looks.load(desk.workspace, desk.operator.name)
    if seen is None:
        return []
    with desk.journal() as journal:
        look_after_all(desk.workspace, journal)
        found = pulse.ended_since(journal, seen.here, _MOST)
    return sorted(briefly_seen(desk, found), key=lambda run: not wants_somebody(run))


def wants_somebody(run: Brief) -> bool:
    """Whether a run stands where a person has to decide."""
    return run.state in pulse.FAILED or run.state is State.NEEDS_APPROVAL
