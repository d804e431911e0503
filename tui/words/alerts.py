"""Who is told of what, as it is typed: on the command line and on the form alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from store.errors import UsageError

if TYPE_CHECKING:
    from store.alerts import Alerts, Email


def changed(now: Alerts, given: Mapping[str, Any]) -> Alerts:
    """The alerts as what was typed changes them; what is absent or empty stays as it is.

    An empty user is none: a mail server may take mail without a login.

    Args:
        now: as they are.
        given: kinds, rejects_percent, slow_factor; email (addresses), sender, server (HOST[:PORT]),
            security, user; webhook (its address); no_email, no_webhook.

    Raises:
        UsageError: it cannot be so.
    """
    from workers.alerts.checked import checked

    raw = plain(now)
    for name in ("rejects_percent", "slow_factor"):
        if given.get(name) is not None:
            raw[name] = given[name]
    if given.get("kinds"):
        raw["on"] = list(given["kinds"])
    if given.get("no_email"):
        raw.pop("email", None)
    elif email := _email(given):
        raw["email"] = {**(raw.get("email") or {}), **email}
    if given.get("no_webhook"):
        raw.pop("webhook", None)
    elif given.get("webhook"):
        raw["webhook"] = {"url": given["webhook"]}
    return checked(raw)


def plain(wanted: Alerts) -> dict[str, Any]:
    """The alerts as TOML and JSON have them."""
    import msgspec

    found: dict[str, Any] = msgspec.to_builtins(wanted)
    return found


def server(email: Email) -> str:
    """The mail server as it is typed."""
    return f"{email.server}:{email.port}"


def _email(given: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if given.get("email"):
        found["to"] = list(given["email"])
    for option, name in (("sender", "from"), ("security", "security")):
        if given.get(option):
            found[name] = given[option]
    if given.get("user") is not None:
        found["user"] = given["user"] or None
    if given.get("server"):
        host, colon, port = given["server"].rpartition(":")
        found["server"] = host if colon else port
        if colon:
            if not port.isdecimal():
                raise UsageError(
                    f"{given['server']} names no mail server.", "Write HOST:PORT.", about="server"
                )
            found["port"] = int(port)
    return found
