"""Whether alerts can be told as they are wanted; what cannot be is refused in a sentence."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from store.alerts import Alerts, Kind
from store.errors import UsageError

# The field that msgspec complains of, or else the last one on its path.
_FIELD: Final = re.compile(r"field `(\w+)`|at `\$(?:\.\w+)*\.(\w+)")
# What is typed as another word than the file has.
_TYPED_AS: Final = {"to": "email", "from": "sender", "url": "webhook", "port": "server"}
_SEE: Final = "See `segport alert set --help`."
_WRONG: Final = {
    "on": ("There is no such kind of alert.", f"There are: {', '.join(Kind)}."),
    "rejects_percent": ("Rejects percent is no share.", "Give a number from 0 to 100, as in 5."),
    "slow_factor": (
        "Slow factor is no number of times.",
        "Give a number above 1, and 1000 at the most, as in 2.",
    ),
    "port": ("The port of the mail server is none.", "Give one from 1 to 65535."),
    "security": ("Security is none that there is.", "There are: starttls, tls, none."),
}
_MISSING: Final = {
    "to": ("Email is missing: the mail goes to nobody.", "Give --email ADDRESS."),
    "from": ("From is missing: mail needs a sender.", "Give --from ADDRESS."),
    "server": ("Server is missing: mail needs a server.", "Give --server HOST[:PORT]."),
}


def checked(raw: Mapping[str, Any]) -> Alerts:
    """The alerts of what TOML has for them.

    Raises:
        UsageError: it cannot be so; `about` is the part as it is typed.
    """
    try:
        return msgspec.convert(raw, Alerts)
    except msgspec.ValidationError as error:
        raise _refused(str(error)) from error


def _refused(told: str) -> UsageError:
    named = _FIELD.search(told)
    name = (named[1] or named[2]) if named else ""
    if told.startswith("in field "):
        words = told.partition(" - at ")[0].removeprefix("in field ").replace("`", "")
        message, hint = f"{words[:1].upper()}{words[1:]}.", _SEE
    elif "missing required field" in told:
        message, hint = _MISSING.get(name, (f"{name.capitalize()} is missing.", _SEE))
    else:
        message, hint = _WRONG.get(name, (f"{name.replace('_', ' ').capitalize()} is wrong.", _SEE))
        if kind := re.match(r"Invalid enum value '(.*)'", told):
            message = f"There is no alert {kind[1]}."
    return UsageError(message, hint, about=_TYPED_AS.get(name, name))
