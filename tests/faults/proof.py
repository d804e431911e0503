"""Kills and stories in number; each raises AssertionError at the first promise that does not hold."""

from __future__ import annotations

import itertools
import os
import random
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import hypothesis
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from store import workspace as workspaces
from tests.conftest import Bench, addresses
from tests.faults.story import SEAMS, Story, armed
from tests.faults.telling import Broken
from workers.actions import runs
from workers.sandbox.server import running

STORIES = 200
STEPS = 15
KILLS = 200
VIP, GOLD = range(450), range(330, 450)
PEOPLE = {"vip": addresses(VIP), "gold": addresses(GOLD)}


@contextmanager
def house() -> Iterator[Bench]:
    """A workspace with an export of two overlapping segments, and its simulator."""
    with (
        tempfile.TemporaryDirectory(prefix="proof-") as folder,
        running(rate=0, account_email="owner@acme.test") as sandbox,
    ):
        bench = Bench(workspaces.create(Path(folder) / "house"), sandbox)
        bench.people("vip", VIP)
        bench.people("gold", GOLD)
        bench.connect()
        bench.export("vip", "gold")
        yield bench


def check_end(bench: Bench, run) -> int:
    """Everybody arrived, repeats are bounded and said; returns how many were repeated."""
    bench.check_delivered(run, PEOPLE)
    assert run.accepted == 450
    needed = dict.fromkeys(addresses(VIP), 1) | dict.fromkeys(addresses(GOLD), 2)
    counts = bench.sandbox.accepted()
    repeats = {key: counts[key] - needed[key] for key in counts if counts[key] > needed[key]}
    assert sum(repeats.values()) <= bench.doubtful(run)
    assert len(repeats) <= run.repeated + bench.tried(run)
    bench.check_converged()
    return len(repeats)


def stories(seed: int | None = None, count: int = STORIES, only: int | None = None) -> str:
    """Many random stories.

    Args:
        seed: which stories; others every time without one.
        count: how many.
        only: tell this one of them alone, to see it once more.
    """
    seed = random.randrange(2**32) if seed is None else seed
    numbers = itertools.count(1)

    def story() -> Story:
        no = next(numbers)
        return Story(no, passed_over=only not in {None, no})

    try:
        run_state_machine_as_test(
            hypothesis.seed(seed)(story),
            settings=settings(
                max_examples=count,
                stateful_step_count=STEPS,
                deadline=None,
                database=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            ),
        )
    except Broken as broken:
        raise AssertionError(f"seed {seed}, {broken}") from broken.__cause__
    told = f"{count} stories" if only is None else f"story {only}"
    return f"{told} of {STEPS} steps (seed {seed}): nobody lost, nothing claimed that is not so"


def seams() -> str:
    """A run killed at each passing of each seam; the matrix ends where a run passes unharmed."""
    killed = repeated = 0
    for seam in SEAMS:
        for passing in range(1, 1000):
            repeats = _killed_at(f"{seam}:{passing}")
            if repeats is None:
                break
            killed += 1
            repeated += repeats
    return f"killed at {killed} points and resumed; {repeated} contacts repeated, all of them said"


def _killed_at(seam: str) -> int | None:
    """Repeats of a run that was killed there and resumed; None if it never got there."""
    with house() as bench:
        with armed(seam):
            run_id = bench.start()
        bench.until(lambda: not bench.is_alive(run_id))
        run = bench.load(run_id)
        if run.state != "interrupted":
            return None
        bench.check(run)
        return check_end(bench, bench.resume(run_id))


def kills() -> str:
    """Kills at random moments, each followed by a resume."""
    chance = random.Random(4)
    killed = repeated = finished = 0
    while killed < KILLS:
        kills_of_it, repeats = _killed_at_random(chance)
        killed += kills_of_it
        repeated += repeats
        finished += 1
    return f"{killed} kills in {finished} runs; {repeated} contacts repeated, all of them said"


def _killed_at_random(chance: random.Random) -> tuple[int, int]:
    """One run, killed up to eight times: how often it was, and how many contacts were repeated."""
    killed = 0
    with house() as bench:
        bench.sandbox.set_faults({"action": "delay", "seconds": 0.05, "match": "POST *"})
        run_id = bench.start()
        for _ in range(8):
            time.sleep(chance.uniform(0.02, 0.9))
            process = bench.process(run_id)
            if process is not None:
                with suppress(ProcessLookupError):  # it has just ended by itself
                    os.kill(process, signal.SIGKILL)
            bench.until(lambda: not bench.is_alive(run_id))
            run = bench.load(run_id)
            if run.state == "successful":
                break
            killed += 1
            bench.check(run)
            runs.resume(bench.desk, run_id)
        return killed, check_end(bench, bench.wait(run_id))
