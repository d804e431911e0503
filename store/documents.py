"""Typed TOML: read with errors that name file, line and field; written whole or not at all.

New files are written by tomli-w. Edits of existing ones go through tomlkit, so that an operator's
comments stay, and are refused when the file is no longer the one that was read.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import re
import stat
import tomllib
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Generic, TypeVar

import msgspec

from store import wrong_field
from store.errors import ConfigurationError, NotFound, StorageError, UsageError

T = TypeVar("T")


class ChangedOnDisk(UsageError):
    """Somebody edited the file since it was read.

    Attributes:
        theirs: the text that is on disk now.
        ours: the text that was going to be written.
        digest: of theirs; whoever has seen it may write over it.
    """

    def __init__(self, path: Path, theirs: str, ours: str) -> None:
        super().__init__(
            f"{path.name} was changed by somebody else meanwhile, so nothing was written.",
            "Open it again and repeat the change.",
        )
        self.theirs = theirs
        self.ours = ours
        self.digest = _digest(theirs)


@dataclass(frozen=True, slots=True)
class Document(Generic[T]):
    """A file's typed content, and which text it was read from."""

    path: Path
    value: T
    digest: str


@dataclass(frozen=True, slots=True)
class Broken:
    """A file that is there and cannot be used; shown as broken, with the reason."""

    slug: str
    path: Path
    reason: str


def read(path: Path, shape: type[T]) -> Document[T]:
    """Read a TOML file as `shape`.

    Raises:
        NotFound: there is no such file.
        ConfigurationError: it is not TOML, or not of that shape; names file, line and field.
    """
    text = _text(path)
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        # The line first, as with a wrong field: a narrow screen cuts the end.
        told = re.fullmatch(r"(.*) \(at (?:line (\d+), column \d+|end of document)\)", str(error))
        line = int((told and told[2]) or max(1, len(text.splitlines())))
        raise ConfigurationError(
            f"{_shown(path)}, line {line}: this is not valid TOML: "
            f"{_lower_first(told[1] if told else str(error))}.",
            "Correct the file; everything else goes on working.",
        ) from error
    except RecursionError:
        raise ConfigurationError(
            f"{_shown(path)} is not valid TOML: its brackets go too deep.", "Correct the file."
        ) from None
    try:
        value = msgspec.convert(raw, shape)
    except msgspec.ValidationError as error:
        raise _wrong_field(path, text, raw, shape, error) from error
    return Document(path, value, _digest(text))


def create(path: Path, value: object) -> None:
    """Write a new file; one that exists is left alone and refused."""
    import tomli_w

    text = tomli_w.dumps(_plain(value))
    with _locked(path.parent):
        if path.exists():
            raise UsageError(
                f"{_shown(path)} exists already, so nothing was written.", "Choose another name."
            )
        with _told(path, text):
            _write_whole(path, text)


def update(document: Document[T], value: T) -> Document[T]:
    """Write an edited value over the file it was read from, keeping comments and order.

    Raises:
        ChangedOnDisk: the file is no longer the one that was read.
    """
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    with _locked(document.path.parent):
        theirs = _text(document.path)
        is_ours = _digest(theirs) == document.digest
        try:
            edited = tomlkit.parse(theirs)
        except TOMLKitError:
            if is_ours:
                raise
            # A hand is in the middle of an edit: of what it has broken, nothing can be kept.
            edited = tomlkit.document()
        _merge(edited, _plain(value))
        ours = tomlkit.dumps(edited)
        if not is_ours:
            raise ChangedOnDisk(document.path, theirs, ours)
        with _told(document.path, ours):
            _write_whole(document.path, ours)
    return Document(document.path, value, _digest(ours))


def remove(path: Path) -> None:
    """Remove a file of the workspace."""
    with _locked(path.parent):
        try:
            with _told(path, None):
                path.unlink()
        except FileNotFoundError as error:
            raise NotFound(f"There is no {_shown(path)}.") from error
        except OSError as error:
            raise _cannot_write(path, error) from error


def slug(name: str) -> str:
    """The file name that stands for a display name: letters and digits of any script, dashes."""
    text = re.sub(r"[^\w]+", "-", name.strip().lower(), flags=re.UNICODE).strip("-_")
    # A file name holds 255 bytes, with the endings that a file has while it is written.
    return text[:80].encode()[:200].decode(errors="ignore") or "unnamed"


def is_there(path: Path) -> bool:
    """Whether there is such a file.

    Raises:
        ConfigurationError: its folder may not be looked into.
    """
    try:
        return path.is_file()
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:  # no file can be called so
            return False
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> ConfigurationError:
    return ConfigurationError(
        f"{_shown(path)} cannot be read ({error.strerror}).", "Look at its permissions."
    )


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise NotFound(f"There is no {_shown(path)}.") from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(
            f"{_shown(path)} is not UTF-8 text.", "Save it again as UTF-8."
        ) from error
    except OSError as error:
        raise _unreadable(path, error) from error


def _wrong_field(
    path: Path, text: str, raw: dict[str, Any], shape: type[T], error: msgspec.ValidationError
) -> ConfigurationError:
    wrong = wrong_field.found(text, raw, shape, str(error))
    where = f"{_shown(path)}, line {wrong.line}" if wrong.line else _shown(path)
    field = f", field {wrong.field}" if wrong.field else ""
    return ConfigurationError(
        f"{where}{field}: {_lower_first(wrong.reason)}.",
        "Correct the file; everything else goes on working.",
    )


def _plain(value: object) -> dict[str, Any]:
    plain: dict[str, Any] = _without_none(msgspec.to_builtins(value, builtin_types=(datetime,)))
    return plain


def _without_none(value: Any) -> Any:  # noqa: ANN401 - TOML has no null at any depth
    if isinstance(value, dict):
        return {key: _without_none(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_without_none(item) for item in value]
    return value


def _merge(target: Any, wanted: dict[str, Any]) -> None:  # noqa: ANN401 - tomlkit's containers
    for key in [key for key in target if key not in wanted]:
        del target[key]
    for key, value in wanted.items():
        if key in target and isinstance(value, dict) and isinstance(target[key], dict):
            _merge(target[key], value)
        elif key not in target and value == {}:
            continue  # what is not there says the same
        elif key not in target or target[key] != value:
            target[key] = value


def _told(path: Path, text: str | None) -> AbstractContextManager[None]:
    """What Segport writes is told from what somebody edits by hand."""
    from store.journal import configuration

    return configuration.writing(path, text)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """One writer at a time in a folder of documents."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise _cannot_write(folder, error) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _write_whole(path: Path, text: str) -> None:
    # A link, as into a folder of dotfiles, goes on pointing to the file that is written.
    place = path.resolve()
    scratch = place.with_name(f".{place.name}.{os.getpid()}.tmp")
    try:
        # Who may write a file decides who may do what: a loose umask gives that to nobody.
        descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
        with open(descriptor, "w", encoding="utf-8") as file:  # noqa: PTH123 - of a descriptor
            _as_open_as(place, descriptor)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        scratch.replace(place)
        folder = os.open(place.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        scratch.unlink(missing_ok=True)
        raise _cannot_write(path, error) from error


def _as_open_as(before: Path, descriptor: int) -> None:
    """An edited file stays as private, or as shared, as it was; root leaves it its owner."""
    try:
        found = before.stat()
    except FileNotFoundError:
        return
    # Only root may give a file away; its group also who is in it.
    for owner in (found.st_uid, -1):
        with suppress(PermissionError):
            os.fchown(descriptor, owner, found.st_gid)
            break
    os.fchmod(descriptor, stat.S_IMODE(found.st_mode))


def _cannot_write(path: Path, error: OSError) -> StorageError:
    return StorageError(
        f"{_shown(path)} cannot be written ({error.strerror or error}).",
        "Look at the folder's permissions and the free space; nothing was changed.",
    )


def _shown(path: Path) -> str:
    return f"{path.parent.name}/{path.name}" if path.suffix == ".toml" else str(path)


def _lower_first(text: str) -> str:
    text = text.rstrip(".")
    return text[:1].lower() + text[1:]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
