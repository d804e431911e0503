"""What an operator sees of an export while it is being set up. Nothing is sent or kept."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec

from store.connections import Connection
from store.duck import Interruption
from store.errors import ConfigurationError, NotFound, SegportError
from store.exports import new_id
from store.journal.runs import Options
from store.look_folder import look_folder
from workers.look import Look, Peeking
from workers.plan.prepare import plan_run

if TYPE_CHECKING:
    from store.exports import Export
    from workers.actions.desk import Desk


def look(
    desk: Desk, draft: Export, interruption: Interruption | None = None, *, revealed: bool = False
) -> Look:
    """Work out what a run of this draft would send, as far as can be told from here.

    Without a connection it is compared with nothing: everybody is new.

    Args:
        desk: who, and where.
        draft: the export as it stands, saved or not.
        interruption: stops it from another thread; it then ends with a StorageError.
        revealed: whether personal values come as they are; `revealing.reveal` has been asked before.

    Raises:
        SegportError: what is wrong with the draft, or with its data.
    """
    if revealed:
        desk.require("contributor", "to see personal data")
    connection = _connection(desk, draft)
    if connection is None:
        draft = msgspec.structs.replace(draft, id=new_id())
    peeking = Peeking(draft, revealed)
    with (
        (interruption or Interruption()).over(),
        desk.journal() as journal,
        look_folder(desk.workspace) as folder,
    ):
        asyncio.run(
            plan_run(
                desk.workspace, journal, desk.settings(), draft,
                connection or Connection(name="none"), Options(), None,
                folder, peeking,
            )
        )  # fmt: skip
    if peeking.look is None:
        raise SegportError("The export could not be looked at.")
    if connection is None:
        peeking.look.report.warnings.append(
            "Without a connection there is nothing to compare with: everybody counts as new."
        )
    return peeking.look


def _connection(desk: Desk, draft: Export) -> Connection | None:
    if draft.connection is None:
        return None
    try:
        return desk.connection(draft.connection).value
    except (NotFound, ConfigurationError):
        return None
