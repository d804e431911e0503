"""Addresses: which origin a key belongs to, and how a path is put together."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import quote, urlsplit

from store.errors import ConfigurationError

_HOST = re.compile(r"[a-z0-9]([a-z0-9._-]*[a-z0-9])?")
_PATH = re.compile(r"[A-Za-z0-9/._~-]*")
_USUAL_PORTS = {"https": 443, "http": 80}


def origin_of(url: str) -> str:
    """Scheme, host and port of a base URL in one normal form, such as `https://api.example.com`.

    Raises:
        ConfigurationError: it is no plain HTTPS address. Plain HTTP passes for loopback only.
    """
    return _taken_apart(url)[0]


def api_root(url: str) -> str:
    """The address that `/account` and the like are appended to; ends in `/v1`."""
    origin, path = _taken_apart(url)
    path = path.rstrip("/")
    return f"{origin}{path}" if path.endswith("/v1") else f"{origin}{path}/v1"


def segment(text: str) -> str:
    """One path segment, percent-encoded whatever it holds."""
    # A segment of dots alone would be taken for "here" or "one up".
    return quote(text, safe="") if text.strip(".") else text.replace(".", "%2E")


def _taken_apart(url: str) -> tuple[str, str]:
    text = url.strip()
    if not text.isascii() or re.search(r"[\x00-\x20\x7f\\]", text):
        raise _wrong("holds a character that an address cannot hold")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise _wrong("cannot be understood") from error
    if "@" in parts.netloc:
        raise _wrong("holds a user name or password")
    if "?" in text or "#" in text:
        raise _wrong("holds a query or a fragment")
    if not _PATH.fullmatch(parts.path) or "//" in parts.path or "/." in parts.path:
        raise _wrong("has a path that is not plain")
    host = (parts.hostname or "").rstrip(".")
    address = _literal(host)
    if address is None and not _HOST.fullmatch(host):
        raise _wrong("names no host")
    _check_scheme(parts.scheme, loopback=_is_loopback(host, address))
    shown = f"[{address}]" if address is not None and address.version == 6 else host
    if port is not None and port != _USUAL_PORTS[parts.scheme]:
        shown = f"{shown}:{port}"
    return f"{parts.scheme}://{shown}", parts.path


def _literal(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    if "%" in host:
        return None
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _is_loopback(host: str, address: ipaddress.IPv4Address | ipaddress.IPv6Address | None) -> bool:
    return host == "localhost" if address is None else address.is_loopback


def _check_scheme(scheme: str, *, loopback: bool) -> None:
    if scheme == "https" or (scheme == "http" and loopback):
        return
    if scheme == "http":
        raise _wrong("is not HTTPS, so the key and the data would travel in the clear")
    raise _wrong("does not begin with https://")


def _wrong(reason: str) -> ConfigurationError:
    # The address itself is left out: it may hold a password.
    return ConfigurationError(
        f"The base URL {reason}.",
        "It looks like https://api2.autopilothq.com/v1.",
        about="base_url",
    )
