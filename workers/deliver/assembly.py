"""A delivery put together from what the journal knows of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.journal import delivery as journal_delivery
from workers.deliver import probe
from workers.deliver.delivery import Delivery
from workers.deliver.doubt import doubtful
from workers.deliver.items import Ranges
from workers.deliver.reader import Reader
from workers.deliver.sender import Sender

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import duckdb

    from store.journal.runs import Run
    from store.journal.schema import Journal
    from workers.deliver.departure import Departures
    from workers.deliver.recorder import Recorder
    from workers.destinations.autopilot import Autopilot


def sender_of(
    run: Run,
    attempt: int,
    journal: Journal,
    destination: Autopilot,
    recorder: Recorder,
    departures: Departures,
    say: Callable[..., None],
) -> Sender:
    """What sends the batches of a run, and goes on where an earlier attempt of it ended.

    Args:
        run: whose batches.
        attempt: this process's, whichever the run is in by now.
        journal: has what was sent and refused so far.
        destination: where to.
        recorder: writes down what is sent and answered.
        departures: lets requests leave, one by one; the destination asks it before each.
        say: writes a log line.
    """
    destination.before_send = departures.before_send
    return Sender(
        run_id=run.id,
        attempt=attempt,
        destination=destination,
        recorder=recorder,
        departures=departures,
        say=say,
        next_no=journal_delivery.last_request_no(journal, run.id) + 1,
        rejected={reject.n for reject in journal_delivery.rejects(journal, run.id)},
        doubtful=doubtful(journal, run.id),
    )


async def delivery_of(
    run: Run,
    journal: Journal,
    sender: Sender,
    duck: duckdb.DuckDBPyConnection,
    folder: Path,
    lists: Mapping[int, str],
    origin: str,
    *,
    any_doubtful: bool,
) -> Delivery:
    """The whole of it: the frozen plan, read but for what is done, and its sender.

    Args:
        run: as this attempt has begun it.
        journal: has what was acknowledged so far.
        sender: sends its batches.
        duck: holds what earlier runs reached.
        folder: of the run, with its frozen plan.
        lists: the id of each list, by its position.
        origin: of the destination.
        any_doubtful: whether earlier runs left somebody in doubt.
    """
    reader = Reader(
        duck,
        folder,
        lists,
        accepted=Ranges.of(journal_delivery.spans(journal, run.id)),
        rejected=sender.rejected,
    )
    if any_doubtful:
        sender.sent_before = await reader.sent_before()
    account = run.account or ""
    return Delivery(
        reader,
        sender,
        run.frozen.connection.rate,
        account,
        probe.remembered(journal, origin, account),
        sender.say,
    )
