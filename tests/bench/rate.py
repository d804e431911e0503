"""How much of the connection's rate a run uses, and whether the service ever has to say no.

    python -m tests.bench.rate [--rates 4 5 20] [--latencies 0 0.2] [--seconds 25]

The simulator enforces the rate with a token bucket of burst 2. The share is that of the bulk requests by
the simulator's clock; the busiest second is by the times of sending, which the pacer keeps.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.bench.figures import Figure, show
from tests.bench.house import House, build
from workers.sandbox.server import running
from workers.timetable import _HEADER, _MOMENT, _RING, CAPACITY

LEAST = 0.99


def measure(
    rates: Sequence[float] = (4, 5, 20), latencies: Sequence[float] = (0, 0.2), seconds: float = 25
) -> list[Figure]:
    """One run for each rate and latency, each of about so many seconds."""
    return [_one(rate, latency, int(rate * seconds)) for rate in rates for latency in latencies]


def _one(rate: float, latency: float, requests: int) -> Figure:
    with (
        tempfile.TemporaryDirectory() as scratch,
        running(process=True, rate=rate, burst=2, latency=latency, absorb=True) as simulator,
    ):
        house = build(
            Path(scratch) / "house", simulator.base_url, simulator.key, requests * 100, rate=rate
        )
        house.run()
        visits = simulator.requests()
        bulk = [visit.time for visit in visits
                if visit.path.endswith("/contacts") and visit.method == "POST"]  # fmt: skip
        refused = sum(visit.status == 429 for visit in visits)
        share = (len(bulk) - 1) / (bulk[-1] - bulk[0]) / rate
        sent = _sent(house)
    busiest = _busiest(sent)
    return Figure(
        f"rate {rate:g}/s, burst 2, latency {latency * 1000:g} ms",
        f"{share:.2%} of the rate over {len(bulk)} requests, {refused} times 429 ({_too_soon(sent, rate)} "
        f"if the service had been as quick as the sends), busiest second {busiest} sends",
        f"{LEAST:.0%}, no 429, at most {rate:g} in any second",
        share >= LEAST and refused == 0 and busiest <= rate,
    )


def _sent(house: House) -> list[float]:
    """The times of sending, on the monotonic clock, oldest first."""
    (path,) = house.workspace.locks_folder.glob("pace-*")
    raw = path.read_bytes()
    count = _HEADER.unpack_from(raw)[2]
    assert count <= CAPACITY
    return [_MOMENT.unpack_from(raw, _RING + n * _MOMENT.size)[0] for n in range(count)]


def _too_soon(times: Sequence[float], rate: float, burst: float = 2.0) -> int:
    """How often a token bucket refuses these times; on a busy machine the simulator's own may lag."""
    tokens, before, refused = burst, times[0], 0
    for time in times:
        tokens = min(burst, tokens + (time - before) * rate)
        before = time
        if tokens < 1:
            refused += 1
        else:
            tokens -= 1
    return refused


def _busiest(times: Sequence[float]) -> int:
    """The most sends in any sliding second."""
    most = first = 0
    for last, time in enumerate(times):
        while times[first] <= time - 1:
            first += 1
        most = max(most, last - first + 1)
    return most


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.rate")
    parser.add_argument("--rates", type=float, nargs="+", default=[4, 5, 20])
    parser.add_argument("--latencies", type=float, nargs="+", default=[0, 0.2])
    parser.add_argument("--seconds", type=float, default=25)
    given = parser.parse_args()
    show(measure(given.rates, given.latencies, given.seconds))


if __name__ == "__main__":
    main()
