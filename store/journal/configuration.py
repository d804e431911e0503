"""The configuration as it was last seen: what changed in it without Segport is noticed.

Before Segport writes a file, it says so here; so a file that holds neither what was seen last nor
what Segport was about to write was changed by somebody else. Nobody can say who that was: what is
written down is the file's owner and the time of the change, as the file system has them.
"""

from __future__ import annotations

import pwd
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from store import differences
from store.journal import audit
from store.journal.schema import Journal
from store.workspace import SETTINGS_FILE, STATE_FOLDER, journal_of

_FOLDERS: Final = ("connections", "exports")
UNKNOWN: Final = "unknown"
OUTSIDE: Final = "outside"
_UNREADABLE: Final = "it cannot be read"


def notice(root: Path) -> None:
    """Look at every configuration file of a workspace; cheap while none has changed."""
    marks = {str(path.relative_to(root)): _mark(path) for path in _files(root)}
    with Journal(journal_of(root)) as journal:
        rows = journal.rows("select path, mark, is_coming from configuration")
        known = {row["path"]: row["mark"] for row in rows}
        if marks == known and not any(row["is_coming"] for row in rows):
            return
        with journal.writing() as db:
            _look(db, root, sorted(marks.keys() | known.keys()))


@contextmanager
def writing(path: Path, text: str | None) -> Iterator[None]:
    """Inside, Segport writes this text to a file, or removes it (None); it is told before and after.

    Use it while nobody else writes there. Files outside a workspace are nobody's business here.
    """
    root = path.parent if path.name == SETTINGS_FILE else path.parent.parent
    if not (root / STATE_FOLDER).is_dir() or not (root / SETTINGS_FILE).is_file():
        yield
        return
    announce(root, path, text)
    yield
    with Journal(journal_of(root)) as journal, journal.writing() as db:
        _keep(db, root, str(path.relative_to(root)), text)


def announce(root: Path, path: Path, text: str | None) -> None:
    """Say that this is about to be written, in case that nobody lives to say that it was."""
    name = str(path.relative_to(root))
    with Journal(journal_of(root)) as journal, journal.writing() as db:
        _look(db, root, [name])
        db.execute(
            """insert into configuration (path, coming, is_coming) values (?, ?, 1)
               on conflict (path) do update set coming = excluded.coming, is_coming = 1""",
            (name, text),
        )


def _look(db: sqlite3.Connection, root: Path, names: list[str]) -> None:
    if db.execute("select 1 from configuration limit 1").fetchone() is None:
        # The first look of all: what is there is taken as it stands.
        for path in _files(root):
            _keep(db, root, str(path.relative_to(root)), _text(path))
        return
    for name in names:
        row = db.execute("select * from configuration where path = ?", (name,)).fetchone()
        seen = row["text"] if row is not None else None
        found = _text(root / name)
        if row is not None and row["is_coming"]:
            if found == row["coming"]:
                _keep(db, root, name, found)
                continue
            if found == seen:
                # Not written yet, or never: whoever was about to write it may have died.
                continue
        if found != seen:
            _tell(db, root / name, name, seen, found)
        if row is None or not row["is_coming"]:
            _keep(db, root, name, found)
        else:
            db.execute("update configuration set text = ? where path = ?", (found, name))


def _tell(
    db: sqlite3.Connection, path: Path, name: str, before: str | None, after: str | None
) -> None:
    if after is None:
        action, detail = "removed", ""
    else:
        action = "added" if before is None else "changed"
        detail = _UNREADABLE if not after else differences.of_texts(before, after)
    audit.record(
        db,
        operator=UNKNOWN,
        via=OUTSIDE,
        action=f"{action} {OUTSIDE} Segport",
        subject=name,
        detail="; ".join(part for part in (detail, _whose(path)) if part),
        result="noticed",
    )


def _keep(db: sqlite3.Connection, root: Path, name: str, text: str | None) -> None:
    if text is None:
        db.execute("delete from configuration where path = ?", (name,))
        return
    # What is there by now may be somebody else's: then it is looked at again.
    mark = _mark(root / name)
    if _text(root / name) != text:
        mark = ""
    db.execute(
        """insert into configuration (path, text, mark) values (?, ?, ?)
           on conflict (path) do update set
               text = excluded.text, mark = excluded.mark, coming = null, is_coming = 0""",
        (name, text, mark),
    )


def _files(root: Path) -> list[Path]:
    found = [
        path
        for folder in _FOLDERS
        for path in (root / folder).glob("*.toml")
        if not path.name.startswith(".")
    ]
    return [root / SETTINGS_FILE, *found] if (root / SETTINGS_FILE).exists() else found


def _text(path: Path) -> str | None:
    """A file's text; empty when it cannot be read as one, None when it is not there."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError):
        return ""


def _mark(path: Path) -> str:
    """Changes whenever the file does: this time is the kernel's, nobody sets it back."""
    try:
        status = path.stat()
    except OSError:
        return ""
    return f"{status.st_ctime_ns}:{status.st_ino}:{status.st_size}"


def _whose(path: Path) -> str:
    try:
        status = path.stat()
    except OSError:
        return ""
    try:
        owner = pwd.getpwuid(status.st_uid).pw_name
    except KeyError:
        owner = str(status.st_uid)
    return f"file of {owner}, changed {datetime.fromtimestamp(status.st_mtime, UTC):%Y-%m-%d %H:%M:%S} UTC"
