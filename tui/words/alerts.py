"""Who is told of what, as it is typed: on the command line and on the form alike."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from store.errors import UsageError

if TYPE_CHECKING:
    from store.alerts import Alerts, Email

# The field that msgspec complains of, or else the last one on its path.
_FIELD: Final = re.compile(r"field `(\w+)`|at `\$(?:\.\w+)*\.(\w+)")
# What is typed as another word than the file has.
_TYPED_AS: Final = {"to": "email", "from": "sender", "url": "webhook", "port": "server"}
_SEE: Final = "See `segport alert set --help`."


def changed(now: Alerts, given: Mapping[str, Any]) -> Alerts:
    """The alerts as what was typed changes them; what is absent or empty stays as it is.

    Args:
        now: as they are.
        given: kinds, rejects_percent, slow_factor; email (addresses), sender, server (HOST[:PORT]),
            security, user; webhook (its address); no_email, no_webhook.

    Raises:
        UsageError: it cannot be so.
    """
    import msgspec

    from store.alerts import Alerts

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
    try:
        return msgspec.convert(raw, Alerts)
    except msgspec.ValidationError as error:
        raise _refused(error) from error


def _refused(error: Exception) -> UsageError:
    """What the model refuses, in a sentence that begins with the name of the part."""
    named = _FIELD.search(str(error))
    name = (named[1] or named[2]) if named else ""
    told = str(error).partition(" - at ")[0].replace("`", "")
    if "missing required field" in told:
        told = f"{name} is missing"
    elif told.startswith("in field "):
        told = told.removeprefix("in field ")
    else:
        told = f"{name.replace('_', ' ')}: {told[:1].lower()}{told[1:]}"
    words = f"{told[:1].upper()}{told[1:]}."
    return UsageError(words, _SEE, about=_TYPED_AS.get(name, name))


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
    for option, name in (("sender", "from"), ("security", "security"), ("user", "user")):
        if given.get(option):
            found[name] = given[option]
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
