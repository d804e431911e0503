"""A story that is told as it happens, so that whoever finds it broken can see why, and tell it again."""

from __future__ import annotations

import functools
import subprocess
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.conftest import Bench


class Broken(BaseException):
    """A promise did not hold in a story.

    Not an Exception, which hypothesis would catch, to shrink the story and to tell it once more before
    it reports it: with real processes the second telling may end otherwise, and hide what was found.
    """


class Telling:
    """What has happened in one story so far.

    Args:
        no: the story's number among those of its seed.
    """

    def __init__(self, no: int) -> None:
        self.no = no
        self.broken = False
        self.lines: list[str] = []
        self._began = time.monotonic()

    @contextmanager
    def step(self, line: str, bench: Callable[[], Bench | None], *, aloud: bool) -> Iterator[None]:
        """Tell a step; whatever goes wrong in it breaks the story."""
        line = f"{time.monotonic() - self._began:7.2f} {line}"
        if aloud:
            self.lines.append(line)
        try:
            yield
        except Exception as error:
            self.broken = True
            if not aloud:
                self.lines.append(line)
            told = bench()
            kept = f"\nkept: {keep(told)}\n{evidence(told)}" if told else ""
            story = "\n".join(self.lines)
            raise Broken(f"story {self.no}: {in_short(error)}\n{story}{kept}") from error


def step(deed: Callable[..., None], *, aloud: bool = True) -> Callable[..., None]:
    """A step of a story, told with what was drawn for it; in a story passed over nothing happens."""

    @functools.wraps(deed)
    def told(story: Any, **drawn: object) -> None:
        if story.passed_over:
            return
        words = ", ".join(f"{name}={value!r}" for name, value in drawn.items())
        line = f"{deed.__name__}({words})"
        with story.telling.step(line, lambda: story.bench, aloud=aloud):
            deed(story, **drawn)

    return told


def promise(deed: Callable[..., None]) -> Callable[..., None]:
    """What must hold after every step: told only where it does not."""
    return step(deed, aloud=False)


def in_short(error: BaseException) -> str:
    """What went wrong in a line; of an assertion without words, the line that made it."""
    words = f"{error}".partition("\n")[0]
    if words:
        return words if isinstance(error, AssertionError) else f"{type(error).__name__}: {words}"
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{Path(frame.filename).name}:{frame.lineno}: {frame.line}"


def keep(bench: Bench) -> Path:
    """A copy of the workspace as it was found."""
    place = Path(tempfile.mkdtemp(prefix="broken-story-"))
    # By another process: to close a database's file drops the locks that SQLite has on it here.
    subprocess.run(["cp", "-a", str(bench.workspace.root), str(place)], check=False)
    return place


def evidence(bench: Bench) -> str:
    """What Segport says of every run and what reached the service, for whoever looks into it."""
    from workers.actions import runs

    lines: list[str] = []
    for brief in reversed(runs.history(bench.desk)):
        lines.append(
            f"run {brief.id} {brief.state} attempt {brief.attempt}: {brief.accepted} accepted,"
            f" {brief.rejected} rejected of {brief.to_send}, {brief.repeated} repeated. {brief.cause}"
        )
        lines += [
            f"  {each.no:3} attempt {each.attempt} {each.kind:6} part {each.part}"
            f" {each.first}-{each.last} ({each.contacts}) {each.state} {each.status or ''} {each.words}"
            for each in bench.requests(brief.id)
        ]
        lines += [f"  | {line}" for line in bench.log(brief.id).splitlines()]
    lines += [
        f"{visit.method} {visit.path} {visit.status} {visit.fault or ''}"
        for visit in bench.sandbox.requests()
    ]
    return "\n".join(lines)
