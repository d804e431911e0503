"""A person's public SSH key, as a file of one line holds it: read strictly, and nothing let through."""

from __future__ import annotations

import base64
import binascii
import struct
from dataclasses import dataclass
from typing import Final

from store.errors import UsageError
from store.people.ssh_session import fingerprint

LARGEST: Final = 16 * 1024

# How many fields a key of each kind has after its name.
_FIELDS: Final = {
    "ssh-ed25519": 1,
    "ssh-rsa": 2,
    "ecdsa-sha2-nistp256": 2,
    "ecdsa-sha2-nistp384": 2,
    "ecdsa-sha2-nistp521": 2,
    "sk-ssh-ed25519@openssh.com": 2,
    "sk-ecdsa-sha2-nistp256@openssh.com": 3,
}
_SMALLEST_RSA: Final = 2048
_HINT: Final = (
    "Give the file that ssh-keygen names with .pub: one line, as in `ssh-ed25519 AAAA...`."
)


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key without the options and the comment that may have stood beside it."""

    kind: str
    text: str
    fingerprint: str


def parse(text: str) -> PublicKey:
    """Read a public key.

    Raises:
        UsageError: it is something else: a private key, several lines, options, a weak or broken key.
    """
    if "PRIVATE KEY" in text:
        raise UsageError("This is a private key: nobody but its owner may have it.", _HINT)
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    if len(lines) != 1:
        raise UsageError("This is not one public key.", _HINT)
    kind, _, rest = lines[0].strip().partition(" ")
    body = rest.split(" ")[0]
    if kind not in _FIELDS:
        raise UsageError(
            "This does not begin with a kind of key that is known here.",
            f"{_HINT} Options before it are not taken.",
        )
    try:
        blob = base64.b64decode(body.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise UsageError("The key is damaged: it is not base64.", _HINT) from error
    _check(kind, blob)
    return PublicKey(kind, base64.b64encode(blob).decode(), fingerprint(blob))


def _check(kind: str, blob: bytes) -> None:
    fields = _fields(blob)
    if not fields or fields[0] != kind.encode() or len(fields) != _FIELDS[kind] + 1:
        raise UsageError(f"The key is damaged: it is no {kind} key.", _HINT)
    if kind == "ssh-ed25519" and len(fields[1]) != 32:
        raise UsageError("The key is damaged: an ssh-ed25519 key has 32 bytes.", _HINT)
    if kind == "ssh-rsa" and int.from_bytes(fields[2], "big").bit_length() < _SMALLEST_RSA:
        raise UsageError(
            f"An RSA key of less than {_SMALLEST_RSA} bits is not safe.",
            "Make another: ssh-keygen -t ed25519",
        )


def _fields(blob: bytes) -> list[bytes]:
    """The length-prefixed strings that a key is made of; empty when they do not fill it exactly."""
    found, at = [], 0
    while at + 4 <= len(blob):
        (length,) = struct.unpack_from(">I", blob, at)
        found.append(blob[at + 4 : at + 4 + length])
        at += 4 + length
    return found if at == len(blob) else []
