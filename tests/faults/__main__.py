"""The long proof, on demand: `python -m tests.faults [PART ...]`; without a part, all of them.

stories   random stories of edits, starts, kills, cancels, resumes and moody answers
seams     a run killed at every passing of every seam, and resumed
kills     a run killed at 200 random times, and resumed each time
stalls    a run that sleeps three times, longer than every patience
changes   60 plans of a file that is written over meanwhile
soak      one run of some 29,000 requests, which is two hours at 4 a second, with 5 % faults
"""

from __future__ import annotations

import argparse
import os
import sys
import time
import traceback
from collections.abc import Callable
from functools import partial
from typing import NamedTuple


class Finding(NamedTuple):
    """What a part of the proof came to."""

    part: str
    what: str
    held: bool
    seconds: float


def main(arguments: list[str]) -> int:
    """Prove what was asked for, and report in a table."""
    os.environ["SEGPORT_NO_KEYRING"] = "1"
    from tests.faults import machine, proof, soak

    asked = _asked(arguments, proof.STORIES)
    parts: dict[str, Callable[[], str]] = {
        "stories": partial(proof.stories, asked.seed, asked.stories, asked.story),
        "seams": proof.seams,
        "kills": proof.kills,
        "stalls": partial(machine.stalls, asked.sleep or machine.SLEEPS),
        "changes": machine.changes,
        "soak": soak.soak,
    }
    names: list[str] = asked.parts
    if set(names) - set(parts):
        print(__doc__)
        return 2
    findings = [_prove(name, parts[name]) for name in names or parts]
    print(f"\n{'part':<10}{'held':<6}{'seconds':>8}  what")
    for finding in findings:
        held = "yes" if finding.held else "NO"
        print(f"{finding.part:<10}{held:<6}{finding.seconds:>8.0f}  {finding.what}")
    return 0 if all(finding.held for finding in findings) else 1


def _asked(arguments: list[str], stories: int) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.faults",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("parts", nargs="*", metavar="PART")
    parser.add_argument("--stories", type=int, default=stories, help="how many")
    parser.add_argument("--seed", type=int, help="the stories of an earlier time")
    parser.add_argument("--story", type=int, help="of those, tell only this one")
    parser.add_argument(
        "--sleep", type=float, nargs="+", metavar="SECONDS", help="how long the stalls are"
    )
    return parser.parse_args(arguments)


def _prove(name: str, part: Callable[[], str]) -> Finding:
    from tests.faults.telling import in_short

    began = time.monotonic()
    print(f"{name} ...", flush=True)
    try:
        what, held = part(), True
    except Exception as error:  # noqa: BLE001 - whatever it is, the part does not hold
        traceback.print_exc()  # where, and the story that led there
        what, held = in_short(error), False
    print(f"  {what}", flush=True)
    return Finding(name, what, held, time.monotonic() - began)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
