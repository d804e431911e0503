"""The history over 100,000 runs and 10 million log lines: to show it, to page, to open one run.

    python -m tests.bench.history [--runs N] [--lines N] [--repeats N]

The runs are copies of a real one, with its plan and its frozen export. Times are from the key until the
row or the words that it asks for stand in a terminal of 80x24 that is read as fast as it comes. The time
in which the app stood in line for a core, because others use the machine too, is told and taken off.
What each answer is made of is timed beside it, without a screen.
"""

from __future__ import annotations

import argparse
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from store.journal.schema import open_log
from tests.bench import server
from tests.bench.figures import Figure, show, spread
from tests.bench.house import House, build
from tests.bench.terminal import Answer, segport, told
from tui.screens.runs import PAGE
from workers.actions import runs

MOST = 100.0


def measure(many: int = 100_000, lines: int = 10_000_000, repeats: int = 9) -> list[Figure]:
    """Build the history, then look at it."""
    with tempfile.TemporaryDirectory() as scratch, server.running() as sink:
        house = build(Path(scratch) / "house", sink.base_url, server.KEY, 1000)
        house.run()
        _copy_runs(house, many)
        _write_lines(house, many, lines)
        what = f"history of {many:,} runs, {lines:,} log lines"
        figures = [
            Figure(f"{what}: query of a page", spread(_timed(
                lambda: runs.history(house.desk, limit=PAGE), repeats), "ms", 1)),
            Figure(f"{what}: query of the oldest page", spread(_timed(
                lambda: runs.history(house.desk, limit=PAGE, before=PAGE + 1), repeats), "ms", 1)),
        ]  # fmt: skip
        return [*figures, *_screens(house, what, many, repeats)]


def _screens(house: House, what: str, many: int, repeats: int) -> list[Figure]:
    shown: list[Answer] = []
    paged: list[Answer] = []
    opened: list[Answer] = []
    again: list[Answer] = []
    for _ in range(repeats):
        with segport(house.workspace.root) as terminal:
            terminal.until("everyone")
            terminal.quiet(3)
            shown.append(terminal.answer("4", str(many)))
            terminal.quiet(0.7)
            paged.append(terminal.answer("m", str(many - PAGE)))
            terminal.quiet(0.7)
            opened.append(terminal.answer("\r", f"Run {many - PAGE}"))
            terminal.quiet(0.7)
            terminal.press("\x1b")
            terminal.quiet(0.7)
            terminal.press("1")
            terminal.quiet(0.7)
            again.append(terminal.answer("4", str(many - PAGE)))
    return [
        _figure(f"{what}: key to its screen, the first time", shown),
        _figure(f"{what}: the same again", again),
        _figure(f"{what}: key to a further page", paged),
        _figure(f"{what}: key to one run with its log", opened),
    ]


def _figure(what: str, answers: list[Answer]) -> Figure:
    own = [answer.own for answer in answers]
    return Figure(
        what, told(answers), f"at most {MOST:g} ms", statistics.median(own) <= MOST,
    )  # fmt: skip


def _timed(work: Callable[[], object], repeats: int) -> list[float]:
    taken = []
    for _ in range(repeats):
        began = time.perf_counter()
        work()
        taken.append((time.perf_counter() - began) * 1000)
    return taken


def _copy_runs(house: House, many: int) -> None:
    with sqlite3.connect(house.workspace.journal_path) as db:
        names = [row[1] for row in db.execute("pragma table_info(run)")]
        others = [name for name in names if name not in {"id", "asked_at"}]
        # One every five minutes, as a journal of a year has them.
        db.execute(
            f"""insert into run (asked_at, {", ".join(others)}) with recursive n(i) as
                (select 2 union all select i + 1 from n where i < ?)
                select strftime('%Y-%m-%dT%H:%M:%f+00:00', run.asked_at, (i * 5) || ' minutes'),
                    {", ".join(others)} from n, run where run.id = 1""",
            (many,),
        )


def _write_lines(house: House, many: int, lines: int) -> None:
    db = open_log(house.workspace.log_path)
    db.execute("begin")
    db.execute(
        """insert into line (run_id, at, level, text) with recursive n(i) as
            (select 0 union all select i + 1 from n where i + 1 < ?)
            select 1 + i * ? / ?, '2026-01-01T00:00:00.000+00:00', 'info',
                'Request ' || i || ': too fast for Autopilot; waiting.' from n""",
        (lines, many, lines),
    )
    db.execute("commit")
    db.close()


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.history")
    parser.add_argument("--runs", type=int, default=100_000)
    parser.add_argument("--lines", type=int, default=10_000_000)
    parser.add_argument("--repeats", type=int, default=9)
    given = parser.parse_args()
    show(measure(given.runs, given.lines, given.repeats))


if __name__ == "__main__":
    main()
