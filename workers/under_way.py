"""A run as the process holds it that is at it: what stops it, what is noted and told of it, how it ends."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from store.errors import SegportError
from store.journal import clock, runs
from store.journal import delivery as journal_delivery
from store.journal.runs import State
from workers.claim import Claim
from workers.permit import Permit
from workers.settle import settle
from workers.stopping import Stopping

if TYPE_CHECKING:
    import duckdb

    from store import locks
    from store.journal.log import Log
    from store.journal.runs import Run
    from store.journal.schema import Journal
    from store.workspace import Workspace


@dataclass(slots=True)
class UnderWay:
    """One run under way.

    Attributes:
        run: as it was loaded last.
        duck: settles, while one is open that can read what it takes.
    """

    workspace: Workspace
    journal: Journal
    log: Log
    run: Run
    duck: duckdb.DuckDBPyConnection | None = None
    claim: Claim = field(init=False)
    permit: Permit = field(init=False)
    stopping: Stopping = field(init=False)

    def __post_init__(self) -> None:
        self.claim = Claim(self.run.id, self.run.attempt)
        self.permit = Permit(self.workspace, self.journal, self.run)
        self.stopping = Stopping(self.journal, self.claim, self.permit)

    def hold(self, lock: locks.Lock) -> None:
        """Go on only while this lock's file is where others look for it."""
        self.permit.locks.append(lock)

    def say(self, text: str, level: str = "info") -> None:
        """Write a log line."""
        self.log.write(self.run.id, text, level)

    def note(self, **columns: object) -> None:
        """Set columns of the run, while it is this process's."""
        self.claim.note(self.journal, **columns)

    def reload(self) -> None:
        """Load the run as it is now."""
        self.run = runs.load(self.journal, self.run.id)

    def end(
        self,
        state: State,
        cause: str = "",
        failed_with: int | None = None,
        *,
        over: bool = False,
    ) -> None:
        """Settle what was acknowledged, and write down how it ended.

        Args:
            state: it ends in.
            cause: in a sentence.
            failed_with: the exit code of an error; kept while nothing was begun to be sent.
            over: no attempt can go on.
        """
        if not self.claim.stands(self.journal):
            told = f"This process stops, and leaves the run as it is. {_sentence(cause)}"
            self.say(told.rstrip(), "warning")
            return
        try:
            self.reload()
            if self.run.unsettled:
                # What came of a request may be known and not be written, as on a locked journal.
                with self.journal.writing() as connection:
                    journal_delivery.orphans_become_unknown(connection, self.run.id)
                settle(self.workspace, self.journal, self.run, self.duck)
        except SegportError as error:
            self.say(f"The ledger is not settled yet: {error}", "error")
        code = failed_with if self.run.began_at is None else None
        self.note(state=state, cause=cause, ended_at=clock.now(), failed_with=code, over=int(over))
        self.reload()
        level = "info" if state in {State.SUCCESSFUL, State.NEEDS_APPROVAL} else "warning"
        self.say(_summary(self.run), level)

    def end_stopped(self) -> None:
        """End as it was told to stop."""
        self.end(*self.stopping.ending())


def _summary(run: Run) -> str:
    sent = (
        f"{run.accepted:,} accepted, {run.rejected:,} rejected, {run.pending:,} pending, "
        f"of which {run.repeated:,} possibly repeated"
    )
    sent = sent.replace("of which", "and") if run.pending == 0 else sent
    return f"Run {run.id} {run.state}: {sent}. {_sentence(run.cause or '')}".rstrip()


def _sentence(cause: str) -> str:
    """A cause, which beside a state stands without capital and full stop, among sentences."""
    return cause if not cause or cause.endswith(".") else f"{cause[0].upper()}{cause[1:]}."
