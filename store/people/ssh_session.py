"""From which SSH connection this process was started, in words for the audit.

Outside the gate the environment is the operator's own, so what it says is what they say. Nothing of
it is written down that does not look as it should.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

_CONNECTION = re.compile(r"([0-9A-Fa-f:.]{2,45})(?:%[\w.-]{1,16})? (\d{1,5}) \S{2,64} \d{1,5}")
_ACCOUNT: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@+-]{0,63}")
_LARGEST: Final = 64 * 1024


def words(environ: Mapping[str, str] = os.environ, key: str = "") -> str:
    """As in "ssh 192.0.2.7:50022, key SHA256:...", or "sudo from bob"; empty without either.

    Args:
        environ: where SSH_CONNECTION, SSH_USER_AUTH and SUDO_USER are looked up.
        key: the fingerprint of the key, where it is known better.
    """
    return ", ".join(part for part in (_ssh(environ, key), _sudo(environ)) if part)


def _sudo(environ: Mapping[str, str]) -> str:
    """Whose shell it was, where several work as one account."""
    before = environ.get("SUDO_USER", "")
    return f"sudo from {before}" if _ACCOUNT.fullmatch(before) else ""


def _ssh(environ: Mapping[str, str], key: str) -> str:
    told = environ.get("SSH_CONNECTION")
    if not told:
        return ""
    found = _CONNECTION.fullmatch(told)
    client = f"[{found[1]}]:{found[2]}" if found and ":" in found[1] else ""
    client = client or (f"{found[1]}:{found[2]}" if found else "from an address that is not one")
    by = f"key {key}" if key else _authenticated(environ.get("SSH_USER_AUTH"))
    return f"ssh {client}, {by}" if by else f"ssh {client}"


def fingerprint(blob: bytes) -> str:
    """A public key's fingerprint as ssh shows it."""
    digest = hashlib.sha256(blob).digest()
    return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")


def _authenticated(named: str | None) -> str:
    """How sshd says that this person proved who they are; it says so only with ExposeAuthInfo."""
    for line in _lines(named):
        method, *rest = line.split(" ")
        if method == "publickey" and len(rest) == 2:
            try:
                return f"key {fingerprint(base64.b64decode(rest[1], validate=True))}"
            except binascii.Error:
                continue
        if method in {"password", "keyboard-interactive", "gssapi-with-mic", "hostbased"}:
            return f"by {method}"
    return ""


def _lines(named: str | None) -> list[str]:
    if not named or not Path(named).is_absolute():
        return []
    try:
        file = os.open(named, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return []
    try:
        return os.read(file, _LARGEST).decode("utf-8", "replace").splitlines()
    except OSError:
        return []
    finally:
        os.close(file)
