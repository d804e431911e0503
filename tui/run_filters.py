"""What the history is narrowed to, and what it comes to, in the words of the screen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from store.journal.runs import State
from tui.words.figures import number
from tui.words.moments import since_until

if TYPE_CHECKING:
    from store.journal.past import Totals, Wanted


@dataclass(frozen=True, slots=True)
class Filters:
    """Which runs. `export` is an id and a name; `dates` are as they were typed."""

    export: tuple[str, str] | None = None
    state: State | None = None
    dates: str = ""
    by: str | None = None

    @property
    def words(self) -> str:
        """One line; empty when nothing is narrowed."""
        parts = [
            f"export {self.export[1]}" if self.export else "",
            f"state {self.state}" if self.state else "",
            f"since {self.dates}" if self.dates else "",
            f"by {self.by}" if self.by else "",
        ]
        return ", ".join(part for part in parts if part)

    def wanted(self) -> Wanted:
        """The same for the journal."""
        from store.journal.past import Wanted

        since, until = since_until(self.dates) if self.dates else (None, None)
        return Wanted(
            self.export[0] if self.export else None,
            (self.state,) if self.state else (),
            since,
            until,
            self.by,
        )


def sums_words(sums: Totals) -> str:
    """The counts of all these runs."""
    if not sums.runs:
        return ""
    pending = sums.to_send - sums.accepted - sums.rejected
    return (
        f"accepted {number(sums.accepted)} + rejected {number(sums.rejected)} + pending "
        f"{number(pending)} = {number(sums.to_send)} to send"
    )


def bad_words(sums: Totals) -> str:
    """How many of them want somebody; empty if none does."""
    return ", ".join(
        f"{number(sums.states[state])} {state}"
        for state in (State.FAILED, State.INTERRUPTED, State.NEEDS_APPROVAL)
        if sums.states.get(state)
    )
