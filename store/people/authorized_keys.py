"""The lines that let operators in through the gate: in the account's authorized_keys, written whole.

Lines of others are kept as they are. A key that is there already is refused: sshd takes the first
line that fits, and one without the gate would be a way round it.
"""

from __future__ import annotations

import errno
import fcntl
import os
import pwd
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from store import private_files
from store.errors import KeyProblem, StorageError, UsageError
from store.people.public_key import PublicKey

COMMAND: Final = "serve-operator"
_OPTIONS: Final = "restrict,pty"

# Where the gate that this process came through has its lines, if not at the usual place.
_elsewhere: list[Path] = []


@dataclass(frozen=True, slots=True)
class GateLine:
    """Whom a line lets into which workspace, and with which key."""

    operator: str
    workspace: str
    fingerprint: str


def usual() -> Path:
    """Where sshd looks by default, for the account of this process."""
    return Path(pwd.getpwuid(os.geteuid()).pw_dir) / ".ssh" / "authorized_keys"


def place() -> Path:
    """The file that this process works on."""
    return _elsewhere[0] if _elsewhere else usual()


def settle(path: Path) -> None:
    """Work on another file than the usual one from now on."""
    _elsewhere[:] = [path.absolute()]


def lines(path: Path) -> list[GateLine]:
    """The lines of the gate in a file, for any workspace."""
    return [found for text in _read(path) if (found := _gate_line(text)) is not None]


def others(path: Path) -> int:
    """How many lines open the account without the gate."""
    keys = [text for text in _read(path) if text.strip() and not text.startswith("#")]
    return sum(_gate_line(text) is None for text in keys)


def check_new(path: Path, key: PublicKey) -> None:
    """Refuse a key that the file has already, whatever it opens there."""
    for number, text in enumerate(_read(path), 1):
        if key.text in text.split():
            found = _gate_line(text)
            whose = f"for {found.operator}" if found is not None else "without the gate"
            raise UsageError(
                f"This key is in {path} already, line {number}, {whose}.",
                "One key opens one way: take another, or take that line out first.",
            )


def add(path: Path, operator: str, workspace: Path, key: PublicKey) -> None:
    """Let an operator in with this key.

    Raises:
        StorageError: the file cannot be written; says which line to put there by hand.
    """
    line = line_for(operator, workspace, key)
    with _locked(path, line):
        check_new(path, key)
        _write(path, [*_read(path), line], line)


def remove(path: Path, operator: str, workspace: Path) -> int:
    """Take out every line that lets an operator into a workspace; returns how many."""
    if not path.exists():
        return 0
    with _locked(path):
        kept, gone = [], 0
        for text in _read(path):
            found = _gate_line(text)
            if found and (found.operator, found.workspace) == (operator, str(workspace)):
                gone += 1
            else:
                kept.append(text)
        if gone:
            _write(path, kept)
    return gone


def line_for(operator: str, workspace: Path, key: PublicKey) -> str:
    """The whole line: a forced command, nothing but a terminal beside it, and the key."""
    elsewhere = ["--authorized-keys", str(_elsewhere[0])] if _elsewhere else []
    command = [
        sys.executable, "-I", "-m", "tui.cli", "--workspace", str(workspace),
        COMMAND, operator, "--key", key.fingerprint, *elsewhere,
    ]  # fmt: skip
    # In place of the shell: one that stays would end by the signal of Ctrl-C, and ssh say 255.
    text = f"exec {shlex.join(command)}"
    if not text.isprintable():
        raise UsageError(f"{workspace} cannot stand in a line of authorized_keys.", "Move it.")
    quoted = text.replace('"', '\\"')
    return f'command="{quoted}",{_OPTIONS} {key.kind} {key.text} segport:{operator}'


def _gate_line(text: str) -> GateLine | None:
    if not text.startswith('command="'):
        return None
    inside, end = [], len('command="')
    while end < len(text) and text[end] != '"':
        end += text.startswith('\\"', end)
        inside.append(text[end : end + 1])
        end += 1
    try:
        words = shlex.split("".join(inside))
        at = words.index(COMMAND)
        workspace = words[words.index("--workspace") + 1]
        key = words[words.index("--key") + 1]
        options = text[end + 1 :].split(" ", maxsplit=1)[0].strip(",").split(",")
        whole = options == _OPTIONS.split(",")
        return GateLine(words[at + 1], workspace, key) if whole else None
    except (ValueError, IndexError):
        return None


def _read(path: Path) -> list[str]:
    try:
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        return []
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise StorageError(f"{path} is a link, not a file.", "Put the file there.") from error
        raise StorageError(f"{path} cannot be read ({error.strerror}).") from error
    with os.fdopen(file, encoding="utf-8", errors="surrogateescape") as opened:
        return opened.read().split("\n")


def _write(path: Path, texts: list[str], line: str = "") -> None:
    content = "\n".join([*(text for text in texts if text.strip()), ""])
    try:
        private_files.write(path, content.encode("utf-8", "surrogateescape"))
    except (StorageError, KeyProblem) as error:
        raise _unwritable(path, line) from error


@contextmanager
def _locked(path: Path, line: str = "") -> Iterator[None]:
    try:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise _unwritable(path, line) from error
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _unwritable(path: Path, line: str) -> StorageError:
    by_hand = f" Or put this line there, as root: {line}" if line else ""
    return StorageError(
        f"{path} cannot be written by this account, or others can reach its folder.",
        f"Make the folder this account's own, mode 700.{by_hand}",
    )
