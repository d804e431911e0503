"""The course of a run: its turn, its plan, its sending, its end. Each step is in the journal first."""

from __future__ import annotations

import asyncio
import math
from contextlib import closing, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

from store import locks, settings
from store.errors import SegportError
from store.figures import many
from store.journal import clock, reached, runs
from store.journal import delivery as journal_delivery
from store.journal.runs import State
from store.keys import secrets
from workers import numbers
from workers.claim import Claim
from workers.deliver import lists as target_lists
from workers.deliver.assembly import delivery_of, sender_of
from workers.deliver.complaints import Complaints
from workers.deliver.delivery import Delivery, in_flight
from workers.deliver.departure import Departures
from workers.deliver.patience import FRUITLESS
from workers.deliver.recorder import Recorder
from workers.deliver.sender import GivenUp, Halt
from workers.destinations.address import origin_of
from workers.destinations.problems import HaltedHere, ListGone
from workers.permit import Permit
from workers.plan import people
from workers.plan.prepare import plan_run
from workers.plan.report import PlanReport
from workers.seams import seam
from workers.settle import reaching, settle, settle_all
from workers.stopping import Stopping

if TYPE_CHECKING:
    import duckdb

    from store.journal.log import Log
    from store.journal.runs import Run
    from store.journal.schema import Journal
    from store.keys.secrets import Key
    from store.workspace import Workspace
    from workers.destinations.autopilot import Autopilot
    from workers.destinations.service import Patience

_TURN = 0.3
_HEARTBEAT = 2.0


@dataclass(slots=True)
class Course:
    """One run under way."""

    workspace: Workspace
    journal: Journal
    log: Log
    run: Run
    handed_key: str | None = None
    _duck: duckdb.DuckDBPyConnection | None = None
    _claim: Claim = field(init=False)
    _permit: Permit = field(init=False)
    _stopping: Stopping = field(init=False)

    def __post_init__(self) -> None:
        self._claim = Claim(self.run.id, self.run.attempt)
        self._permit = Permit(self.workspace, self.journal, self.run)
        self._stopping = Stopping(self.journal, self._claim, self._permit)

    def hold(self, lock: locks.Lock) -> None:
        """Go on only while this lock's file is where others look for it."""
        self._permit.locks.append(lock)

    def say(self, text: str, level: str = "info") -> None:
        """Write a log line."""
        self.log.write(self.run.id, text, level)

    def stop(self, why: str) -> None:
        """Stop after the requests that are under way."""
        self._stopping.ask(why)

    async def follow(self) -> None:
        """Go through with it."""
        if self.run.cause or self.run.attempt > 1:
            self.say(f"Attempt {self.run.attempt} begins.")
        key = self._key()
        fingerprint = key.fingerprint(secrets.workspace_secret(self.workspace))
        self._note(key_fingerprint=fingerprint)
        turn = await self._turn(fingerprint)
        if turn is None:
            return
        self.hold(turn)
        watch = asyncio.create_task(self._watch())
        try:
            from workers.destinations.autopilot import Autopilot
            from workers.pacing import pacer_of

            connection = self.run.frozen.connection
            with closing(pacer_of(self.workspace, fingerprint, connection.rate)) as pacer:
                async with Autopilot(
                    connection.base_url,
                    key,
                    pacer,
                    in_flight=in_flight(connection.rate),
                    patience=self._patience(),
                ) as destination:
                    await self._work(destination)
        except HaltedHere:
            self._end_stopped()
        finally:
            watch.cancel()
            with suppress(asyncio.CancelledError):
                await watch
            turn.release()

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
        if not self._claim.stands(self.journal):
            self.say(f"This process stops, and leaves the run as it is: {cause}.", "warning")
            return
        try:
            self._reload()
            if self.run.unsettled:
                # What came of a request may be known and not be written, as on a locked journal.
                with self.journal.writing() as connection:
                    journal_delivery.orphans_become_unknown(connection, self.run.id)
                settle(self.workspace, self.journal, self.run, self._duck)
        except SegportError as error:
            self.say(f"The ledger is not settled yet: {error}", "error")
        code = failed_with if self.run.began_at is None else None
        self._note(state=state, cause=cause, ended_at=clock.now(), failed_with=code, over=int(over))
        self._reload()
        level = "info" if state in {State.SUCCESSFUL, State.NEEDS_APPROVAL} else "warning"
        self.say(_summary(self.run), level)

    # Before anything is sent.

    def _key(self) -> Key:
        origin = origin_of(self.run.frozen.connection.base_url)
        if self.handed_key is not None:
            return secrets.Key(self.handed_key)
        found = secrets.find_key(self.workspace, self.run.connection_slug, origin)
        return found.key

    async def _turn(self, fingerprint: str) -> locks.Lock | None:
        """One sender a key: wait until it is this run's turn, or it was canceled."""
        path = self.workspace.locks_folder / f"key-{fingerprint}.lock"
        told = False
        while (lock := locks.acquire(path)) is None:
            if not told:
                self.say("Waiting: another run sends with the same key.")
                told = True
            if self._stopping.is_due():
                self._end_stopped()
                return None
            await asyncio.sleep(_TURN)
        return lock

    def _patience(self) -> Patience:
        """Questions are asked as patiently as contacts are sent."""
        from workers.destinations.service import Patience

        return Patience(
            waits=FRUITLESS,
            longest=math.inf,
            sleep=self._stopping.sleep,
            say=Complaints(self.say).add,
        )

    async def _work(self, destination: Autopilot) -> None:
        if self._stopping.is_due():
            self._end_stopped()
            return
        if self.run.plan is None:
            if not await self._plan(destination):
                return
        elif self.run.began_at is None and not self._allowed(self._report()):
            return
        self._reload()
        if self._stopping.is_due():
            self._end_stopped()
        elif self.run.to_send == 0:
            # It never begins to send, so an earlier run that was interrupted may still go on.
            self.end(State.SUCCESSFUL)
        else:
            await self._deliver(destination)

    async def _plan(self, destination: Autopilot) -> bool:
        """Plan and freeze; says whether the run may go on to send."""
        self._note(state=State.PLANNING, heartbeat=clock.now())
        settled = settle_all(self.workspace, self.journal, self.run.export_id)
        for number in settled:
            self.say(f"Settled run {number}.")
        self.say("Planning.")
        frozen = self.run.frozen
        report = await plan_run(
            self.workspace,
            self.journal,
            settings.load(self.workspace),
            frozen.export,
            frozen.connection,
            self.run.options,
            destination,
            self.workspace.run_folder(self.run.id),
            lambda duck, folder, _: people.index(duck, folder),
        )
        report.warnings += numbers.warnings(self.journal, self.run)
        seam("planned")
        self._keep(report)
        with self.journal.writing() as connection:
            reached.note(connection, self.run.connection_slug)
        self.say(
            f"Planned: {many(report.rows, 'row')}, {many(report.contacts, 'contact')}, "
            f"{report.to_send:,} to send in {report.takes}."
        )
        for warning in report.warnings:
            self.say(warning, "warning")
        return self._allowed(report)

    def _report(self) -> PlanReport:
        return msgspec.convert(self.run.plan, PlanReport)

    def _keep(self, report: PlanReport) -> None:
        self._note(
            plan=msgspec.json.encode(report).decode(),
            plan_digest=report.digest,
            account=report.account,
            to_send=report.to_send,
            requests_planned=report.requests,
        )

    def _allowed(self, report: PlanReport) -> bool:
        """The limit refuses; guards, and a plan other than the one looked at, wait for approval."""
        if report.refused:
            self.end(State.SKIPPED, report.refused)
            return False
        reasons = list(report.guards)
        seen = self.run.options.plan_seen
        if seen is not None and seen != report.digest:
            reasons.append("The plan is no longer the one that was looked at.")
        if reasons and self.run.approved_by is None:
            if self._stopping.is_due():
                self._end_stopped()
                return False
            for reason in reasons:
                self.say(reason, "warning")
            self.end(State.NEEDS_APPROVAL, " ".join(reasons))
            return False
        return True

    # Sending.

    async def _deliver(self, destination: Autopilot) -> None:
        report = self._report()
        self._note(state=State.SENDING, began_at=self.run.began_at or clock.now(), unsettled=1)
        with self.journal.writing() as connection:
            lost = journal_delivery.orphans_become_unknown(connection, self.run.id)
        if lost:
            left = many(lost, "request had left", "requests had left")
            again = "it is" if lost == 1 else "they are"
            self.say(f"{left} without an answer; {again} sent again.", "warning")
        lists = await target_lists.ready(destination, self.journal, self.run.id, report, self.say)
        self._reload()
        recorder = Recorder(self.workspace.journal_path)
        folder = self.workspace.run_folder(self.run.id)
        try:
            with reaching(self.workspace, self.run) as duck:
                self._duck = duck
                departures = Departures(recorder, self._stopping.noticed, self._permit)
                sender = sender_of(
                    self.run,
                    self._claim.attempt,
                    self.journal,
                    destination,
                    recorder,
                    departures,
                    self.say,
                )
                delivery = await delivery_of(
                    self.run,
                    self.journal,
                    sender,
                    duck,
                    folder,
                    lists,
                    destination.origin,
                    any_doubtful=report.doubtful > 0,
                )
                await self._send(delivery)
        finally:
            self._duck = None
            await recorder.close()

    async def _send(self, delivery: Delivery) -> None:
        try:
            await delivery.run()
        except Halt:
            self._end_stopped()
        except GivenUp as error:
            # What can be done about it is told when it is read: a later run ends a resume.
            self.end(State.FAILED, str(error), over=error.over)
        except ListGone as error:
            self.end(State.FAILED, str(error), over=True)
        except SegportError:
            # A question to the destination that stayed here, because the run was told to stop.
            if not self._stopping.is_due():
                raise
            self._end_stopped()
        else:
            self._reload()
            rejected = self.run.rejected > 0
            self.end(State.WITH_REJECTS if rejected else State.SUCCESSFUL)

    async def _watch(self) -> None:
        """Say that this process lives, and hear of a cancellation between requests."""
        while True:
            await asyncio.sleep(_HEARTBEAT)
            # A journal that is locked for a while ends no run by itself, and changes no end.
            with suppress(SegportError):
                self._note(heartbeat=clock.now())
                self._stopping.look()

    def _end_stopped(self) -> None:
        self.end(*self._stopping.ending())

    def _note(self, **columns: object) -> None:
        self._claim.note(self.journal, **columns)

    def _reload(self) -> None:
        self.run = runs.load(self.journal, self.run.id)


def _summary(run: Run) -> str:
    sent = (
        f"{run.accepted:,} accepted, {run.rejected:,} rejected, {run.pending:,} pending, "
        f"of which {run.repeated:,} possibly repeated"
    )
    sent = sent.replace("of which", "and") if run.pending == 0 else sent
    cause = f" {run.cause}" if run.cause else ""
    return f"Run {run.id} {run.state}: {sent}.{cause}"
