"""What a run would send now."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from store import exports
from store.duck import session
from store.errors import UsageError
from store.journal.runs import Options
from store.look_folder import look_folder
from workers.actions.asking import asked
from workers.actions.sight import find_key
from workers.destinations.address import origin_of
from workers.liveness import look_after_all
from workers.plan.prepare import plan_run

if TYPE_CHECKING:
    import duckdb

    from workers.actions.desk import Desk
    from workers.plan.report import PlanReport


async def plan(
    desk: Desk,
    slug: str,
    *,
    full: bool = False,
    limit: int | None = None,
    retry_of: int | None = None,
    offline: bool = False,
) -> PlanReport:
    """What a run would send now. Nothing is sent, and nothing is kept.

    Asking the destination uses the connection, so it is for those who may run the export; the plan
    that does not ask is for everyone.

    Args:
        desk: who, and where.
        slug: the export.
        full: as if everything were sent again.
        limit: as if only the first so many contacts were sent.
        retry_of: as if only the contacts were sent that this run got rejected.
        offline: do not ask the destination.
    """
    document = exports.load(desk.workspace, slug)
    export = document.value
    if export.connection is None:
        raise UsageError(f"The export {export.name} has no connection.", "Attach one first.")
    connection = desk.connection(export.connection).value
    if not offline:
        desk.require("contributor", "to ask the destination for a plan", slug)
        desk.require_shared(connection)
    options = Options(full=full, limit=limit, retry_of=retry_of)
    with desk.journal() as journal, look_folder(desk.workspace) as folder:
        look_after_all(desk.workspace, journal)
        if offline:
            return await plan_run(
                desk.workspace, journal, desk.settings(), export, connection, options, None, folder
            )
        found = find_key(desk, export.connection, origin_of(connection.base_url))
        async with asked(
            desk, connection, found.key, tries=2, read_timeout=15.0, deadline=20.0
        ) as destination:
            return await plan_run(
                desk.workspace, journal, desk.settings(), export, connection, options,
                destination, folder,
            )  # fmt: skip


@contextmanager
def data_session(desk: Desk) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that reads the data folder."""
    with (
        look_folder(desk.workspace) as folder,
        session(readable=[desk.workspace.data], scratch=folder) as connection,
    ):
        yield connection
