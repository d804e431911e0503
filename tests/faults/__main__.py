"""The long proof, on demand: `python -m tests.faults [PART ...]`; without a part, all of them.

stories   random stories of edits, starts, kills, cancels, resumes and moody answers
seams     a run killed at every passing of every seam, and resumed
kills     a run killed at 200 random times, and resumed each time
stalls    a run that sleeps three times, longer than every patience
changes   60 plans of a file that is written over meanwhile
soak      one run of some 29,000 requests, which is two hours at 4 a second, with 5 % faults
"""

from __future__ import annotations

import os
import sys
import time
import traceback
from collections.abc import Callable
from typing import NamedTuple


class Finding(NamedTuple):
    """What a part of the proof came to."""

    part: str
    what: str
    held: bool
    seconds: float


def main(names: list[str]) -> int:
    """Prove what was asked for, and report in a table."""
    os.environ["SEGPORT_NO_KEYRING"] = "1"
    from tests.faults import machine, proof, soak

    parts: dict[str, Callable[[], str]] = {
        "stories": proof.stories,
        "seams": proof.seams,
        "kills": proof.kills,
        "stalls": machine.stalls,
        "changes": machine.changes,
        "soak": soak.soak,
    }
    unknown = [name for name in names if name not in parts]
    if unknown:
        print(__doc__)
        return 2
    findings = [_prove(name, parts[name]) for name in names or parts]
    print(f"\n{'part':<10}{'held':<6}{'seconds':>8}  what")
    for finding in findings:
        held = "yes" if finding.held else "NO"
        print(f"{finding.part:<10}{held:<6}{finding.seconds:>8.0f}  {finding.what}")
    return 0 if all(finding.held for finding in findings) else 1


def _prove(name: str, part: Callable[[], str]) -> Finding:
    began = time.monotonic()
    print(f"{name} ...", flush=True)
    try:
        what, held = part(), True
    except AssertionError as error:
        traceback.print_exc()  # where, and the story that led there
        what, held = f"{error}".partition("\n")[0] or "a promise did not hold", False
    print(f"  {what}", flush=True)
    return Finding(name, what, held, time.monotonic() - began)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
