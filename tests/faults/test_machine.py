"""The machine under a run: its clock jumps, it sleeps, its memory or its permissions are gone."""

from __future__ import annotations

import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from store.errors import Busy, UsageError
from workers import launch, liveness
from workers.actions import progress, runs
from workers.sandbox.record import busiest_second

# Much here is about the process itself.
pytestmark = pytest.mark.usefixtures("started_runs")

ROOT = Path(__file__).parents[2]
HOUR = 3600


@pytest.fixture
def wall_clock(tmp_path, monkeypatch):
    """Runs that start meanwhile go by this clock: write into it by how much it is ahead."""
    path = tmp_path / "clock"
    path.write_text("0")
    script = str(Path(__file__).with_name("jumpy.py"))

    def command(module, *arguments):
        return [sys.executable, "-I", script, str(path), str(ROOT), module, *arguments]

    monkeypatch.setattr(launch.isolated, "command", command)
    return path


@pytest.mark.sampled(3)
@pytest.mark.parametrize("jumps", [(HOUR, 0), (-HOUR, HOUR), (30 * 86400, -30 * 86400)])
def test_a_wall_clock_that_jumps_changes_nothing_that_is_sent(bench, addresses, wall_clock, jumps):
    """Pace, patience and order go by another clock; times that are shown never run backwards."""
    bench.ready(600, rate=10)
    run_id = bench.start()
    for nth, jump in enumerate(jumps):
        bench.until(lambda nth=nth: bench.load(run_id).accepted >= 100 + 200 * nth)
        wall_clock.write_text(str(jump))
        look = progress.look(bench.desk, run_id)
        assert look.per_second is None or look.per_second >= 0
    run = bench.wait(run_id)
    bench.check_delivered(run, {"vip": addresses(range(600))})
    assert set(bench.sandbox.accepted().values()) == {1}
    assert busiest_second(bench.sent()) <= 10
    told = bench.segport("run", "show", "1").stdout
    assert "-" not in told.partition("took")[2].partition("\n")[0]
    # The next run comes after it in the history and in the ledger, whatever the clock says.
    bench.check_converged()
    assert bench.run().requests_sent == 0
    assert [each.id for each in runs.history(bench.desk)] == [2, 1]


def asleep(bench, run_id, seconds):
    """A run's process stands still for so long, as a machine does that sleeps."""
    process = bench.process(run_id)
    os.kill(process, signal.SIGSTOP)
    time.sleep(seconds)
    os.kill(process, signal.SIGCONT)


@pytest.mark.slow
def test_a_run_that_sleeps_through_heartbeats_goes_on_at_its_pace(bench, addresses):
    """`python -m tests.faults stalls` lets it sleep for longer than every patience."""
    bench.ready(800, rate=10)
    run_id = bench.start()
    bench.until(lambda: bench.load(run_id).accepted >= 100)
    asleep(bench, run_id, 4.5)
    run = bench.wait(run_id)
    bench.check_delivered(run, {"vip": addresses(range(800))})
    assert run.repeated == 0
    assert busiest_second(bench.sent()) <= 10


def test_a_sleeper_that_was_killed_for_dead_sends_nothing_more(bench, addresses):
    """Asleep it was canceled by force and resumed: there is one sender, and it is the new one."""
    bench.ready(1000, rate=20)
    run_id = bench.start()
    bench.until(lambda: bench.load(run_id).accepted >= 100)
    first = bench.put_to_sleep(run_id)
    runs.cancel(bench.desk, run_id)
    runs.cancel(bench.desk, run_id, force=True)
    run = bench.resume(run_id)
    with pytest.raises(ProcessLookupError):
        os.kill(first, signal.SIGCONT)
    bench.check_delivered(run, {"vip": addresses(range(1000))})
    assert sum(bench.sandbox.accepted().values()) - 1000 <= run.repeated + bench.tried(run)


@pytest.mark.slow
def test_a_run_that_is_silent_is_said_to_be_and_how_to_end_it(bench, monkeypatch):
    bench.ready(1000, rate=20)
    run_id = bench.start()
    bench.until(lambda: bench.load(run_id).accepted >= 100)
    process = bench.put_to_sleep(run_id)
    monkeypatch.setattr(liveness, "_SILENCE", 0.5)
    bench.until(lambda: liveness.silence(bench.load(run_id)) is not None)
    with pytest.raises(Busy, match="and without a sign of life for ") as caught:
        bench.start()
    assert f"segport run cancel {run_id} --force" in str(caught.value)
    from tui.cli.report import say_run

    told = []
    monkeypatch.setattr("tui.cli.report.say_facts", told.extend)
    say_run(bench.load(run_id))
    assert any(words and "no sign of life" in words for name, words in told if name == "silent")
    os.kill(process, signal.SIGCONT)
    bench.until(lambda: liveness.silence(bench.load(run_id)) is None)
    assert bench.wait(run_id).state == "successful"


@pytest.mark.sampled(2)
@pytest.mark.parametrize("more", [4, 40])
def test_a_run_that_gets_no_more_memory_ends_in_a_sentence_and_resumes(bench, addresses, more):
    bench.ready(3000, rate=30)
    run_id = bench.start()
    bench.until(lambda: bench.load(run_id).accepted >= 100)
    process = bench.process(run_id)
    size = int(Path(f"/proc/{process}/statm").read_text().split()[0]) * resource.getpagesize()
    resource.prlimit(process, resource.RLIMIT_AS, (size + more * 1024, size + more * 1024))
    bench.until(lambda: not bench.is_alive(run_id))
    run = bench.load(run_id)
    assert run.state in {"failed", "interrupted", "successful"}
    output = bench.workspace.run_folder(run_id) / "output.txt"
    assert "@example" not in output.read_text() + bench.log(run_id)
    output.write_text("")
    if run.state != "successful":
        run = bench.resume(run_id)
    bench.check_delivered(run, {"vip": addresses(range(3000))})
    assert sum(bench.sandbox.accepted().values()) - 3000 <= run.repeated + bench.tried(run)


STRANGER = """
import os, sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from store.errors import SegportError
from store.workspace import open_workspace
from workers.actions import runs
from workers.actions.desk import sit_down
workspace = open_workspace(Path(sys.argv[2]))
desk = sit_down(workspace, "command line")
lost = workspace.root / sys.argv[3]

def tried(deed):
    try:
        return deed()
    except SegportError as error:
        print("refused:", error, flush=True)

run_id = runs.start(desk, "weekly")
deadline = time.monotonic() + 30
while runs.load(desk, run_id).accepted < 100:
    assert time.monotonic() < deadline
    time.sleep(0.02)
mode = lost.stat().st_mode & 0o777
lost.chmod(int(sys.argv[4], 8))
print("load", tried(lambda: runs.load(desk, run_id).state), flush=True)
tried(lambda: runs.start(desk, "weekly"))
time.sleep(1.0)
lost.chmod(mode)
print("again", flush=True)
while (run := runs.load(desk, run_id)).active:
    assert time.monotonic() < deadline
    time.sleep(0.05)
print("ended", run.state, run.cause, flush=True)
if run.state != "successful":
    runs.resume(desk, run_id)
    while (run := runs.load(desk, run_id)).active:
        assert time.monotonic() < deadline
        time.sleep(0.05)
print("last", run.state, run.accepted, run.repeated, flush=True)
"""


@pytest.mark.sampled(6)
@pytest.mark.skipif(
    os.geteuid() == 0 and shutil.which("setpriv") is None, reason="root may do everything"
)
@pytest.mark.parametrize(
    ("lost", "mode"),
    [(".segport", "000"), (".segport", "500"), (".segport/journal.db", "400"), (".segport/runs", "000"),
     (".segport/log.db", "000"), ("connections", "000")],
)  # fmt: skip
def test_permissions_that_are_lost_under_a_run(bench, addresses, tmp_path, lost, mode):
    bench.ready(600, rate=10)
    # To root nothing is forbidden, unless it gives that up.
    mortal = (
        ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []
    )
    done = subprocess.run(
        [*mortal, sys.executable, "-c", STRANGER, str(ROOT), str(bench.workspace.root), lost, mode],
        cwd="/", capture_output=True, text=True, timeout=90, check=False,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "SEGPORT_NO_KEYRING": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    told = dict(line.split(" ", 1) for line in done.stdout.splitlines() if " " in line)
    state, accepted, repeated = told["last"].split()
    assert (state, accepted) == ("successful", "600"), done.stdout
    assert set(bench.sandbox.contacts()) == addresses(range(600))
    assert sum(bench.sandbox.accepted().values()) - 600 <= int(repeated) + bench.tried(
        bench.load(1)
    )


@pytest.mark.sampled(2)
@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGKILL])
def test_whoever_watches_may_die_and_the_run_goes_on(bench, addresses, number):
    """The SSH session is gone with everything in it: a run has a session of its own."""
    bench.ready(1500, rate=5)
    # Where the tests themselves are to outlive a terminal, their children would ignore a hangup.
    heeding = ["env", "--default-signal=HUP", sys.executable]
    watcher = subprocess.Popen(
        [*heeding, "-m", "tui.cli", "-w", str(bench.workspace.root), "export", "run", "weekly"],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    bench.until(lambda: runs.history(bench.desk) and bench.load(1).accepted >= 100)
    os.killpg(watcher.pid, number)
    watcher.stdout.close()
    watcher.wait(10)
    assert bench.load(1).active
    bench.check_delivered(bench.wait(1), {"vip": addresses(range(1500))})
    assert set(bench.sandbox.accepted().values()) == {1}


@pytest.mark.slow
def test_a_cancellation_that_comes_at_any_moment_of_the_end(bench, addresses):
    """It is canceled or it got through; it is never both, and nobody is sent twice."""
    chance = random.Random(3)
    bench.ready(120)
    states = set()
    for _ in range(8):
        bench.sandbox.forget()
        run_id = bench.start(full=True)
        time.sleep(chance.uniform(0.25, 0.8))
        with suppress(UsageError):  # it has ended just before
            runs.cancel(bench.desk, run_id)
        run = bench.wait(run_id)
        states.add(str(run.state))
        sent = bench.sandbox.accepted()
        assert run.accepted <= len(sent)
        assert set(sent.values()) <= {1}
        assert run.state == "canceled" or (run.pending, run.accepted) == (0, 120)
    assert states <= {"successful", "canceled"}
    run = bench.run(full=True)
    bench.check_delivered(run, {"vip": addresses(range(120))})
