"""Whom to tell when something about an export changes: `[alerts]` in segport.toml.

No password and no token is in it: they are looked up where keys are, under the names below. A
command that is run for alerts belongs to the machine, not to the workspace: see `store.machine`.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final, Literal, NoReturn

import msgspec

SMTP_SECRET: Final = "alerts.smtp"  # noqa: S105 - the name it is looked up by
WEBHOOK_SECRET: Final = "alerts.webhook"  # noqa: S105 - the name it is looked up by
PLACEHOLDER: Final = "{secret}"
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})


class Kind(StrEnum):
    """What may be the matter with an export. Each opens once, and closes when it is over."""

    FAILED = "failed"
    GUARD = "guard"
    REJECTS = "rejects"
    NOTHING = "nothing to send"
    NOT_STARTED = "did not start"
    SLOW = "slow"


USUAL: Final = [Kind.FAILED, Kind.GUARD, Kind.REJECTS, Kind.NOT_STARTED, Kind.SLOW]


class Email(
    msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True, rename={"sender": "from"}
):
    """Mail by SMTP.

    Attributes:
        to: who gets it.
        sender: whom it is from; `from` in the file.
        server: the host of the mail server.
        security: "starttls" or "tls"; "none" is for a server on this machine only.
        user: whom to log in as; the password is looked up as `alerts.smtp`.
    """

    to: Annotated[list[str], msgspec.Meta(min_length=1)]
    sender: str
    server: str
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)] = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str | None = None

    def __post_init__(self) -> None:
        """Refuse what could not be sent, or would travel in the clear."""
        for name, addresses in (("to", self.to), ("from", [self.sender])):
            for each in addresses:
                if not each.isprintable() or " " in each or each.count("@") != 1:
                    _wrong(name, f'"{each}" is no email address')
        if not self.server or not self.server.isprintable() or set(self.server) & set(" /@"):
            _wrong("server", f'"{self.server}" names no mail server')
        if self.security == "none" and self.server not in _LOOPBACK:
            _wrong("security", "without it, mail goes to a server on this machine only")

    @property
    def origin(self) -> str:
        """What the password belongs to."""
        return f"smtp://{self.server}:{self.port}"


class Webhook(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """JSON by POST; HTTPS, or a server on this machine.

    Attributes:
        url: where to. `{secret}` in it stands for what is looked up as `alerts.webhook`; without
            it, a token that is found there goes along as a bearer token.
    """

    url: str


class Alerts(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """What is told, and by which way.

    Attributes:
        on: of what; "nothing to send" is not among the usual ones, since an export whose people
            have not changed sends nothing.
        rejects_percent: above this share of rejected contacts it is told.
        slow_factor: from so many times its usual time on a run is slow.
        email: by mail.
        webhook: by a request.
    """

    on: list[Kind] = msgspec.field(default_factory=lambda: list(USUAL))
    rejects_percent: Annotated[float, msgspec.Meta(ge=0, le=100)] = 5
    slow_factor: Annotated[float, msgspec.Meta(gt=1, le=1000)] = 2
    email: Email | None = None
    webhook: Webhook | None = None


def _wrong(name: str, reason: str) -> NoReturn:
    raise ValueError(f"in field `{name}`: {reason}")
