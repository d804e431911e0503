"""What the list of exports says of one, in the app and on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workers.actions.exports import ExportLine


def you_may(line: ExportLine) -> str:
    """What this operator can do with it; one that cannot be read waits for an editor."""
    if line.broken:
        return "correct the file"
    return "change, run" if line.may_change else "look"
