"""The benchmarks run, each at a small size: what changes beneath them would break them unnoticed."""

from __future__ import annotations

import importlib

import pytest

from tests.bench.__main__ import NAMES

SMALL = {
    "start": {"repeats": 1},
    "traffic": {"seconds": 1},
    "keys": {"presses": 2},
    "history": {"many": 1000, "lines": 200, "repeats": 1},
    "why": {"count": 2, "profiles": 200, "repeats": 1},
    "rate": {"rates": [100], "latencies": [0], "seconds": 1},
    "planning": {"sizes": [1000]},
    "delivery": {"profiles": 500, "repeats": 1, "with_peers": False},
}
AT_ONCE = ("planning", "why")


def test_each_has_a_small_size():
    assert set(SMALL) == set(NAMES)


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=[] if n in AT_ONCE else [pytest.mark.slow]) for n in SMALL]
)
def test_it_runs(name):
    figures = importlib.import_module(f"tests.bench.{name}").measure(**SMALL[name])
    assert figures
    assert [figure for figure in figures if figure.found == "failed"] == []
