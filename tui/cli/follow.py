"""Follow a run in a terminal: its log as plain lines, a progress bar, and its end."""

from __future__ import annotations

import signal
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from store.errors import SegportError
from store.journal.runs import Run, State
from tui.cli.printing import say
from tui.text import safe
from tui.words.figures import clock, number, share
from tui.words.time_left import answered_for, left_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

    from store.journal.log import Line
    from workers.actions.desk import Desk
    from workers.actions.progress import Look

EXIT_CODES = {
    State.SUCCESSFUL: 0,
    State.WITH_REJECTS: 3,
    State.NEEDS_APPROVAL: 4,
    State.FAILED: 1,
    State.INTERRUPTED: 1,
    State.SKIPPED: 4,
    State.CANCELED: 130,
}


def exit_code(run: Run) -> int:
    """What a command ends with that waited for a run: as a plan would, where it came no further."""
    if run.state is State.FAILED and run.failed_with is not None:
        return run.failed_with
    return EXIT_CODES.get(run.state, 1)


_EVERY = 0.05
_LOOK_EVERY = 10
_WHO_EVERY = 20


class Left(Exception):
    """The operator pressed Ctrl-C, and only leaves."""


def follow(desk: Desk, run_id: int, *, cancels: bool, quiet: bool = False, told: int = 0) -> Run:
    """Print the run's log until it has ended or waits for approval.

    Args:
        desk: whose eyes.
        run_id: the run.
        cancels: Ctrl-C asks the run to stop and goes on watching; a second one leaves. Otherwise
            the first one leaves.
        quiet: print nothing, only wait.
        told: begin after this line of the log.

    Raises:
        Left: the operator left; the run goes on.
    """
    from workers.actions import progress, runs

    view = _View(quiet, told)
    look: Look | None = None
    asked = looks = 0
    log = desk.log()
    try:
        with _interrupts() as pressed:
            while True:
                run = runs.load(desk, run_id)
                if view.bar and run.state is State.SENDING and looks % _LOOK_EVERY == 0:
                    look = progress.look(desk, run_id)
                view.show(log.after(run_id, view.last), run, look)
                if not run.active:
                    # Lines written between the look at the log and the look at the run.
                    view.end(log.after(run_id, view.last))
                    return run
                if pressed() > asked:
                    asked = pressed()
                    if not cancels or asked > 1:
                        raise Left
                    view.clear()
                    _cancel(desk, run_id)
                time.sleep(_EVERY)
                looks += 1
                if looks % _WHO_EVERY == 0:
                    # Whoever is taken out meanwhile sees no more.
                    desk = desk.again()
    finally:
        view.clear()
        log.close()


def _cancel(desk: Desk, run_id: int) -> None:
    from workers.actions import runs

    say("Canceling after the requests in flight. Ctrl-C again leaves the run to end by itself.",
        err=True)  # fmt: skip
    try:
        runs.cancel(desk.again(), run_id)
    except SegportError as error:
        say(error, err=True)


@contextmanager
def _interrupts() -> Iterator[Callable[[], int]]:
    """Count presses of Ctrl-C instead of dying of them."""
    count = 0

    def note(_signal: int, _frame: FrameType | None) -> None:
        nonlocal count
        count += 1

    before = signal.signal(signal.SIGINT, note)
    try:
        yield lambda: count
    finally:
        signal.signal(signal.SIGINT, before)


class _View:
    """Lines of the log on standard output; a bar below them where there is a terminal."""

    def __init__(self, quiet: bool, told: int) -> None:
        self.last = told
        self._quiet = quiet
        self.bar = not quiet and sys.stdout.isatty() and sys.stderr.isatty()
        self._drawn = ""

    def show(self, lines: list[Line], run: Run, look: Look | None) -> None:
        if lines:
            self.clear()
            self._lines(lines)
        if self.bar and run.active:
            self._draw(_progress(run, look))

    def end(self, lines: list[Line]) -> None:
        self.clear()
        self._lines(lines)

    def clear(self) -> None:
        if self._drawn:
            click.echo("\r\x1b[K", nl=False, err=True)
            self._drawn = ""

    def _lines(self, lines: list[Line]) -> None:
        for line in lines:
            self.last = line.id
            if not self._quiet:
                level = "" if line.level == "info" else f"{line.level}: "
                click.echo(f"{clock(line.at)}  {level}{safe(line.text)}")
        sys.stdout.flush()

    def _draw(self, text: str) -> None:
        if text != self._drawn:
            click.echo(f"\r{text}\x1b[K", nl=False, err=True)
            self._drawn = text


def _progress(run: Run, look: Look | None) -> str:
    """One line that fits 80 columns."""
    if run.state is not State.SENDING or not run.to_send:
        return f"{run.state} …"
    done, lists_to_come = answered_for(run, look)
    told = f"{done * 100 // run.to_send} %  {number(done)} of {number(run.to_send)}"
    lists = ", lists to come" if lists_to_come else ""
    return f"{share(done, run.to_send, 20)} {told}{lists}, {left_words(run, look)}"
