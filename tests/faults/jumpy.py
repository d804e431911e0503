"""A real run whose wall clock jumps: `jumpy.py CLOCK ROOT MODULE ARGUMENT...`; CLOCK holds seconds."""

from __future__ import annotations

import runpy
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

offset = Path(sys.argv.pop(1))
sys.path.insert(0, sys.argv.pop(1))

from store.journal import clock  # noqa: E402 - found only now

real = time.time


def ahead() -> float:
    return float(offset.read_text() or 0)


def now() -> str:
    moment = datetime.fromtimestamp(real(), UTC) + timedelta(seconds=ahead())
    return moment.isoformat(timespec="milliseconds")


time.time = lambda: real() + ahead()
clock.now = now
runpy.run_module(sys.argv.pop(1), run_name="__main__", alter_sys=True)
