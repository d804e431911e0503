"""Counting beside a form: one look at a time, in a thread, and a newer question stops the older."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from tui.widgets.limit import Limit
from tui.widgets.marks import Marks

if TYPE_CHECKING:
    from textual.timer import Timer

    from store.duck import Interruption
    from store.errors import SegportError
    from store.exports import Export
    from store.segments.catalogue import BrokenSegment
    from tui.screens.export_form import ExportForm
    from workers.look import Look

# As long as fingers rest between two keys.
_REST = 0.25


class Counting:
    """The looks of one form."""

    def __init__(self, form: ExportForm) -> None:
        self._form = form
        self._under_way: list[Interruption] = []
        self._rows: Interruption | None = None
        self._timer: Timer | None = None
        self._question = b""

    def look(self, draft: Export, *, revealed: bool) -> None:
        """Look at this draft once the fingers rest; one that was asked last is not asked again."""
        named = msgspec.structs.replace(draft, name="draft")
        question = msgspec.json.encode((named, revealed), order="deterministic")
        if question == self._question:
            return
        self._interrupt()
        self._question = question
        self._form.query_one(Limit).counting()
        self._form.counted(None)
        self._timer = self._form.set_timer(_REST, lambda: self._begin(named, revealed=revealed))

    def stop(self, words: str | None = None) -> None:
        """Stop all counting, and say in its place why nothing is counted; or the form is left."""
        self._interrupt()
        self._question = b""
        if words is not None:
            self._form.query_one(Limit).tell(words)
            self._form.counted(None)
        elif self._rows is not None:
            self._rows.ask()

    def count_rows(self, names: Sequence[str]) -> None:
        """Count every segment's rows, one by one, whether it is marked or not."""
        from store.duck import Interruption

        rows = self._rows = Interruption()
        form, marks = self._form, self._form.query_one(Marks)

        def work() -> None:
            from store.segments import facts

            with rows.over():
                for one in facts.overviews(form.segport.workspace):
                    # A line that cannot be read is a row too, as it is in the plan.
                    told = (
                        one.rows + one.malformed if isinstance(one, facts.Overview) else _short(one)
                    )
                    if rows.asked:
                        return
                    marks.post_message(Marks.Told(one.name, told))

        if names:
            form.ask(work, lambda _: None, group="rows", failed=lambda _: None)

    def _begin(self, draft: Export, *, revealed: bool) -> None:
        from store.duck import Interruption

        interruption = Interruption()
        self._under_way.append(interruption)
        form = self._form

        def work() -> Look:
            from workers.actions import looking

            return looking.look(form.segport.desk(), draft, interruption, revealed=revealed)

        def failed(error: SegportError) -> None:
            if not interruption.asked:
                form.not_looked(error)

        form.ask(work, form.counted, group="look", failed=failed)

    def _interrupt(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        while self._under_way:
            self._under_way.pop().ask()


def _short(broken: BrokenSegment) -> str:
    """Why a segment cannot be read, for a line that begins with its name."""
    return broken.reason.removeprefix(f'The segment "{broken.name}" ')
