"""The writing calls of the Autopilot API v1 as method, path and body: made to be sent, and shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from workers.destinations.address import segment

KEY_HEADER: Final = "autopilotapikey"


class Call(NamedTuple):
    """One request, without its key. `path` is below the API's root."""

    method: str
    path: str
    body: bytes


def bulk(bodies: Sequence[str]) -> Call:
    """Add or update up to 100 contacts, each given as finished JSON text."""
    return Call("POST", "/contacts", b'{"contacts":[' + ",".join(bodies).encode() + b"]}")


def single(body: str) -> Call:
    """Add or update one contact."""
    return Call("POST", "/contact", b'{"contact":' + body.encode() + b"}")


def join(list_id: str, email: str) -> Call:
    """Put a contact that exists on a list."""
    return Call("POST", f"/list/{segment(list_id)}/contact/{segment(email)}", b"")
