"""How much of the connection's rate a run uses, and whether the service ever has to say no.

python -m tests.bench.rate [RATE] [REQUESTS] [LATENCY]

The simulator enforces the rate with a token bucket of burst 2. The share is that of the bulk requests,
by the simulator's clock.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

os.environ["SEGPORT_NO_KEYRING"] = "1"

from store import workspace as store_workspace
from store.connections import Connection
from store.exports import Export, SegmentChoice, new_id
from store.secrets import Key
from tests.bench.delivery import FIELDS, timed, write_profiles
from workers.actions import connections, exports
from workers.actions.desk import sit_down
from workers.sandbox.record import busiest_second
from workers.sandbox.server import running


def main() -> None:
    given = [float(text) for text in sys.argv[1:]]
    rate, requests, latency = (given + [20.0, 200.0, 0.0][len(given) :])[:3]
    with (
        tempfile.TemporaryDirectory() as scratch,
        running(process=True, rate=rate, burst=2, latency=latency, absorb=True) as simulator,
    ):
        workspace = store_workspace.create(Path(scratch) / "workspace")
        write_profiles(workspace.segments_folder / "everyone.parquet", int(requests) * 100)
        desk = sit_down(workspace, "command line")
        draft = Connection(
            name="bench", base_url=simulator.base_url, rate=rate, profile_limit=10**8
        )
        slug = connections.add(desk, draft, Key(simulator.key), agreed=True)
        exports.save(
            desk,
            Export(
                id=new_id(), name="bench", connection=slug, fields=FIELDS,
                segments=[SegmentChoice("everyone")],
            ),
        )  # fmt: skip
        timed(desk)
        visits = simulator.requests()
        bulk = [visit.time for visit in visits if visit.path.endswith("/contacts")
                and visit.method == "POST"]  # fmt: skip
        refused = sum(visit.status == 429 for visit in visits)
        share = (len(bulk) - 1) / (bulk[-1] - bulk[0]) / rate
        print(
            f"{rate:g}/s, {len(bulk)} requests, latency {latency:g} s: {share:.2%} of the rate, "
            f"{refused} times 429, busiest second {busiest_second(visits)} requests"
        )


if __name__ == "__main__":
    main()
