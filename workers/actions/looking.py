"""What an operator sees of an export while it is being set up. Nothing is sent or kept."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec

from store import connections
from store.connections import Connection
from store.duck import Interruption
from store.errors import SegportError
from store.exports import new_id
from store.journal.runs import Options
from workers.actions.exports import private_folder
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
        revealed: whether personal values come as they are; `reveal` has been asked before.

    Raises:
        SegportError: what is wrong with the draft, or with its data.
    """
    if revealed:
        desk.operator.require("contributor", "to see personal data")
    connection = Connection(name="none")
    if draft.connection is None:
        draft = msgspec.structs.replace(draft, id=new_id())
    else:
        connection = connections.load(desk.workspace, draft.connection).value
    peeking = Peeking(draft, revealed)
    with (
        (interruption or Interruption()).over(),
        desk.journal() as journal,
        private_folder(desk) as folder,
    ):
        asyncio.run(
            plan_run(
                desk.workspace, journal, desk.settings(), draft, connection, Options(), None,
                folder, peeking,
            )
        )  # fmt: skip
    if peeking.look is None:
        raise SegportError("The export could not be looked at.")
    return peeking.look


def reveal(desk: Desk, subject: str) -> None:
    """Ask for personal data in clear; who asked for what is written down."""
    desk.operator.require("contributor", "to see personal data")
    desk.record("personal data revealed", subject)
