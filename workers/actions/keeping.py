"""How long things are kept, and removing what is older."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import msgspec

from store import settings
from store.figures import many
from workers import retention

if TYPE_CHECKING:
    from store.settings import Retention
    from workers.actions.desk import Desk
    from workers.retention import Removed


def wanted(desk: Desk) -> Retention:
    """How long things are kept now."""
    return desk.settings().retention


def keep(desk: Desk, **days: int | None) -> Retention:
    """Change for how many days plans, rejects or logs are kept; None keeps them for ever.

    Nothing is removed until it is applied, by hand or by the scheduler.
    """
    desk.require("administrator", "to change how long things are kept", "workspace")
    changed = msgspec.structs.replace(wanted(desk), **days)
    settings.keep_retention(desk.workspace, changed)
    told = ", ".join(f"{name} {'for ever' if n is None else n}" for name, n in days.items())
    desk.record("retention changed", "workspace", told)
    return changed


def apply(desk: Desk, *, only_look: bool = False) -> Removed:
    """Remove what is older than the settings say, or count it; safe while runs are under way."""
    if not only_look:
        desk.require("administrator", "to remove what is older", "workspace")
    with desk.journal() as journal, closing(desk.log()) as log:
        removed = retention.apply(desk.workspace, journal, log, wanted(desk), only_look=only_look)
    if not only_look and (removed.plans or removed.rejects or removed.lines):
        desk.record(
            "retention applied",
            "workspace",
            f"{many(removed.plans, 'plan')}, {many(removed.rejects, 'reject')}, "
            f"{many(removed.lines, 'log line')}",
        )
    return removed
