"""All benchmarks, or those that are named, with one table at the end.

    python -m tests.bench [--list] [NAME ...]

Each is a module of this folder with a `measure` of its own, and runs alone as
`python -m tests.bench.NAME` with options for its size. All of them take about a quarter of an hour.
"""

from __future__ import annotations

import argparse
import importlib
import subprocess
import sys
import time
import traceback

from tests.bench.figures import Figure, show

NAMES = {
    "start": "first paint of the app, and `--version`",
    "traffic": "bytes written to the terminal, idle and busy",
    "keys": "key to screen while a run logs 1,000 lines a second",
    "history": "the history over 100,000 runs and 10 million log lines",
    "why": "one person looked up in 100 runs of 100,000 profiles",
    "rate": "share of the rate that a run uses",
    "planning": "plans of 1 and 10 million rows in 512 MB",
    "delivery": "a whole run beside a bare pipeline and the peers",
}


def main() -> int:
    """The command line; the exit code is 1 if a promise is not held."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=_words())
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("names", nargs="*", metavar="NAME", choices=[*NAMES, []])
    parser.add_argument("--list", action="store_true", help="only say which there are")
    given = parser.parse_args()
    if given.list:
        print(_words())
        return 0
    figures: list[Figure] = []
    for name in given.names or NAMES:
        print(f"{time.strftime('%H:%M:%S')} {name}: {NAMES[name]}", flush=True)
        figures += _measured(name)
    print()
    show(figures)
    return int(any(figure.held is False for figure in figures))


def _words() -> str:
    return "\n".join(f"{name:10} {words}" for name, words in NAMES.items())


def _measured(name: str) -> list[Figure]:
    """The figures of one; one that breaks is a figure too, so that the others are still told."""
    try:
        found: list[Figure] = importlib.import_module(f"tests.bench.{name}").measure()
    except (AssertionError, OSError, subprocess.SubprocessError) as error:
        traceback.print_exc()
        return [Figure(name, f"broke off: {error!s:.200}", held=False)]
    return found


if __name__ == "__main__":
    sys.exit(main())
