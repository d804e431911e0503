"""The sending of a run under way: what is planned is delivered, and the run ends as that went."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.errors import SegportError
from store.figures import many
from store.journal import clock
from store.journal import delivery as journal_delivery
from store.journal.runs import State
from workers.deliver import lists as target_lists
from workers.deliver.assembly import delivery_of, sender_of
from workers.deliver.departure import Departures
from workers.deliver.patience import FRUITLESS
from workers.deliver.recorder import Recorder
from workers.deliver.sender import GivenUp, Halt
from workers.destinations.problems import ListGone
from workers.planned import report_of
from workers.settle import reaching

if TYPE_CHECKING:
    from workers.deliver.delivery import Delivery
    from workers.destinations.autopilot import Autopilot
    from workers.under_way import UnderWay


async def send(under_way: UnderWay, destination: Autopilot) -> None:
    """Deliver what was not acknowledged yet."""
    workspace, journal = under_way.workspace, under_way.journal
    run = under_way.run
    report = report_of(run)
    under_way.note(state=State.SENDING, began_at=run.began_at or clock.now(), unsettled=1)
    _doubt_orphans(under_way)
    # From here on something is under way that a question in vain would end.
    destination.persevere(FRUITLESS)
    lists = await target_lists.ready(destination, journal, run.id, report, under_way.say)
    under_way.reload()
    run = under_way.run
    recorder = Recorder(workspace.journal_path)
    try:
        with reaching(workspace, run) as duck:
            under_way.duck = duck
            sender = sender_of(
                run,
                under_way.claim.attempt,
                journal,
                destination,
                recorder,
                Departures(recorder, under_way.stopping.noticed, under_way.permit),
                under_way.say,
            )
            delivery = await delivery_of(
                run,
                journal,
                sender,
                duck,
                workspace.run_folder(run.id),
                lists,
                destination.origin,
                any_doubtful=report.doubtful > 0,
            )
            await _deliver(under_way, delivery)
    finally:
        under_way.duck = None
        await recorder.close()


def _doubt_orphans(under_way: UnderWay) -> None:
    """Nobody waits any more for the answer to a request of an attempt before."""
    with under_way.journal.writing() as connection:
        lost = journal_delivery.orphans_become_unknown(connection, under_way.run.id)
    if lost:
        left = many(lost, "request had left", "requests had left")
        again = "it is" if lost == 1 else "they are"
        under_way.say(f"{left} without an answer; {again} sent again.", "warning")


async def _deliver(under_way: UnderWay, delivery: Delivery) -> None:
    try:
        await delivery.run()
    except Halt:
        under_way.end_stopped()
    except GivenUp as error:
        # What can be done about it is told when it is read: a later run ends a resume.
        under_way.end(State.FAILED, str(error), over=error.over)
    except ListGone as error:
        under_way.end(State.FAILED, str(error), over=True)
    except SegportError:
        # A question to the destination that stayed here, because the run was told to stop.
        if not under_way.stopping.is_due():
            raise
        under_way.end_stopped()
    else:
        under_way.reload()
        rejected = under_way.run.rejected > 0
        under_way.end(State.WITH_REJECTS if rejected else State.SUCCESSFUL)
