"""A whole run beside a bare pipeline and beside the peers: one file, one server, no rate limit.

    python -m tests.bench.delivery [--profiles N] [--repeats N] [--venvs FOLDER] [--no-peers]

Each takes the same profiles from the same Parquet file and posts them in batches of 100 to the same
server, which costs next to nothing (`server`). The clock runs over whole processes; all are measured
in turn, so that a busy moment of the machine meets each of them, and the ratios are what to look at:
by the clock, and, for a machine that others use too, by the time spent on its cores.

- the run is `segport export run`: command line, plan, comparison, delivery, journal, ledger.
- the bare pipelines go from DuckDB to an HTTP client and do nothing else (`peers/bare.py`).
- the peers plan, compare and journal nothing. airbyte-cdk and singer-sdk get the profiles as the JSON
  lines that they ask for; the time to make these is not counted against them.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from pathlib import Path

from tests.bench import peers, server
from tests.bench.figures import Figure, show, spread
from tests.bench.house import build, write_profiles
from tests.bench.processes import Cost

ATMOST = 2.0


def measure(
    profiles: int = 100_000, repeats: int = 3, *, venvs: Path | None = None, with_peers: bool = True
) -> list[Figure]:
    """Run everything in turn, `repeats` times."""
    with tempfile.TemporaryDirectory() as scratch, server.running() as sink:
        folder = Path(scratch)
        parquet = folder / "profiles.parquet"
        write_profiles(parquet, profiles)
        rivals, absent = peers.ready(parquet, folder, venvs or folder / "venvs", all_=with_peers)
        ours: list[Cost] = []
        theirs: dict[str, list[Cost]] = {rival.name: [] for rival in rivals}
        for n in range(repeats):
            house = build(folder / f"house-{n}", sink.base_url, server.KEY, parquet)
            sink.seen()
            took, _ = house.run()
            assert sink.seen().contacts == profiles
            ours.append(took)
            for rival in rivals:
                theirs[rival.name].append(rival.run(sink.base_url))
                seen = sink.seen()
                assert seen.contacts == profiles, (rival.name, seen)
            told = {"run": took} | {name: costs[-1] for name, costs in theirs.items()}
            print(", ".join(f"{name} {c.clock:.2f} s ({c.cores:.2f})" for name, c in told.items()),
                  flush=True)  # fmt: skip
        house.change_one_row()
        again, second = house.run()
    figures = [Figure(f"{profiles:,} profiles, no limit: segport export run", _seconds(ours))]
    figures += [_beside(name, ours, took) for name, took in theirs.items()]
    figures += [Figure(f"beside {name}", f"not measured: {why}") for name, why in absent.items()]
    figures.append(
        Figure(
            "the same with one row changed since",
            f"{second.requests_sent} request, {again.clock:.2f} s (once)",
            "one request", second.requests_sent == 1,
        )
    )  # fmt: skip
    return figures


def _beside(name: str, ours: list[Cost], theirs: list[Cost]) -> Figure:
    pairs = list(zip(ours, theirs, strict=True))
    clock = [our.clock / their.clock for our, their in pairs]
    cores = [our.cores / their.cores for our, their in pairs]
    limit = ATMOST if name.startswith("bare") else 1.0
    return Figure(
        f"beside {name}",
        f"{_seconds(theirs)}; the run takes {spread(clock, 'times as long')}, "
        f"{statistics.median(cores):.2f} times the cores' time",
        f"at most {ATMOST:g} x" if limit > 1 else "faster",
        statistics.median(clock) <= limit,
    )


def _seconds(costs: list[Cost]) -> str:
    cores = statistics.median(each.cores for each in costs)
    return f"{spread([each.clock for each in costs], 's')}, {cores:.2f} s of cores"


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.delivery")
    parser.add_argument("--profiles", type=int, default=100_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--venvs", type=Path, help="keep the peers' environments here")
    parser.add_argument("--no-peers", action="store_true", help="only the bare pipelines")
    given = parser.parse_args()
    show(measure(given.profiles, given.repeats, venvs=given.venvs, with_peers=not given.no_peers))


if __name__ == "__main__":
    main()
