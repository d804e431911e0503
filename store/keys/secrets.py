"""API keys: what holds one, where it comes from, and where it is kept.

Looked up in this order; the first hit wins, and its source is shown:

1. `$CREDENTIALS_DIRECTORY/<slug>`, as systemd hands it to a service;
2. the key command of this machine's own configuration, never of the workspace;
3. the keyring of the desktop session, if there is a real one;
4. `.segport/secrets/<slug>.toml`, which only this account can read;
5. `$SEGPORT_KEY_<SLUG>`, for CI; taken out of the environment when read, so that no child has it.

A key belongs to the origin it was given for: one that is kept for another origin is refused. The
first, second and fifth may be the bare key, or the same TOML as in a key file.
"""

from __future__ import annotations

import os
import re
import secrets
import tomllib
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from store import machine, machine_command, private_files
from store.errors import KeyProblem
from store.keys import keyrings
from store.keys.key import Key
from store.machine_command import KEY_VARIABLE

if TYPE_CHECKING:
    from store.workspace import Workspace

_CREDENTIALS: Final = "CREDENTIALS_DIRECTORY"
_FINGERPRINTING: Final = "workspace.secret"
_LENGTH: Final = 32

__all__ = [
    "FoundKey",
    "Key",
    "find_key",
    "remove_key",
    "save_key",
    "where_is_key",
    "workspace_secret",
]

# Keys already taken out of this process's environment, by variable, and the origin they were then
# used for: read once, and needed for every run that this process starts.
_taken: dict[str, tuple[Key, str]] = {}


@dataclass(frozen=True, slots=True)
class FoundKey:
    """A key and where it came from.

    Attributes:
        key: the key.
        source: the place, in words for the screen.
        from_environment: it came from a variable, so a child process cannot find it again.
    """

    key: Key
    source: str
    from_environment: bool = False


@dataclass(frozen=True, slots=True)
class _Search:
    """What is looked for, and where."""

    workspace: Workspace
    slug: str
    origin: str
    environ: MutableMapping[str, str]
    silent: list[str] = field(default_factory=list)
    """Why a place that may hold the key did not say so."""

    @property
    def file(self) -> Path:
        return _key_file(self.workspace, self.slug)

    @property
    def credential(self) -> Path | None:
        folder = self.environ.get(_CREDENTIALS)
        return Path(folder) / self.slug if folder else None

    @property
    def variable(self) -> str:
        return KEY_VARIABLE + re.sub(r"[^A-Z0-9]", "_", self.slug.upper())


def find_key(
    workspace: Workspace,
    slug: str,
    origin: str,
    *,
    environ: MutableMapping[str, str] = os.environ,
) -> FoundKey:
    """The key of a connection.

    Args:
        workspace: whose key files are looked at.
        slug: the connection.
        origin: where the key is going to be sent.
        environ: the environment; a key found in it is taken out of it.

    Raises:
        KeyProblem: there is none, it was given for another origin, or its place is not safe.
    """
    search = _Search(workspace, _checked(slug), origin, environ)
    for look in (_in_credentials, _by_command, _in_keyring, _in_file, _in_environment):
        found = look(search)
        if found is not None:
            return found
    silent = "".join(f"; the {_SOURCE_OF_KEYRING} {why}" for why in search.silent)
    raise KeyProblem(
        f"There is no API key for connection {slug}: no credential, key command, keyring entry,"
        f" key file or ${search.variable} holds one{silent}.",
        f"{'Unlock it, or give' if silent else 'Give'} the key with"
        f" `segport connection edit {slug} --key-file FILE`, or in the app.",
    )


def where_is_key(
    workspace: Workspace,
    slug: str,
    origin: str,
    *,
    environ: MutableMapping[str, str] = os.environ,
) -> str | None:
    """Where `find_key` would take the key from, in words for the screen; None if nowhere.

    Reads no key file and runs no command, so the key may still turn out to be refused.
    """
    search = _Search(workspace, _checked(slug), origin, environ)
    if search.credential is not None and search.credential.exists():
        return _source_of_credential(search.credential)
    command = machine.load().key_commands.get(slug)
    if command:
        return _source_of_command(command)
    if _in_keyring(search):
        return _SOURCE_OF_KEYRING
    if os.path.lexists(search.file):
        return _source_of_file(search.file)
    if environ.get(search.variable) or (environ is os.environ and search.variable in _taken):
        return _source_of_variable(search.variable)
    return None


def save_key(workspace: Workspace, slug: str, origin: str, key: Key) -> str:
    """Keep a key in its file, for this origin only; returns the source, in words for the screen."""
    import tomli_w

    path = _key_file(workspace, _checked(slug))
    text = tomli_w.dumps({"origin": origin, "key": key.reveal()})
    note = "# An API key in plain text. Keep this file to yourself (mode 600) and out of git.\n"
    private_files.write(path, (note + text).encode())
    return _source_of_file(path)


def remove_key(workspace: Workspace, slug: str) -> bool:
    """Remove a key file; says whether there was one. Other sources are not ours to touch."""
    return private_files.remove(_key_file(workspace, _checked(slug)))


def workspace_secret(workspace: Workspace) -> bytes:
    """The workspace's own secret, made at first use: what fingerprints are computed with."""
    path = workspace.secrets_folder / _FINGERPRINTING
    secret = private_files.read(path)
    if secret is None:
        private_files.write_once(path, secrets.token_bytes(_LENGTH))
        secret = private_files.read(path) or b""
    if len(secret) != _LENGTH:
        raise KeyProblem(
            f"{path} is damaged.",
            "Restore it from a backup, or remove it: keys then get new fingerprints.",
        )
    return secret


_SOURCE_OF_KEYRING: Final = "keyring of the desktop session"


def _source_of_credential(path: Path) -> str:
    return f"credential {path}, handed over by the service manager"


def _source_of_command(command: list[str]) -> str:
    return f"key command of this machine ({Path(command[0]).name})"


def _source_of_file(path: Path) -> str:
    shown = "/".join(path.parts[-3:])
    return f"file {shown}, plain text readable by this account only"


def _source_of_variable(variable: str) -> str:
    return f"environment variable {variable}"


def _in_credentials(search: _Search) -> FoundKey | None:
    path = search.credential
    if path is None:
        return None
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise KeyProblem(f"The credential {path} cannot be read ({error.strerror}).") from error
    source = _source_of_credential(path)
    return FoundKey(_bound(content, search, source), source)


def _by_command(search: _Search) -> FoundKey | None:
    command = machine.load().key_commands.get(search.slug)
    if not command:
        return None
    source = _source_of_command(command)
    hint = "Run the command by hand to see why; it is set in this machine's configuration."
    try:
        printed = machine_command.run(command, source, environ=search.environ)
    except machine_command.CommandFailed as error:
        raise KeyProblem(error.message, hint) from None
    return FoundKey(_bound(printed, search, source), source)


def _in_keyring(search: _Search) -> FoundKey | None:
    try:
        text = keyrings.look_up(search.slug, search.origin, search.environ)
    except keyrings.Silent as why:
        search.silent.append(str(why))
        return None
    return FoundKey(Key(text), _SOURCE_OF_KEYRING) if text else None


def _in_file(search: _Search) -> FoundKey | None:
    content = private_files.read(search.file)
    if content is None:
        return None
    source = _source_of_file(search.file)
    return FoundKey(_bound(content, search, f"key file {search.file}", bare=False), source)


def _in_environment(search: _Search) -> FoundKey | None:
    variable, ours = search.variable, search.environ is os.environ
    text = search.environ.pop(variable, None)
    if text:
        key = _bound(text.encode("utf-8", "replace"), search, _source_of_variable(variable))
        if ours:
            _taken[variable] = key, search.origin
        return FoundKey(key, _source_of_variable(variable), from_environment=True)
    if ours and variable in _taken:
        key, origin = _taken[variable]
        if origin != search.origin:
            raise _other_origin(search)
        return FoundKey(key, _source_of_variable(variable), from_environment=True)
    return None


def _bound(content: bytes, search: _Search, where: str, *, bare: bool = True) -> Key:
    """The key in a text: TOML with `origin` and `key`, or a first line that is the bare key."""
    text = content.decode("utf-8", "replace")
    if not text.strip():
        raise KeyProblem(
            f"The {where} holds no key: it is empty.", "Put the key there, or take it away."
        )
    if bare and not re.search(r"^\s*key\s*=", text, re.MULTILINE):
        return Key(text.strip().partition("\n")[0])
    try:
        table: Mapping[str, object] = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        table = {}
    key, origin = table.get("key"), table.get("origin")
    if not isinstance(key, str) or not isinstance(origin, str):
        raise KeyProblem(
            f"The {where} does not hold an `origin` and a `key`.",
            "Give the connection its key again.",
        )
    if origin != search.origin:
        raise _other_origin(search)
    return Key(key)


def _other_origin(search: _Search) -> KeyProblem:
    return KeyProblem(
        f"The API key of connection {search.slug} was given for another address than"
        f" {search.origin}.",
        "Undo the change of the base URL, or give the connection its key again.",
    )


def _key_file(workspace: Workspace, slug: str) -> Path:
    return workspace.secrets_folder / f"{slug}.toml"


def _checked(slug: str) -> str:
    if not slug or "/" in slug or "\0" in slug or slug.startswith("."):
        raise KeyProblem("This is not the name of a connection.")
    return slug
