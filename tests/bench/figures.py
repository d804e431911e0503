"""What a benchmark found, beside what was promised, and the machine it was found on."""

from __future__ import annotations

import os
import platform
import statistics
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

_WHAT, _FOUND, _PROMISE = 44, 52, 26


@dataclass(frozen=True)
class Figure:
    """One line of the table.

    Attributes:
        what: was measured.
        found: the figure, with its unit and how often it was taken.
        promise: what it should be; empty where nothing is promised.
        held: whether it is; None where nothing is promised, or it could not be measured.
    """

    what: str
    found: str
    promise: str = ""
    held: bool | None = None


def show(figures: Iterable[Figure]) -> None:
    """Print the figures as one table, below the machine."""
    print(machine())
    print(_line("what", "found", "promised", "held"))
    print(_line("-" * _WHAT, "-" * _FOUND, "-" * _PROMISE, "----"))
    for figure in figures:
        cells = [
            textwrap.wrap(text, width) or [""]
            for text, width in (
                (figure.what, _WHAT), (figure.found, _FOUND), (figure.promise, _PROMISE),
            )
        ]  # fmt: skip
        cells.append([{True: "yes", False: "NO", None: "-"}[figure.held]])
        for n in range(max(map(len, cells))):
            print(_line(*(cell[n] if n < len(cell) else "" for cell in cells)).rstrip())


def _line(*cells: str) -> str:
    widths = (_WHAT, _FOUND, _PROMISE, 4)
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True))


def machine() -> str:
    """The machine in one line: figures mean nothing without it."""
    import duckdb

    load = os.getloadavg()[0]
    return (
        f"{os.cpu_count()} cores, {_processor()}, {platform.system()}, "
        f"Python {platform.python_version()}, DuckDB {duckdb.__version__}; "
        f"load of the last minute {load:.1f}"
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def spread(values: Sequence[float], unit: str, digits: int = 2) -> str:
    """The median, and from what to what it varied."""
    middle = statistics.median(values)
    if len(values) == 1:
        return f"{middle:.{digits}f} {unit}".rstrip() + " (once)"
    return (
        f"{middle:.{digits}f} {unit}".rstrip()
        + f" (median of {len(values)}; {min(values):.{digits}f} to {max(values):.{digits}f})"
    )
