"""Many processes at the same few exports at once, over two connections that share one key."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from store.connections import Connection
from store.journal.past import Wanted
from store.journal.runs import RESUMABLE
from store.keys.key import Key
from workers.actions import connections, exports, runs
from workers.sandbox.record import busiest_second

ROOT = Path(__file__).parents[2]
RATE = 50.0
CROWD = 20

CROWD_MEMBER = """
import json, random, sys
from pathlib import Path
import msgspec
from store.errors import SegportError
from store.exports import CustomField
from store.journal.past import Wanted
from store.journal.runs import RESUMABLE
from store.workspace import open_workspace
from workers.actions import exports, runs
from workers.actions.desk import sit_down

desk = sit_down(open_workspace(Path(sys.argv[1])), "command line")
chance = random.Random(int(sys.argv[2]))
told, edits = [], {}

def last(slug):
    export = exports.show(desk, slug).value
    return runs.history(desk, Wanted(export_id=export.id), limit=1)

def start(slug):
    runs.start(desk, slug)

def cancel(slug):
    for run in last(slug):
        runs.cancel(desk, run.id)

def resume(slug):
    for run in last(slug):
        if run.state in RESUMABLE:
            runs.resume(desk, run.id)

def edit(slug):
    # Each process adds a custom field of its own; an edit that was overtaken is refused.
    name = f"Field{sys.argv[2]}"
    document = exports.show(desk, slug)
    fields = {**document.value.custom_fields, name: CustomField("name", "string")}
    edited = msgspec.structs.replace(document.value, custom_fields=fields)
    exports.save(desk, edited, slug, document.digest)
    edits[slug] = name

print("ready", flush=True)
sys.stdin.readline()
for _ in range(6):
    deed = chance.choice([start, start, cancel, resume, edit])
    try:
        deed(chance.choice(["one", "two", "three"]))
    except SegportError as error:
        told.append([type(error).__name__, error.exit_code])
print(json.dumps([told, edits]))
"""


@pytest.mark.slow
def test_a_crowd_at_three_exports(bench, addresses):
    for number, name in enumerate(["one", "two", "three"]):
        bench.people(name, range(1000 * number, 1000 * number + 600))
    bench.connect(rate=RATE)
    second = Connection(name="Other", base_url=bench.sandbox.base_url, rate=RATE)
    connections.add(bench.desk, second, Key(bench.sandbox.key), agreed=True)
    for name, connection in (("one", "acme"), ("two", "other"), ("three", "acme")):
        bench.export(name, name=name, connection=connection)

    members = [
        subprocess.Popen(
            [sys.executable, "-c", CROWD_MEMBER, str(bench.workspace.root), str(number)],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for number in range(CROWD)
    ]  # fmt: skip
    for member in members:
        assert member.stdout.readline() == "ready\n"
    for member in members:
        member.stdin.write("go\n")
        member.stdin.flush()
    outputs = [member.communicate(timeout=120)[0] for member in members]
    assert {member.returncode for member in members} == {0}

    bench.until(lambda: not any(run.active for run in runs.history(bench.desk, limit=200)), 60)
    for run in runs.history(bench.desk, limit=200):
        bench.until(lambda run_id=run.id: not bench.is_alive(run_id))
        bench.check(bench.load(run.id))
    check_one_sender_at_a_time(bench)
    assert busiest_second(bench.sent()) <= RATE + 1
    with bench.desk.journal() as journal:
        assert journal.row("pragma integrity_check")[0] == "ok"

    # No edit that was said to be saved is lost, whoever else edited the same file.
    for told in outputs:
        for slug, field in json.loads(told)[1].items():
            assert field in exports.show(bench.desk, slug).value.custom_fields

    for number, name in enumerate(["one", "two", "three"]):
        wanted = Wanted(export_id=exports.show(bench.desk, name).value.id)
        last = runs.history(bench.desk, wanted, limit=1)
        if last and last[0].state in RESUMABLE:
            bench.resume(last[0].id)
        run = bench.run(name)
        assert run.state == "successful", run.cause
        assert bench.sandbox.members(name) == addresses(range(1000 * number, 1000 * number + 600))
        bench.check_converged(name)


def check_one_sender_at_a_time(bench) -> None:
    """No request of one run left between the first and the last of another's turn."""
    with bench.desk.journal() as journal:
        rows = journal.rows(
            """select run_id, attempt, min(sent_at) as first, max(sent_at) as last from request
               group by run_id, attempt order by first"""
        )
    for earlier, later in pairwise(rows):
        assert earlier["last"] <= later["first"], (tuple(earlier), tuple(later))
