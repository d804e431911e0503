"""A list of those who did not get through in a run; who they are is masked until asked for."""

from __future__ import annotations

from typing import ClassVar, Final

from tui.screens.base import Revealing
from tui.screens.listing import Listing
from tui.widgets.table import MOST_ROWS
from tui.words.figures import many, number

MOST: Final = MOST_ROWS


class PeopleOfRun(Listing, Revealing):
    """The first thousand; the command line gives them all."""

    MODE = "runs"
    ON_A_LINE = frozenset({"reveal"})
    # What is written down of who asked for them, after the number of the run.
    SEEN: ClassVar[str] = ""

    def __init__(self, run_id: int) -> None:
        super().__init__()
        self._run_id = run_id

    @property
    def place(self) -> str:
        """Of which run."""
        return f"Run {self._run_id} > {type(self).__name__.removesuffix('Screen')}"

    def total(self) -> int:
        """How many there are, also of those that are not shown."""
        raise NotImplementedError

    def _head(self) -> None:
        super()._head()
        # A run that goes on has more than when somebody came here.
        total = max(self.total(), self.table.total)
        shown = many(total, self.ONE)
        if total > MOST:
            shown = f"the first {number(MOST)} of {shown}"
        if self.table.needle:
            shown = f'{number(self.table.row_count)} of {shown}, filter "{self.table.needle}"'
        self.heading(f"run {self._run_id}: {shown}{self.remark()}; {self.mask_words}")

    def remark(self) -> str:
        """What they have in common."""
        return ""

    def show_values(self, *, revealed: bool) -> None:
        """Read them again; to see them in clear is asked for each time."""
        from workers.actions import revealing

        def ask() -> None:
            if revealed:
                revealing.reveal(self.segport.desk(), f"run {self._run_id}, {self.SEEN}")

        def show(_: None) -> None:
            self.now_shown(revealed=revealed)
            self.reload()

        self.ask(ask, show, group="reveal")
