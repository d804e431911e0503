"""Random stories: people edit, start, kill, cancel and resume, while the service has its moods.

After every step nothing may be claimed that the simulator's own record does not bear out; at the end
everybody is where they belong, and a further run sends nothing.
"""

from __future__ import annotations

import os
import signal
import tempfile
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from store import workspace as workspaces
from store.errors import Busy, UsageError
from store.journal.runs import RESUMABLE
from tests.conftest import Bench
from tests.faults.telling import Telling, promise, step
from workers import seams
from workers.actions import runs
from workers.sandbox.server import running

WRITES = "POST /v1/contact*"
MOODS = [
    {"action": "status", "status": 429, "match": WRITES, "probability": 0.3, "times": 3},
    {"action": "status", "status": 503, "match": WRITES, "work": "half", "probability": 0.3},
    {"action": "status", "status": 504, "match": WRITES, "work": "all", "probability": 0.3},
    {"action": "close", "match": WRITES, "work": "all", "probability": 0.3},
    {"action": "reset", "match": WRITES, "work": "all", "probability": 0.3},
    {"action": "truncate", "match": WRITES, "work": "all", "probability": 0.3},
    {"action": "hang", "match": WRITES, "work": "all", "seconds": 0.2, "probability": 0.3},
    {"action": "delay", "match": WRITES, "seconds": 0.2, "probability": 0.5},
    {"action": "reverse", "match": WRITES},
    {"action": "drop", "pattern": "^p1[0-9]@", "times": 2},
    {"action": "drop", "pattern": "^p2[0-9]@", "times": 2, "stored": True},
    {"action": "poison", "pattern": "^p(3|133|251)@", "message": "no birds"},
    {"action": "status", "status": 401, "match": WRITES, "times": 1},
]
SEAMS = ["read", "planned", "before-send", "after-receive", "before-commit", "after-commit",
         "before-settle", "after-settle"]  # fmt: skip

PATIENCE = 200.0
"""A run tries a request eight times, up to 30 s apart, before it ends by itself."""

_people = st.integers(0, 259)


@st.composite
def stretches(draw) -> range:
    """Whom a segment holds: never nobody, since an emptied segment waits for approval."""
    first, last = sorted((draw(_people), draw(_people)))
    return range(first, last + 1)


class Story(RuleBasedStateMachine):
    """One workspace, one export of two segments, one simulator, real processes.

    Args:
        no: the story's number among those of its seed.
        passed_over: nothing happens in it, so that a later one can be told again.
    """

    def __init__(self, no: int = 1, *, passed_over: bool = False) -> None:
        super().__init__()
        self.passed_over = passed_over
        self.telling = Telling(no)
        self.bench: Bench | None = None
        self.segments: dict[str, set[str]] = {}
        self.names: dict[str, str] = {}
        self.ever: dict[str, set[str]] = {"vip": set(), "gold": set()}
        self._open = ExitStack()

    @initialize(vip=stretches(), gold=stretches())
    @step
    def begin(self, vip: range, gold: range) -> None:
        """A workspace that is ready to run."""
        folder = Path(self._open.enter_context(tempfile.TemporaryDirectory(prefix="story-")))
        sandbox = self._open.enter_context(running(rate=0, account_email="owner@acme.test"))
        self.bench = Bench(workspaces.create(folder / "house"), sandbox)
        self._edit(vip, gold, 0)
        self.bench.connect()
        self.bench.export("vip", "gold")

    @rule(vip=stretches(), gold=stretches(), version=st.integers(0, 2))
    @step
    def edit(self, vip: range, gold: range, version: int) -> None:
        """Other members, with other first names; an older version may come back."""
        self._edit(vip, gold, version)

    @rule(moods=st.lists(st.sampled_from(MOODS), max_size=2), seed=st.integers(0, 99))
    @step
    def the_service_has_a_mood(self, moods: list[dict[str, object]], seed: int) -> None:
        """Faults from now on, or none."""
        self.bench.sandbox.set_faults(*({**mood, "seed": seed} for mood in moods))

    @rule()
    @step
    def start(self) -> None:
        """Start a run, which may be refused for one reason only."""
        self._start()

    @rule(seam=st.sampled_from(SEAMS), passing=st.integers(1, 6))
    @step
    def start_one_that_dies(self, seam: str, passing: int) -> None:
        """Start a run that is killed at a seam, if it ever gets there."""
        with armed(f"{seam}:{passing}"):
            self._start()
        self._wait()

    @rule()
    @step
    def kill(self) -> None:
        """Kill whatever is under way."""
        self._kill()

    @rule()
    @step
    def cancel(self) -> None:
        """Ask whatever is under way to stop."""
        run = self._newest_active()
        if run is None:
            return
        try:
            runs.cancel(self.bench.desk, run.id)
        except UsageError:
            now = self.bench.load(run.id)  # it ended meanwhile
            assert not now.active, f"run {run.id} is {now.state}, and was not to be canceled"
        self._wait()

    @rule()
    @step
    def resume(self) -> None:
        """Go on with the last run, if there is anything to go on with."""
        found = runs.history(self.bench.desk, limit=1)
        if found and found[0].state in RESUMABLE:
            runs.resume(self.bench.desk, found[0].id)

    @rule()
    @step
    def wait(self) -> None:
        """Wait until nothing is under way."""
        self._wait()

    @invariant()
    @promise
    def nothing_claims_to_run_that_does_not(self) -> None:
        """A run under way has a living process, and there is one at the most."""
        active = [run for run in runs.history(self.bench.desk) if run.active]
        assert len(active) <= 1, f"under way at once: runs {[run.id for run in active]}"
        for run in active:
            alive = self.bench.is_alive(run.id)
            assert alive or not self.bench.load(run.id).active, f"run {run.id} has no process"

    def teardown(self) -> None:
        """The service comes to its senses: everybody must arrive, and only they."""
        try:
            if self.bench is not None and not self.telling.broken:
                self.everybody_arrives()
        finally:
            if self.bench is not None:
                self._kill()
            self._open.close()

    @step
    def everybody_arrives(self) -> None:
        """What is pending is sent by a further run, and the run after it sends nothing."""
        bench = self.bench
        bench.sandbox.set_faults()
        self._wait()
        for run in runs.history(bench.desk):
            bench.check(bench.load(run.id))
        run = bench.wait(bench.start(), PATIENCE)
        assert run.state == "successful", f"run {run.id} is {run.state}: {run.cause}"
        self._check_arrived()
        self._check_repeats()
        idle = bench.wait(bench.start(), PATIENCE)
        assert idle.requests_sent == 0, f"run {idle.id} sent {idle.requests_sent} once more"

    def _check_arrived(self) -> None:
        """Everyone is there with today's name and on their lists; nobody was ever put on another."""
        sandbox = self.bench.sandbox
        held = sandbox.contacts()
        lost = set(self.names) - set(held)
        assert not lost, f"never arrived: {sorted(lost)}"
        stale = [email for email, name in self.names.items() if held[email]["FirstName"] != name]
        assert not stale, f"arrived with an older name: {sorted(stale)}"
        strangers = set(held) - self.ever["vip"] - self.ever["gold"]
        assert not strangers, f"sent though in no segment: {sorted(strangers)}"
        for title in ("vip", "gold"):
            members = sandbox.members(title)
            missing = self.segments[title] - members
            assert not missing, f"not on the list {title}: {sorted(missing)}"
            strangers = members - self.ever[title]
            assert not strangers, f"on the list {title}, though never in it: {sorted(strangers)}"
        lists = sorted(sandbox.lists().values())
        assert lists == ["gold", "vip"], f"the lists there are: {lists}"

    def _check_repeats(self) -> None:
        """The service stored no more than was acknowledged or is called unknown."""
        sent = sum(
            request.contacts
            for run in runs.history(self.bench.desk)
            for request in self.bench.requests(run.id)
            if request.state in {"answered", "unknown"}
        )
        stored = sum(self.bench.sandbox.accepted().values())
        assert stored <= sent, f"{stored} stored, {sent} acknowledged or called unknown"

    def _edit(self, vip: range, gold: range, version: int) -> None:
        self.names = {}
        for segment, numbers in (("vip", vip), ("gold", gold)):
            rows = [{"email": f"p{n}@example.com", "name": f"N{n}v{version}"} for n in numbers]
            self.bench.csv(segment, rows)
            self.segments[segment] = {row["email"] for row in rows}
            self.ever[segment] |= self.segments[segment]
            self.names |= {row["email"]: row["name"] for row in rows}

    def _start(self) -> None:
        under_way = self._newest_active()
        try:
            self.bench.start()
        except Busy:
            if under_way is None:
                raise

    def _wait(self) -> None:
        run = self._newest_active()
        if run is not None:
            self.bench.wait(run.id, PATIENCE)

    def _kill(self) -> None:
        run = self._newest_active()
        if run is None:
            return
        process = self.bench.process(run.id)
        if process is not None:
            with suppress(ProcessLookupError):  # it has just ended by itself
                os.kill(process, signal.SIGKILL)
        self.bench.until(lambda: not self.bench.is_alive(run.id), PATIENCE)

    def _newest_active(self):
        return next((run for run in runs.history(self.bench.desk) if run.active), None)


@contextmanager
def armed(seam: str):
    os.environ[seams.VARIABLE] = seam
    try:
        yield
    finally:
        del os.environ[seams.VARIABLE]
