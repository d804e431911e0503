"""A few lines about the export under the cursor: what a narrow list has no column for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from tui.registry import with_keys
from tui.text import safe
from tui.widgets.static import Static
from tui.words.figures import joined, many, moment_in, number
from workers.actions.desk import NOT_SHARED

if TYPE_CHECKING:
    from store.journal.runs import Run
    from workers.actions.home import HomeLine


class ExportDetail(Static):
    """Segments, last run, next run, each on a line."""

    DEFAULT_CSS = """
    ExportDetail { height: auto; max-height: 8; padding: 0 1; border-top: solid $primary; }
    """

    def __init__(self) -> None:
        super().__init__("", markup=False)

    def tell(self, line: HomeLine | None) -> None:
        """Say it; nothing where there is no export."""
        self.display = line is not None
        wanted = (
            _content(line, with_keys("{exports.connection}", self.screen))
            if line is not None
            else Content("")
        )
        if self.content != wanted:
            self.update(wanted)


def did(run: Run) -> str:
    """What a run did, in a few words."""
    if not run.to_send:
        return "nothing to send" if run.plan is not None else "-"
    told = [f"{number(run.accepted)} accepted"]
    if run.rejected:
        told.append(f"{number(run.rejected)} rejected")
    if run.pending > 0:
        told.append(f"{number(run.pending)} pending")
    return ", ".join(told)


def _content(line: HomeLine, attach: str) -> Content:
    export = line.export
    if export.broken:
        return Content(safe(export.broken))
    where = export.connection or f"no connection: it does not run until one is attached ({attach})"
    if where == NOT_SHARED:
        where = f"a connection {NOT_SHARED}"
    kind = f" ({safe(export.type)})" if export.type else ""
    parts: list[Content | str | tuple[str, str]] = [
        (safe(export.name), "bold"),
        "" if export.may_change else "  (you may look)",
        f"  {safe(joined(export.segments))} -> {safe(where)}{kind}\n",
    ]
    last = export.last
    if last is not None:
        excluded = f", {many(last.excluded, 'row')} excluded" if last.excluded else ""
        unplanned = "no plan yet" if last.active else "ended without a plan"
        parts.append(
            f"Run {last.id}: {did(last) if last.plan is not None else unplanned}{excluded}.\n"
        )
    parts.append(safe(line.why) if line.why else "Never run." if last is None else "")
    if line.next is not None:
        when = safe(moment_in(line.next, line.zone, named=True))
        parts.append(f"\nNext: {when} ({safe(line.schedule)}).")
    return Content.assemble(*parts)
