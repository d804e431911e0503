"""A source of rows: a file, or a folder of part files, below the data folder; and its kind."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal

from store.errors import SegmentError

Format = Literal["parquet", "csv", "jsonl", "sql"]
Kind = Literal["parquet", "csv", "jsonl", "sql", "folder"]

SUFFIXES: Final[dict[str, Format]] = {
    ".parquet": "parquet",
    ".csv": "csv",
    ".tsv": "csv",
    ".csv.gz": "csv",
    ".tsv.gz": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".jsonl.gz": "jsonl",
    ".ndjson.gz": "jsonl",
    ".sql": "sql",
}
_LONGEST_FIRST: Final = sorted(SUFFIXES, key=len, reverse=True)

# Files that somebody means as data, in a kind that is not read: worth a word in the catalogue.
_FOREIGN: Final = (".xlsx", ".xls", ".ods", ".txt", ".json", ".json.gz", ".zip", ".avro", ".orc",
                   ".arrow", ".feather", ".duckdb", ".db", ".sqlite")  # fmt: skip

KINDS_READ: Final = "Parquet, CSV, JSON lines (.jsonl) or .sql"


@dataclass(frozen=True, slots=True)
class Source:
    """A segment, the profile table or a list of suppressed addresses.

    Attributes:
        name: the file's stem or the folder's name.
        kind: what the operator sees.
        format: how its files are read.
        path: the file or folder in the data folder.
        base: the data folder; no file outside it is ever read.
        files: the files themselves, in the order in which they are read.
        size: bytes on disk.
        modified: when the newest of its files changed.
        what: the source as the subject of a sentence.
        whole: whether one line that cannot be read refuses it all.
    """

    name: str
    kind: Kind
    format: Format
    path: Path
    base: Path
    files: tuple[Path, ...]
    size: int
    modified: datetime
    what: str
    whole: bool = False


@dataclass(frozen=True, slots=True)
class BrokenSource:
    """Something that lies where a source should, and cannot be used.

    Attributes:
        reason: one sentence.
        hint: what to do about it.
    """

    name: str
    path: Path
    reason: str
    hint: str


def split_name(path: Path) -> tuple[str, Format | None]:
    """The stem of a file and its format; None for a file that is no source."""
    lowered = path.name.lower()
    for suffix in _LONGEST_FIRST:
        if lowered.endswith(suffix) and len(lowered) > len(suffix):
            return path.name[: -len(suffix)], SUFFIXES[suffix]
    for suffix in _FOREIGN:
        if lowered.endswith(suffix):
            return path.name[: -len(suffix)], None
    return path.stem, None


def is_foreign(path: Path) -> bool:
    """Whether a file looks like data of a kind that is not read."""
    return path.name.lower().endswith(_FOREIGN)


def is_hidden(path: Path) -> bool:
    """Whether the name says that it is not meant as data: `.DS_Store`, `_SUCCESS`."""
    return path.name.startswith((".", "_"))


def of_path(path: Path, base: Path, name: str, what: str) -> Source | BrokenSource:
    """Describe the source at `path` without reading any of its data."""
    try:
        _refuse_unreadable_name(path)
        if path.is_dir():
            return _of_folder(path, base, name, what)
        form = split_name(path)[1]
        if form is None:
            return BrokenSource(
                name, path, f"{path.name} is of no kind that can be read.", f"Use {KINDS_READ}."
            )
        return _of_files(path, base, name=name, what=what, kind=form, form=form, files=[path])
    except SegmentError as error:
        return BrokenSource(name, path, error.message, error.hint)
    except OSError as error:
        reason = f"{what} cannot be looked at ({error.strerror})."
        return BrokenSource(name, path, reason, "Change the mode or owner.")


def _refuse_unreadable_name(path: Path) -> None:
    try:
        path.name.encode()
    except UnicodeEncodeError:
        told = path.name.encode(errors="replace").decode()
        raise SegmentError(f"The name of the file {told} is not UTF-8.", "Rename it.") from None


def _of_folder(path: Path, base: Path, name: str, what: str) -> Source | BrokenSource:
    inside(path, base, what)
    for part in path.iterdir():
        _refuse_unreadable_name(part)
    parts = sorted((part for part in path.iterdir() if not is_hidden(part)), key=lambda p: p.name)
    folders = [part.name for part in parts if part.is_dir()]
    formats = {split_name(part)[1] for part in parts}
    if not parts:
        return BrokenSource(name, path, f"The folder {name} holds no part files.", "Remove it.")
    if folders:
        return BrokenSource(
            name,
            path,
            f"The folder {name} holds another folder.",
            "Put the part files side by side.",
        )
    form = formats.pop()
    if formats or form is None or form == "sql":
        return BrokenSource(
            name,
            path,
            f"The folder {name} mixes files of several kinds, or holds some that cannot be read.",
            "Keep part files of one kind in it: Parquet, CSV or JSON lines.",
        )
    return _of_files(path, base, name=name, what=what, kind="folder", form=form, files=parts)


def _of_files(
    path: Path, base: Path, *, name: str, what: str, kind: Kind, form: Format, files: list[Path]
) -> Source:
    described = [(inside(file, base, what), file.stat()) for file in files]
    return Source(
        name=name,
        kind=kind,
        format=form,
        path=path,
        base=base,
        files=tuple(real for real, _ in described),
        size=sum(status.st_size for _, status in described),
        modified=datetime.fromtimestamp(max(s.st_mtime for _, s in described), UTC),
        what=what,
    )


def inside(path: Path, base: Path, what: str) -> Path:
    """The real path behind `path`, which must lie in the data folder.

    Raises:
        SegmentError: it leads elsewhere, or nowhere.
    """
    try:
        real = path.resolve(strict=True)
    except (OSError, RuntimeError) as error:
        raise SegmentError(
            f"{what} is not there: {path.name} is missing, or a link that leads nowhere."
        ) from error
    if not real.is_relative_to(base.resolve()):
        raise SegmentError(
            f"{what} is a link that leads out of the data folder.",
            "Put the file itself there; nothing outside the data folder is read.",
        )
    return real


def check(source: Source) -> None:
    """See that the source's files are there, are plain files, and may be read.

    Raises:
        SegmentError: one of them is not; said in our words before DuckDB meets it.
    """
    for file in source.files:
        name = f"{source.what}" if len(source.files) == 1 else f"{source.what}, file {file.name},"
        inside(file, source.base, name)
        # A pipe or a device would make the reader wait for ever.
        if not stat.S_ISREG(file.stat().st_mode):
            raise SegmentError(f"{name} is not a plain file.", "Put a file there.")
        if not os.access(file, os.R_OK):
            raise SegmentError(
                f"{name} may not be read by this account.", "Change the file's mode or owner."
            )
