"""A whole house on a bench: a workspace with small data, a simulator, a desk, and real runs."""

from __future__ import annotations

import asyncio
import csv
import gc
import json
import os
import signal
import sqlite3
import subprocess
import time
from collections import Counter
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from tests import commands

WAIT = 30.0


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Of the cases of a test that is `sampled(n)`, all but the first of every n are slow."""
    cases: Counter[str] = Counter()
    for item in items:
        marker = item.get_closest_marker("sampled")
        if marker is not None:
            test = item.nodeid.partition("[")[0]
            if cases[test] % marker.args[0]:
                item.add_marker(pytest.mark.slow)
            cases[test] += 1


def pytest_collection_finish():
    """What is there by now stays: garbage is not looked for in it during every test."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000)


@pytest.fixture(autouse=True, scope="session")
def nobodys_configuration(tmp_path_factory):
    """What somebody who runs the tests has set up for themselves changes no test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("config")))
        yield


@pytest.fixture(autouse=True)
def run_processes(monkeypatch):
    """Runs are processes that have their imports behind them."""
    from tests import run_processes
    from workers import launch

    monkeypatch.setattr(launch, "Popen", run_processes.start)


@pytest.fixture
def started_runs(run_processes, monkeypatch):
    """Runs are started as they are for people: what is about the process itself wants that."""
    from workers import launch

    monkeypatch.setattr(launch, "Popen", subprocess.Popen)


class Bench:
    """A workspace, a simulator and an operator; runs are real processes.

    Args:
        workspace: made already, empty.
        sandbox: the simulator.
    """

    def __init__(self, workspace, sandbox) -> None:
        from workers.actions.desk import sit_down

        self.workspace = workspace
        self.sandbox = sandbox
        self.desk = sit_down(workspace, "command line")

    # What there is to send.

    def csv(self, name: str, rows: list[dict[str, object]]) -> Path:
        """A segment as a CSV file; None is an empty field."""
        path = self.workspace.segments_folder / f"{name}.csv"
        scratch = path.with_name(f".{path.name}")
        with scratch.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        scratch.replace(path)
        return path

    def people(self, segment: str, numbers, /, **more) -> Path:
        """A segment of people p<n>@example.com; `more` gives columns by number."""
        return self.csv(
            segment,
            [
                {"email": f"p{n}@example.com", "name": f"N{n}"}
                | {column: value(n) for column, value in more.items()}
                for n in numbers
            ],
        )

    def parquet(self, name: str, select: str) -> Path:
        """A segment as a Parquet file, with types, by a SELECT."""
        import duckdb

        path = self.workspace.segments_folder / f"{name}.parquet"
        scratch = path.with_name(f".{path.name}")
        connection = duckdb.connect()
        connection.execute("set timezone = 'UTC'")
        connection.execute(f"copy ({select}) to '{scratch}' (format parquet)")
        connection.close()
        scratch.replace(path)
        return path

    # Connections and exports.

    def connect(self, name: str = "Acme", *, rate: float = 2000.0, sandbox=None, **more) -> str:
        """A connection with key and consent; returns its slug."""
        from store.connections import Connection
        from store.keys.key import Key
        from workers.actions import connections

        sandbox = sandbox or self.sandbox
        draft = Connection(name=name, base_url=sandbox.base_url, rate=rate, **more)
        return connections.add(self.desk, draft, Key(sandbox.key), agreed=True)

    def export(self, *segments, name="Weekly", connection="acme", fields=None, custom=(), **more):
        """An export of these segments, each a name or (name, list); returns its slug."""
        from store import exports
        from workers.actions import exports as doors

        choices = [
            exports.SegmentChoice(each)
            if isinstance(each, str)
            else exports.SegmentChoice(each[0], each[1])
            for each in segments
        ]
        made = exports.Export(
            id=exports.new_id(),
            name=name,
            connection=connection,
            segments=choices,
            fields=fields or {"Email": "email", "FirstName": "name"},
            custom_fields={
                field: exports.CustomField(column, kind) for field, column, kind in custom
            },
            **more,
        )
        return doors.add(self.desk, made).slug

    def change(self, slug: str, **changes: object) -> None:
        """Save an export with some attributes replaced."""
        import msgspec

        from workers.actions import exports

        found = exports.show(self.desk, slug)
        changed = msgspec.structs.replace(found.value, **changes)
        exports.save(self.desk, changed, slug, found.digest)

    def guards(self, slug: str, **guards: object) -> None:
        """Save an export with these guards."""
        from store.exports import Guards

        self.change(slug, guards=Guards(**guards))

    def ready(self, count: int = 250, **connection: object) -> str:
        """People in one segment, a connection and an export; returns the export's slug."""
        self.people("vip", range(count))
        self.connect(**connection)
        return self.export("vip")

    # Plans and runs.

    def plan(self, slug: str = "weekly", **options):
        """What a run would send now; its sums are checked."""
        from workers.actions import planning

        report = asyncio.run(planning.plan(self.desk, slug, **options))
        check_sums(report)
        return report

    def start(self, slug: str = "weekly", **options) -> int:
        """Start a run in its own process; returns its number."""
        from store.journal.runs import Options
        from workers.actions import runs

        return runs.start(self.desk, slug, Options(**options))

    def load(self, run_id: int):
        """A run as it really is."""
        from workers.actions import runs

        return runs.load(self.desk, run_id)

    def wait(self, run_id: int, seconds: float = WAIT):
        """The run once it is no longer under way; all that must hold of any run is checked."""
        self.until(lambda: not self.load(run_id).active, seconds)
        # The row ends a moment before the process does.
        self.until(lambda: not self.is_alive(run_id), seconds)
        run = self.load(run_id)
        self.check(run)
        return run

    def run(self, slug: str = "weekly", **options):
        """Start a run and wait for its end and that of its process, which holds the journal till then."""
        run_id = self.start(slug, **options)
        process = self.process(run_id)
        run = self.wait(run_id)
        if process is not None:
            self.until_ended(process)
        return run

    def resume(self, run_id: int):
        """Resume a run and wait for its end."""
        from workers.actions import runs

        runs.resume(self.desk, run_id)
        return self.wait(run_id)

    def approve(self, run_id: int):
        """Approve a run and wait for its end."""
        from workers.actions import runs

        runs.approve(self.desk, run_id)
        return self.wait(run_id)

    def until(self, condition, seconds: float = WAIT, *, pause: float = 0.02):
        """Wait until `condition` returns something true; returns that."""
        deadline = time.monotonic() + seconds
        while not (found := condition()):
            assert time.monotonic() < deadline, f"did not come about in {seconds:g} s"
            time.sleep(pause)
        return found

    def is_alive(self, run_id: int) -> bool:
        """Whether a process holds the run's lock."""
        from store import locks
        from workers import launch

        return locks.is_held(launch.lock_path(self.workspace, run_id))

    def process(self, run_id: int) -> int | None:
        """The process id of a run."""
        from store import locks
        from workers import launch

        return locks.holder(launch.lock_path(self.workspace, run_id))

    def stands_still(self, run_id: int) -> bool:
        """Whether the process of a run has been stopped by a signal."""
        process = self.process(run_id)
        return process is not None and "State:\tT" in Path(f"/proc/{process}/status").read_text()

    def until_ended(self, process: int) -> None:
        """Wait for the end of a process, which comes after it has let go of its lock; a zombie has ended."""

        def ended() -> bool:
            try:
                stat = Path(f"/proc/{process}/stat").read_text()
            except OSError:
                return True
            return stat.rpartition(")")[2].split()[0] == "Z"

        self.until(ended)

    def put_to_sleep(self, run_id: int) -> int:
        """Stop a run's process at a moment at which it does not hold the journal; returns it."""
        process = self.process(run_id)
        while True:
            os.kill(process, signal.SIGSTOP)
            time.sleep(0.02)  # until every thread of it stands still
            journal = sqlite3.connect(self.workspace.journal_path, timeout=0, isolation_level=None)
            with closing(journal):
                try:
                    journal.execute("begin immediate")
                except sqlite3.OperationalError:
                    os.kill(process, signal.SIGCONT)
                else:
                    journal.execute("rollback")
                    return process

    def log(self, run_id: int) -> str:
        """All log lines of a run."""
        with closing(self.desk.log()) as log:
            return "\n".join(line.text for line in log.after(run_id))

    def output(self, run_id: int) -> str:
        """What the run's process printed; empty unless something is wrong."""
        return (self.workspace.run_folder(run_id) / "output.txt").read_text(encoding="utf-8")

    def segport(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """The command line in a process of its own, whose errors are sentences."""
        done = commands.segport("-w", str(self.workspace.root), *arguments)
        assert "Traceback" not in done.stdout + done.stderr
        return done

    def requests(self, run_id: int):
        """The requests of a run as the journal has them."""
        from store.journal import requests

        with self.desk.journal() as journal:
            return requests.page(journal, run_id, after=0, limit=100_000)

    def sent(self, path: str = "/v1/contact*") -> list:
        """The writing requests that reached the simulator since it last forgot."""
        from fnmatch import fnmatchcase

        return [
            visit
            for visit in self.sandbox.requests()
            if visit.method == "POST" and fnmatchcase(visit.path, path)
        ]

    # What must hold.

    def check(self, run) -> None:
        """Hold a run that ended against the journal and the simulator's own record."""
        which = f"run {run.id} ({run.state})"
        assert not run.active, f"{which} is under way without a process"
        output = self.output(run.id)
        assert output == "", f"{which} printed: {output}"
        counts = f"{run.accepted} accepted, {run.rejected} rejected, {run.pending} pending"
        assert min(run.accepted, run.rejected, run.pending, run.repeated) >= 0, (
            f"{which} counts below nothing: {counts}, {run.repeated} repeated of {run.to_send}"
        )
        fates = {str(request.state) for request in self.requests(run.id)}
        assert fates <= {"answered", "refused", "unknown", "not sent"}, (
            f"{which} left requests without a fate: {fates}"
        )
        most = self.doubtful(run)
        assert run.repeated <= most, (
            f"{which} says {run.repeated} repeated; only {most} were in doubt"
        )
        if run.plan is not None:
            check_sums_of(run.plan)
        assert "@example" not in self.log(run.id), f"the log of {which} holds an address"
        found = self.files_with(self.sandbox.key)
        keys = {f".segport/secrets/{slug}.toml" for slug in ("acme", "other")}
        assert found <= keys, f"the key lies in {sorted(found - keys)}"

    def doubtful(self, run) -> int:
        """Contacts that a run may have sent in vain, at the most, and so may have repeated."""
        return (
            sum(
                request.contacts
                for request in self.requests(run.id)
                if request.state == "unknown"
                # A contact that an answer does not name is tried alone, though it may have been taken.
                or (request.state, request.kind) == ("answered", "single")
                # One contact is sent to find out what a bulk call does; its answer alone says nothing.
                or (request.state, request.kind, request.contacts) == ("answered", "bulk", 1)
            )
            + sum(visit.left_out for visit in self.sandbox.requests())
            + (run.plan or {}).get("doubtful", 0)
        )

    def check_delivered(self, run, lists: dict[str, set[str]], rejected: int = 0) -> None:
        """The run got through: the simulator holds exactly these people, and knows no others.

        Args:
            run: which ended.
            lists: the addresses on every list there is, by title.
            rejected: how many contacts were refused.
        """
        assert run.state == ("completed with rejects" if rejected else "successful"), run.cause
        assert (run.pending, run.rejected) == (0, rejected)
        self.check_holds(lists)

    def check_sent_once(self, run) -> None:
        """Nobody was sent twice, but for the one whose list goes ahead to find out how it is joined."""
        more = sorted(self.sandbox.accepted().values(), reverse=True)
        tried = self.tried(run)
        assert tried <= 1
        assert more[:1] in ([1], [1 + tried])
        assert set(more[tried:]) <= {1}

    def tried(self, run) -> int:
        """How many went ahead with their list in a request of its own, to find out how it is joined."""
        return sum(
            (request.kind, request.contacts) == ("bulk", 1) and request.part > 0
            for request in self.requests(run.id)
        )

    def check_holds(self, lists: dict[str, set[str]]) -> None:
        """The simulator holds exactly these people on exactly these lists."""
        titles = list(self.sandbox.lists().values())
        assert sorted(titles) == sorted(lists)
        for title, members in lists.items():
            assert self.sandbox.members(title) == members
        assert set(self.sandbox.contacts()) == set().union(*lists.values())

    def check_converged(self, slug: str = "weekly", rejected: int = 0) -> None:
        """A further run would send nothing but what was refused before."""
        assert self.plan(slug).to_send == rejected

    def files_with(self, secret: str) -> set[str]:
        """All files under the workspace that hold a text, by their path in it."""
        # By another process: to close a database's file drops the locks that SQLite has on it here.
        found = subprocess.run(
            ["grep", "-rlF", "--", secret, "."],
            cwd=self.workspace.root,
            capture_output=True,
            text=True,
            check=False,
        ).stdout
        return {str(Path(line)) for line in found.splitlines()}


def check_sums(report) -> None:
    """The three sums of a plan."""
    import msgspec

    check_sums_of(msgspec.to_builtins(report))


def check_sums_of(plan) -> None:
    """The three sums of a plan as it is kept."""
    parts = ("add", "change", "membership", "unchanged", "withheld")

    def agree(what: str, total: int, *shares: int) -> None:
        assert total == sum(shares), f"plan: {what} are {total}, their parts {shares}"

    agree("rows", plan["rows"], plan["contacts"], plan["excluded"], plan["merged"])
    agree("contacts", plan["contacts"], *(plan[part] for part in parts))
    agree("excluded rows", plan["excluded"], *(reason["rows"] for reason in plan["reasons"]))
    agree("rows of segments", plan["rows"], *(segment["rows"] for segment in plan["segments"]))
    for segment in plan["segments"]:
        agree("contacts of a segment", segment["contacts"], *(segment[part] for part in parts))
    told = json.dumps([plan["warnings"], plan["guards"]])
    assert "@example" not in told, f"a plan's warnings hold an address: {told}"


def addresses(numbers) -> set[str]:
    """The addresses that `Bench.people` gives these numbers."""
    return {f"p{n}@example.com" for n in numbers}


@pytest.fixture(name="addresses")
def addresses_fixture():
    return addresses


@pytest.fixture
def bench(tmp_path, monkeypatch):
    from store import workspace as workspaces
    from workers import seams  # read its variable before a test arms it for a run
    from workers.sandbox.server import running

    assert seams.VARIABLE == "SEGPORT_SEAM"
    monkeypatch.setenv("SEGPORT_NO_KEYRING", "1")
    monkeypatch.delenv("SEGPORT_SEAM", raising=False)
    with ExitStack() as stack:
        sandbox = stack.enter_context(running(rate=0, account_email="owner@acme.test"))
        found = Bench(workspaces.create(tmp_path / "house"), sandbox)
        stack.callback(_end_runs, found)
        yield found


def _end_runs(bench: Bench) -> None:
    """No run of a test that failed outlives it."""
    for path in bench.workspace.locks_folder.glob("run-*.lock"):
        process = bench.process(int(path.stem.removeprefix("run-")))
        if process is not None:
            os.kill(process, signal.SIGKILL)
