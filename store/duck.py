"""The locked-down DuckDB connection: it reads the folders it was given, and nothing else."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Final

from store.errors import StorageError
from store.explain import explained, translate
from store.sql import no_pattern, quote_list, quote_text

if TYPE_CHECKING:
    import duckdb

__all__ = ["PARQUET", "Interruption", "deadline", "explained", "session", "translate"]

PARQUET: Final = "format parquet, compression zstd, compression_level 1"
"""Options of a COPY: the lowest level takes two thirds of the time of the usual one, and as much room."""

_SPILL = "spill-"
_PRESSED_EVERY = 0.02


class Interruption:
    """Stops what DuckDB does in another thread, of however many queries that is made.

    Sessions that are opened inside `over()` belong to it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: list[duckdb.DuckDBPyConnection] = []
        self.asked = False

    def ask(self) -> None:
        """Stop; returns at once. Sessions that are opened later are refused."""
        with self._lock:
            begins, self.asked = bool(self._held) and not self.asked, True
        if begins:
            threading.Thread(target=self._press, daemon=True).start()

    @contextmanager
    def over(self) -> Iterator[None]:
        """What is opened inside, in this thread and those it starts, can be stopped."""
        token = _interruption.set(self)
        try:
            yield
        finally:
            _interruption.reset(token)

    @contextmanager
    def holding(self, connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
        """Hold a connection until it is closed."""
        with self._lock:
            if self.asked:
                raise StorageError("The query was stopped before it was done.")
            self._held.append(connection)
        try:
            yield
        finally:
            with self._lock:
                self._held.remove(connection)

    def _press(self) -> None:
        # An interrupt between two queries is forgotten, so it is repeated until all are closed.
        while True:
            with self._lock:
                if not self._held:
                    return
                for connection in self._held:
                    connection.interrupt()
            time.sleep(_PRESSED_EVERY)


_interruption: Final[ContextVar[Interruption | None]] = ContextVar("interruption", default=None)


@contextmanager
def session(
    *,
    readable: Sequence[Path],
    files: Sequence[Path] = (),
    scratch: Path,
    memory_limit: str = "512MB",
    threads: int | None = None,
    spill_limit: str = "32GB",
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a connection in memory that can reach `readable` folders and `files` only.

    DuckDB may also write inside these folders, which is how a plan is frozen; that is why
    operators' SQL passes the gate in `store.segments.queries` first.

    Args:
        readable: folders that may be read and written, with everything below them.
        files: single files beside them.
        scratch: where a private spill folder is made, and removed afterwards.
        memory_limit: what DuckDB may hold before it spills.
        threads: how many threads it may use; all cores by default.
        spill_limit: how much it may spill.
    """
    import duckdb

    interruption = _interruption.get()
    if threads is None and interruption is not None:
        # Somebody types meanwhile.
        threads = max(1, (os.cpu_count() or 2) - 1)
    with _spill_folder(scratch) as spill:
        connection = duckdb.connect(":memory:")
        try:
            # The order matters: the lists cannot be set before the database is started, nor after
            # external access is off; and nothing can be set once the configuration is locked.
            for statement in (
                *_reach(readable, files),
                *_means(spill, memory_limit, threads, spill_limit),
                "SET enable_external_access = false",
                "SET lock_configuration = true",
            ):
                connection.execute(statement)
            with interruption.holding(connection) if interruption else nullcontext():
                yield connection
        finally:
            connection.close()


def _reach(readable: Sequence[Path], files: Sequence[Path]) -> Iterator[str]:
    """What the connection can get at."""
    yield f"SET allowed_directories = {_reached(readable)}"
    yield f"SET allowed_paths = {_reached(files)}"
    yield "SET autoinstall_known_extensions = false"
    yield "SET autoload_known_extensions = false"
    yield "SET allow_community_extensions = false"
    yield "SET allow_persistent_secrets = false"
    # Otherwise a table name in SQL may resolve to a Python variable of this program.
    yield "SET python_enable_replacements = false"


def _reached(paths: Sequence[Path]) -> str:
    """A name with a `[` is asked for as a pattern that means just it, which has to pass as well."""
    found = [path.resolve() for path in paths]
    return quote_list(dict.fromkeys([*map(str, found), *map(no_pattern, found)]))


def _means(spill: Path, memory_limit: str, threads: int | None, spill_limit: str) -> Iterator[str]:
    """What the connection has to work with."""
    yield f"SET memory_limit = {quote_text(memory_limit)}"
    if threads is not None:
        yield f"SET threads = {int(threads)}"
    yield f"SET temp_directory = {quote_text(str(spill))}"
    yield f"SET max_temp_directory_size = {quote_text(spill_limit)}"
    # A point in time reads the same on every machine, and nothing is drawn over the screen.
    yield "SET TimeZone = 'UTC'"
    yield "SET enable_progress_bar = false"


@contextmanager
def _spill_folder(scratch: Path) -> Iterator[Path]:
    """A private folder below `scratch`, held by a lock so that what a killed process left is known.

    Spilled rows are customer data in clear text.
    """
    try:
        scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
        sweep(scratch)
        folder, held = _make_held(scratch)
    except OSError as error:
        raise StorageError(
            f"No working folder can be made in {scratch} ({error.strerror}).",
            "Make it writable for this account, and see that the disk is not full.",
        ) from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(held)


def _make_held(scratch: Path) -> tuple[Path, int]:
    while True:
        folder = Path(tempfile.mkdtemp(prefix=_SPILL, dir=scratch)).resolve()
        # Between making and locking it, another process's sweep may have taken it away.
        with suppress(FileNotFoundError):
            held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            fcntl.flock(held, fcntl.LOCK_SH)
            if folder.exists():
                return folder, held
            os.close(held)


def sweep(scratch: Path) -> None:
    """Remove the spill folders whose process is gone: nobody holds their lock any more."""
    for folder in scratch.glob(f"{_SPILL}*"):
        with suppress(OSError):
            held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(held)


@contextmanager
def deadline(connection: duckdb.DuckDBPyConnection, seconds: float) -> Iterator[None]:
    """Interrupt what `connection` does after so many seconds; DuckDB has no time limit of its own.

    It acts on this very connection: a cursor of it needs a deadline of its own.
    """
    timer = threading.Timer(seconds, connection.interrupt)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
