"""The catalogue: which segments there are, from names and sizes alone. No data is read here."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from store.errors import ConfigurationError, NotFound, SegmentError
from store.segments.sources import (
    KINDS_READ,
    BrokenSource,
    Source,
    is_foreign,
    is_hidden,
    of_path,
    split_name,
)

if TYPE_CHECKING:
    from store.workspace import Workspace

Segment = Source
BrokenSegment = BrokenSource

PROFILES = "profiles"
SUPPRESSED = "suppressed"


def catalogue(workspace: Workspace) -> list[Segment | BrokenSegment]:
    """Every segment of the workspace by name, the unusable ones with the reason.

    Raises:
        ConfigurationError: there is no data folder.
    """
    return [_one(workspace, paths) for _, paths in sorted(_grouped(workspace).items())]


def names(workspace: Workspace) -> list[str]:
    """The names of all segments, usable or not; no file is looked at."""
    return [_name(paths[0]) for _, paths in sorted(_grouped(workspace).items())]


def find(workspace: Workspace, name: str) -> Segment:
    """The segment of that name.

    Raises:
        NotFound: there is none; close names are listed.
        SegmentError: there is one, and it cannot be used.
    """
    # Of hundreds of files, this one alone is looked at: a plan asks for each of its segments.
    paths = _grouped(workspace).get(folded(name))
    if paths is not None:
        return usable(_one(workspace, paths))
    close = get_close_matches(name, names(workspace), n=3, cutoff=0.5)
    raise NotFound(
        f'There is no segment "{name}" in {workspace.segments_folder}.',
        f"Did you mean {_either(close)}?" if close else "See `segport segment list`.",
    )


def folded(name: str) -> str:
    """Names that differ only in case or Unicode form would be one name in SQL and on some disks."""
    return unicodedata.normalize("NFC", name).casefold()


def usable(segment: Segment | BrokenSegment) -> Segment:
    """The segment itself.

    Raises:
        SegmentError: it is broken, and why.
    """
    if isinstance(segment, BrokenSegment):
        raise SegmentError(segment.reason, segment.hint)
    return segment


def profiles(workspace: Workspace) -> Source | None:
    """The profile table, if the workspace has one.

    Raises:
        SegmentError: there are two of them, or it is of a kind that is not read.
    """
    found = list(_beside(workspace, PROFILES, "The profile table"))
    if len(found) > 1:
        files = " and ".join(sorted(source.path.name for source in found))
        raise SegmentError(f"There are two profile tables: {files}.", "Keep one of them.")
    return found[0] if found else None


def suppressed(workspace: Workspace) -> list[Source]:
    """The lists of suppressed addresses, `data/suppressed.*`.

    Raises:
        SegmentError: one of them cannot be read. It is never passed over: that would send to
            people who asked not to be written to. For the same reason each is read as a whole
            or not at all.
    """
    found = _beside(workspace, SUPPRESSED, "The list of suppressed addresses")
    return [replace(source, whole=True) for source in found]


def _beside(workspace: Workspace, stem: str, what: str) -> Iterator[Source]:
    for path in _entries(workspace.data):
        if path.name.split(".", maxsplit=1)[0].lower() != stem:
            continue
        source = of_path(path, workspace.data, stem, f"{what} {path.name}")
        found = usable(source)
        if found.format == "sql":
            raise SegmentError(f"{what} cannot be a .sql file.", "Use Parquet, CSV or JSON lines.")
        yield found


def _grouped(workspace: Workspace) -> dict[str, list[Path]]:
    if not workspace.data.is_dir():
        raise ConfigurationError(
            f"The data folder {workspace.data} does not exist.",
            "Make it, or set `data` in segport.toml to the folder that holds segments/.",
        )
    groups: dict[str, list[Path]] = {}
    foreign: dict[str, list[Path]] = {}
    for path in _entries(workspace.segments_folder):
        if path.is_dir():
            groups.setdefault(folded(path.name), []).append(path)
            continue
        stem, form = split_name(path)
        if form is not None:
            groups.setdefault(folded(stem), []).append(path)
        elif is_foreign(path):
            foreign.setdefault(folded(stem), []).append(path)
    return foreign | groups


def _one(workspace: Workspace, paths: list[Path]) -> Segment | BrokenSegment:
    first = paths[0]
    name = _name(first)
    if len(paths) > 1:
        files = " and ".join(path.name for path in paths)
        return BrokenSegment(
            name, first, f'Several files claim the name "{name}": {files}.', "Keep or rename one."
        )
    if folded(name) == PROFILES:
        return BrokenSegment(
            name, first, "The name profiles belongs to the profile table.", "Rename the segment."
        )
    return of_path(first, workspace.data, name, f'The segment "{name}"')


def _name(path: Path) -> str:
    return unicodedata.normalize("NFC", path.name if path.is_dir() else split_name(path)[0])


def _entries(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    try:
        return sorted((p for p in folder.iterdir() if not is_hidden(p)), key=lambda p: p.name)
    except OSError as error:
        raise SegmentError(
            f"The folder {folder} cannot be listed ({error.strerror}).",
            f"Segments are {KINDS_READ} files in a folder that this account may read.",
        ) from error


def _either(choices: list[str]) -> str:
    return " or ".join(f'"{choice}"' for choice in choices)
