"""Small files that only this account may read: written whole or not at all, refused when open.

A file of keys that others could have read or swapped is worse than none, so whatever is not
exactly private is an error that says which command puts it right.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
from pathlib import Path
from typing import Final

from store.errors import KeyProblem, StorageError

_LARGEST: Final = 64 * 1024


def read(path: Path) -> bytes | None:
    """The content of a private file; None if there is no such file.

    Raises:
        KeyProblem: it is a link, belongs to somebody else, or others may read it.
    """
    try:
        # O_NONBLOCK: opening a pipe that nobody writes to must not wait for ever.
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
        file = os.open(path, flags)
    except FileNotFoundError:
        return None
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise KeyProblem(
                f"{path} is a link, not a file.", "Put the file itself there."
            ) from error
        raise KeyProblem(
            f"{path} cannot be read ({error.strerror}).", "Look at its owner and permissions."
        ) from error
    try:
        status = os.fstat(file)
        if not stat.S_ISREG(status.st_mode):
            raise KeyProblem(f"{path} is no regular file.", "Put a regular file there.")
        _check_private(path, status, "600")
        _check_folder(path.parent)
        return os.read(file, _LARGEST)
    finally:
        os.close(file)


def put(fresh: Path, path: Path) -> None:
    """Put a finished file, however large, in the place of another; on disk before and after."""
    fresh.chmod(0o600)
    _sync(fresh)
    fresh.replace(path)
    _sync(path.parent)


def write(path: Path, content: bytes) -> None:
    """Write a private file over what was there, whole or not at all."""
    scratch = _write_scratch(path, content)
    try:
        scratch.replace(path)
        _sync(path.parent)
    except OSError as error:
        scratch.unlink(missing_ok=True)
        raise _unwritable(path, error) from error


def write_once(path: Path, content: bytes) -> bool:
    """Write a private file unless there is one; of several processes exactly one writes it."""
    scratch = _write_scratch(path, content)
    try:
        # Unlike a rename, a link never replaces; unlike O_EXCL, it never shows half a file.
        os.link(scratch, path)
        _sync(path.parent)
    except FileExistsError:
        return False
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        scratch.unlink(missing_ok=True)
    return True


def remove(path: Path) -> bool:
    """Remove a file; says whether there was one."""
    try:
        path.unlink()
        _sync(path.parent)
    except FileNotFoundError:
        return False
    except OSError as error:
        raise _unwritable(path, error) from error
    return True


def _write_scratch(path: Path, content: bytes) -> Path:
    scratch = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _check_folder(path.parent)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        with open(os.open(scratch, flags, 0o600), "wb") as file:  # noqa: PTH123 - a descriptor
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        scratch.unlink(missing_ok=True)
        raise _unwritable(path, error) from error
    return scratch


def _check_folder(folder: Path) -> None:
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode):
        raise KeyProblem(f"{folder} is a link, not a folder.", "Make it a folder, mode 700.")
    _check_private(folder, status, "700")


def _check_private(path: Path, status: os.stat_result, wanted: str) -> None:
    if status.st_uid != os.geteuid():
        raise KeyProblem(
            f"{path} belongs to another account than the one Segport runs as.",
            "Run as that account, or remove it and give the key again as this one.",
        )
    if status.st_mode & 0o077:
        raise KeyProblem(
            f"{path} can be reached by other accounts (mode {stat.S_IMODE(status.st_mode):o}).",
            f"If nobody has read the key, run `chmod {wanted} {path}`; else replace the key too.",
        )


def _sync(place: Path) -> None:
    file = os.open(place, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def _unwritable(path: Path, error: OSError) -> StorageError:
    return StorageError(
        f"{path.name} cannot be written ({error.strerror or error}).",
        "Look at the folder's permissions and the free space; nothing was changed.",
    )
